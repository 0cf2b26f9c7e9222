import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fixture, openFixture } from '../testing/fixture.ts'
import { EXIT, runCommand } from './run-command.ts'

let fixture: Fixture
let dataDir: string
beforeAll(async () => {
  fixture = await openFixture()
  dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-terminal-'))
  await writeFile(join(dataDir, 'demo.json'), JSON.stringify(fixture.core.demo))
})
afterAll(async () => {
  await fixture.close()
  await rm(dataDir, { recursive: true })
})

async function run(args: string[]) {
  const lines: string[] = []
  let explained = ''
  const exitCode = await runCommand(args, {
    env: { DATA_DIR: dataDir },
    readInput: async () => '',
    print: (line) => lines.push(line),
    explain: (text) => {
      explained += text
    },
  })
  return { exitCode, lines, explained }
}

describe('runCommand', () => {
  const code = '711001700000000000000000'
  it.each([
    ['nothing', []],
    ['an unknown command', ['prey', '--order', 'A']],
    ['an unknown option', ['pay', `--code${code}`]],
    ['an option of another command', ['query', '--order', 'A', '--code', code]],
    ['a stray word', ['pay', code, '--amount', '1', '--order', 'A']],
    ['no code', ['pay', '--amount', '1', '--order', 'A']],
    ['no order', ['pay', '--code', code, '--amount', '1']],
    ['a bad order number', ['pay', '--code', code, '--amount', '1', '--order', 'a/b']],
    ['an amount with three decimals', ['pay', '--code', code, '--amount', '1.005', '--order', 'A']],
    ['an amount below zero', ['pay', '--code', code, '--amount=-1', '--order', 'A']],
    ['an endless patience', ['reverse', '--order', 'A', '--patience', 'long']],
    ['a cursor that is none', ['incoming', '--after', 'A/B']],
    ['a terminal that is not there', ['whoami', '--terminal', 'x']],
    ['a demo.json that is not there', ['whoami', '--demo', 'nowhere.json']],
  ])('refuses %s as wrong usage, without repeating what was typed', async (_, args) => {
    const { exitCode, lines, explained } = await run(args)
    expect(exitCode).toBe(EXIT.usage)
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ outcome: 'usage', error: expect.any(String) })
    expect(explained).toContain('Usage:')
    expect(lines + explained).not.toContain(code)
  })

  it('lets the core judge an amount of zero', async () => {
    const args = ['pay', '--code', code, '--amount', '0', '--order', 'C-8']
    const { exitCode, lines } = await run(args)
    expect(exitCode).toBe(EXIT.refused)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ code: 'AMOUNT_INVALID', orderNo: 'C-8' })
  })
})
