import { expect, it } from 'vitest'
import { longestFirst } from './longest-first.mjs'

it('puts the files that are named first, each project for itself, and leaves the others in Vitest’s order', async () => {
  const Sequencer = longestFirst(['slow/b.test.ts', 'a.test.ts'])
  const config = { isolate: true, sequence: { groupOrder: 0 } }
  const [one, two] = ['one', 'two'].map((name) => ({ name, config }))
  const cache = { getFileTestResults() {}, getFileStats() {} }
  const sequencer = new Sequencer({ config: { root: '/' }, cache })
  const files = [
    [two, 'a.test.ts'],
    [one, 'c.test.ts'],
    [one, 'quick/b.test.ts'],
    [one, 'a.test.ts'],
    [one, 'slow/b.test.ts'],
  ].map(([project, path]) => ({ project, moduleId: `/there/${path}` }))

  const sorted = await sequencer.sort(files)
  expect(sorted.map(({ project, moduleId }) => `${project.name} ${moduleId}`)).toEqual([
    'one /there/slow/b.test.ts',
    'one /there/a.test.ts',
    'one /there/c.test.ts',
    'one /there/quick/b.test.ts',
    'two /there/a.test.ts',
  ])
})
