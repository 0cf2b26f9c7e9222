import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readAccessCases } from '../../packages/terminal/src/conform/access-case.ts'
import { runConformCommand } from '../../packages/terminal/src/conform/conform-command.ts'

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url))
const missing = findMissing()
if (missing) console.warn(`\n  SKIPPED: examples/gate-python is not tested here. ${missing}\n`)

/** @returns What this machine has not, or nothing. */
function findMissing() {
  const needed =
    'import sys, hashlib, cryptography; assert sys.version_info >= (3, 10), sys.version; hashlib.new("sm3")'
  const { error, status, stderr } = spawnSync('python3', ['-c', needed], { encoding: 'utf8' })
  if (error) return `There is no python3 (${error.code}).`
  if (status !== 0) return `python3 says: ${stderr.trim().split('\n').at(-1)}`
}

describe.skipIf(missing)('the verifier in Python', { timeout: 180_000 }, () => {
  it('passes every check of the vectors, by the command that vendors run', async () => {
    const lines = []
    const exitCode = await runConformCommand([`python3 -B "${pathOf('verify.py')}"`], {
      print: (line) => lines.push(line),
      explain: (text) => lines.push(text),
    })
    expect(lines.filter((line) => line && !line.startsWith('✓'))).toEqual([
      `${readAccessCases().length} passed, 0 failed`,
    ])
    expect(exitCode).toBe(0)
  })

  it('takes documents as the vectors have it, no changed byte, and no junk', () => {
    const { status, stderr } = spawnSync('python3', ['-B', pathOf('test_verify.py')], {
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(0)
    expect(stderr).toMatch(/^Ran \d\d tests/m)
  })

  it('answers each line before the next comes', async () => {
    const child = spawn('python3', ['-B', pathOf('verify.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    for (const { given, expected } of readAccessCases().slice(0, 3)) {
      child.stdin.write(`${JSON.stringify(given)}\n`)
      expect(JSON.parse((await answers.next()).value)).toEqual(expected)
    }
    child.stdin.end()
    expect((await answers.next()).done).toBe(true)
  })
})
