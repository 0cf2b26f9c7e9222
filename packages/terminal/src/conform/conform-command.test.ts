import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundlePrograms } from '@campus-ecode/protocol/testing/bundle-programs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAccessCases } from './access-case.ts'
import { runConformCommand } from './conform-command.ts'
import { runConform } from './run-conform.ts'

const total = readAccessCases().length

let programs: Awaited<ReturnType<typeof bundlePrograms>>
let dir: string
beforeAll(async () => {
  programs = await bundlePrograms(new URL('..', import.meta.url), { cli: 'cli.ts' })
  dir = mkdtempSync(join(tmpdir(), 'campus-ecode-conform-'))
})
afterAll(async () => {
  await programs.remove()
  rmSync(dir, { recursive: true })
})

async function conform(command: string[]) {
  const lines: string[] = []
  let explained = ''
  const exitCode = await runConformCommand(command, {
    print: (line) => lines.push(line),
    explain: (text) => {
      explained += text
    },
  })
  return { exitCode, lines, explained, last: lines.at(-1) }
}

/** A vendor's verifier, in a few lines of JavaScript that see `cases`. */
function vendor(name: string, script: string): string[] {
  const path = join(dir, `${name}.mjs`)
  const read = `import { readFileSync } from 'node:fs'
const cases = readFileSync(0, 'utf8').trim().split('\\n').map((line) => JSON.parse(line))
const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\\n')
`
  writeFileSync(path, read + script)
  return [process.execPath, path]
}

describe('conform', { timeout: 60_000 }, () => {
  it('passes our own kit, as a command of its own', async () => {
    const own = [process.execPath, programs.pathOf('cli'), 'verify']
    const { exitCode, lines, last } = await conform(own)
    expect(last).toBe(`${total} passed, 0 failed`)
    expect(exitCode).toBe(0)
    expect(lines.filter((line) => line.startsWith('✓'))).toHaveLength(total)
  })

  it('is started as vendors start it, too', async () => {
    const { exitCode, last } = await conform([
      `"${process.execPath}" ${programs.pathOf('cli')} verify`,
    ])
    expect([exitCode, last]).toEqual([0, `${total} passed, 0 failed`])
  })

  it('fails a verifier that opens to everybody, case by case', async () => {
    const command = vendor('open', "for (const { id } of cases) say({ id, result: 'opened' })")
    const { exitCode, lines, last } = await conform(command)
    const opened = readAccessCases().filter(({ expected }) => expected.result === 'opened').length
    expect([exitCode, last]).toEqual([1, `${opened} passed, ${total - opened} failed`])
    expect(lines).toContain('✗ revoked: REVOKED expected, opened said')
  })

  it('takes answers in any order, and misses those that do not come', async () => {
    const command = vendor(
      'backwards',
      `for (const { id } of cases.reverse().slice(1)) say({ id, result: 'refused', refusal: 'REVOKED' })`,
    )
    const { results, notes } = await runConform(command, { silenceMs: 20_000, onStderr() {} })
    expect(notes).toEqual([])
    expect(results.filter(({ said }) => said === null)).toHaveLength(1)
    expect(results.find(({ id }) => id === 'revoked')?.isRight).toBe(true)
  })

  it.each([
    ['says something else', "process.stdout.write('hello\\n')", 'not an answer: hello'],
    [
      'answers twice',
      "say({ id: 'empty', result: 'opened' }); say({ id: 'empty', result: 'refused', refusal: null })",
      'answered twice: empty',
    ],
    ['breaks off', 'process.exit(7)', 'the command ended with 7'],
    ['never ends', 'setInterval(() => {}, 1000)', 'nothing was said for 1.5 s'],
  ])('notes a verifier that %s', async (name, script, note) => {
    const command = vendor(name.replaceAll(' ', '-'), script)
    const { results, notes } = await runConform(command, { silenceMs: 1_500, onStderr() {} })
    expect(notes).toEqual([note])
    expect(results.filter(({ isRight }) => isRight).length).toBeLessThanOrEqual(1)
  })

  it('says so when there is no such command, or none was named', async () => {
    const nowhere = await conform([join(dir, 'nowhere'), '--verify'])
    expect(nowhere).toMatchObject({ exitCode: 1, last: `0 passed, ${total} failed` })
    expect(nowhere.lines).toContain('! the command cannot be started')
    expect((await conform([])).exitCode).toBe(3)
  })
})
