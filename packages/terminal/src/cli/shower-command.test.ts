import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FakeCore, startFakeCore } from '../testing/fake-core.ts'
import { runShowerCommand } from './shower-command.ts'

let core: FakeCore
let dir: string
beforeEach(async () => {
  core = await startFakeCore()
  dir = mkdtempSync(join(tmpdir(), 'campus-ecode-shower-'))
})
afterEach(async () => {
  await core.close()
  rmSync(dir, { recursive: true })
})

async function run(lines: string[], args = ['--dir', dir]) {
  const printed: string[] = []
  const explained: string[] = []
  async function* input() {
    yield Buffer.from(lines.map((line) => `${line}\n`).join(''))
  }
  const code = await runShowerCommand(args, {
    env: { DATA_DIR: dir },
    input: input(),
    print: (line) => printed.push(line),
    explain: (text) => explained.push(text),
  })
  return { code, printed: printed.map((line) => JSON.parse(line)), text: explained.join('') }
}

it('says what is wrong with the command line, and how it is meant', async () => {
  for (const args of [['--bogus'], ['--demo', join(dir, 'nothing.json')]]) {
    const { code, text } = await run([], args)
    expect(code).toBe(3)
    expect(text).toContain('Usage:')
  }
})

it('answers each line, and repeats nothing of one that it does not know', async () => {
  writeFileSync(join(dir, 'demo.json'), JSON.stringify(core.demo))
  const { code, printed, text } = await run(['state', '12345678 580362', 'open', 'flow x', 'stop'])
  expect(code).toBe(0)
  expect(printed).toEqual([
    expect.objectContaining({ phase: 'idle', isOpen: false }),
    { error: 'start, open, shut, flow, stop or state' },
    { opened: false },
    { error: 'flow takes millilitres' },
    { session: null },
  ])
  expect(text).toBe('valve shut\n')
})
