import { execFile } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT, System } from './system.ts'

// A system of its own: the checks pay with everybody and use up tills.
let system: System
beforeAll(async () => {
  system = await System.create()
  await system.start()
})
afterAll(async () => {
  await system.stop()
  system.remove()
})

it('our core passes what any core must', async () => {
  const { coreUrl, sandboxUrl, dataDir } = system.urls
  const args = ['packages/terminal/dist/conform-core/cli.js', coreUrl, '--inbox', sandboxUrl]
  const { exitCode, output } = await new Promise<{ exitCode: number; output: string }>((done) => {
    const env = { ...process.env, DATA_DIR: dataDir }
    const child = execFile(process.execPath, args, { cwd: ROOT, env }, (_, stdout, stderr) =>
      done({ exitCode: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })
  expect(output).toMatch(/^[1-9]\d* passed, 0 failed$/m)
  expect(exitCode, output).toBe(0)
}, 240_000)
