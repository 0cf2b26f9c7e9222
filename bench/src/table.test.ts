import { expect, it } from 'vitest'
import { toMarkdown } from './table.ts'

const benchmark = { name: 'x', title: 'How fast', run: async () => [] }

it('says which targets are met and which are missed', () => {
  const text = toMarkdown({
    benchmark,
    outcome: [
      { measure: 'a', ours: '6/s', peer: 'p: 1/s', value: 6, target: { atLeast: 5 } },
      { measure: 'b', ours: '2 ms', peer: 'p: 1 ms', value: 2.0001, target: { atMost: 2 } },
      { measure: 'stated', ours: '1', peer: '', value: 0.12345 },
    ],
  })
  expect(text).toBe(`### How fast

| Measure | Ours | Peer    | Figure | Target | ${'          '} |
| ------- | ---- | ------- | ------ | ------ | ---------- |
| a       | 6/s  | p: 1/s  | 6      | ≥ 5    | met        |
| b       | 2 ms | p: 1 ms | 2.00   | ≤ 2    | **missed** |
| stated  | 1    | ${'       '} | 0.123  | ${'      '} | ${'          '} |
`)
})

it('is loud about what could not be measured', () => {
  expect(toMarkdown({ benchmark, outcome: { skipped: 'no pgbench here' } })).toContain(
    'Skipped: no pgbench here',
  )
})
