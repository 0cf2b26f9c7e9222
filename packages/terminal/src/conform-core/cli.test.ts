import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundlePrograms } from '@campus-ecode/protocol/testing/bundle-programs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeCore, startFakeCore } from '../testing/fake-core.ts'

let core: FakeCore
let programs: Awaited<ReturnType<typeof bundlePrograms>>
let dataDir: string
beforeAll(async () => {
  core = await startFakeCore()
  programs = await bundlePrograms(new URL('..', import.meta.url), { cli: 'conform-core/cli.ts' })
  dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-conform-'))
  // Nobody to pay with, so that no check waits for a minute.
  await writeFile(join(dataDir, 'demo.json'), JSON.stringify({ ...core.demo, people: [] }))
  await writeFile(join(dataDir, 'secrets.json'), JSON.stringify({ bffKey: core.bffKey.secret }))
})
afterAll(async () => {
  await core.close()
  await programs.remove()
  await rm(dataDir, { recursive: true })
})

function run(args: string[]): Promise<{ exitCode: number | null; output: string; last: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [programs.pathOf('cli'), ...args], {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    child.on('error', reject)
    child.on('close', (exitCode) => {
      resolve({ exitCode, output, last: output.trimEnd().split('\n').at(-1) ?? '' })
    })
  })
}

describe('the conform-core command', { timeout: 60_000 }, () => {
  it('ends with the counts, and with 1 when something failed', async () => {
    core.campus.defects.add('does not sign answers')
    const { exitCode, output, last } = await run([core.origin])
    expect(last).toMatch(/^\d+ passed, [1-9]\d* failed$/)
    expect(output).toContain('ok    refuses a call without a signature')
    expect(output).toContain('FAIL  signs its answers and binds each to its request')
    expect(exitCode).toBe(1)
  })

  it('fails on something that is no core at all', async () => {
    const { exitCode, last } = await run(['http://127.0.0.1:9'])
    expect(last).toMatch(/^0 passed, \d+ failed$/)
    expect(exitCode).toBe(1)
  })

  it.each([[[]], [['not-a-url']], [['http://a', 'http://b']], [['http://a', '--demo', 'nowhere']]])(
    'is used wrongly: %j, exit 3',
    async (args) => {
      const { exitCode, output } = await run(args)
      expect(exitCode).toBe(3)
      expect(output).toContain('Usage:')
    },
  )
})
