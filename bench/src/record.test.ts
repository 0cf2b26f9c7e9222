import { expect, it } from 'vitest'
import { replaceResults } from './record.ts'

const benchmark = { name: 'x', title: 'X', run: async () => [] }
const result = { benchmark, outcome: { skipped: 'none here' } }

it('replaces what stands between the marks and nothing else', () => {
  const before = 'a\n\n<!-- x -->\n\nold\n\n<!-- /x -->\n\nb\n'
  const after = replaceResults(before, [result], 'On this.')
  expect(after).toBe(
    'a\n\n<!-- x -->\n\n### X\n\nSkipped: none here\n\nOn this.\n\n<!-- /x -->\n\nb\n',
  )
  expect(replaceResults(after, [result], 'On this.')).toBe(after)
})

it('does not guess where figures without marks belong', () => {
  expect(() => replaceResults('a', [result], '')).toThrow('<!-- x -->')
})
