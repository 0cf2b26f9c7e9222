import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './workspace.mjs'

const TIME_IS_UP = 'new Promise(() => {}), 20'
const FILES = {
  'fails.test.js': `
    describe('a group', () => {
      describe('in a group', () => {
        it('holds', () => {})
        it('does not', () => expect(1).toBe(2))
      })
    })
    it('is too slow', () => ${TIME_IS_UP})
    it('throws what is no error', () => { throw 'a word' })`,
  'hooks.test.js': `
    describe('a group', () => {
      beforeAll(() => ${TIME_IS_UP})
      it('never comes to its turn', () => {})
    })
    describe('another', () => {
      afterAll(() => { throw new Error('nothing to sweep') })
      it('holds', () => {})
    })`,
  'slow-to-begin.test.js': `
    beforeAll(() => ${TIME_IS_UP})
    it('never comes to its turn', () => {})`,
  'unreadable.test.js': 'what is this',
  'careless.test.js': `
    it('leaves something behind', async () => {
      setTimeout(() => { throw new Error('left behind') })
      await new Promise((done) => setTimeout(done, 50))
    })`,
}

it('counts what passed, and names what failed with the first line of its error', () => {
  const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-results-'))
  try {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
    const results = join(folder, 'results.json')
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const reporter = `--reporter=${join(ROOT, 'scripts/lib/results-reporter.mjs')}`
    const args = ['run', '--globals', '--root', folder, reporter, `--outputFile=${results}`]
    const { status } = spawnSync(process.execPath, [vitest, ...args], { cwd: folder })
    expect(status).toBe(1)

    const { passed, failures } = JSON.parse(readFileSync(results, 'utf8'))
    expect(passed).toBe(3)
    const at = (name) => relative(ROOT, join(folder, name))
    expect(failures.toSorted()).toEqual([
      `${at('fails.test.js')} > a group > in a group > does not\n  expected 1 to be 2 // Object.is equality`,
      `${at('fails.test.js')} > is too slow\n  Test timed out in 20ms.`,
      `${at('fails.test.js')} > throws what is no error\n  a word`,
      `${at('hooks.test.js')} > a group\n  Hook timed out in 20ms.`,
      `${at('hooks.test.js')} > another\n  nothing to sweep`,
      `${at('slow-to-begin.test.js')}\n  Hook timed out in 20ms.`,
      expect.stringContaining(at('unreadable.test.js')),
      'outside all tests\n  left behind',
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
