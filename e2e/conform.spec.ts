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
  const { coreUrl, sandboxUrl } = system.urls
  const { exitCode, output } = await run('conform-core', coreUrl, '--inbox', sandboxUrl)
  expect(output).toMatch(/^[1-9]\d* passed, 0 failed$/m)
  expect(exitCode, output).toBe(0)
}, 240_000)

it('the sandbox’s one-card system passes what any one-card system must', async () => {
  const { oneCardUrl } = system.urls
  const { exitCode, output } = await run('conform-one-card', oneCardUrl, '--account', '2023010417')
  expect(output).toMatch(/^[1-9]\d* passed, 0 failed$/m)
  expect(exitCode, output).toBe(0)
})

function run(program: string, ...args: string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((done) => {
    const path = `packages/terminal/dist/${program}/cli.js`
    // Of the demo's people: the last six digits of the card number.
    const env = { ...process.env, DATA_DIR: system.urls.dataDir, CARD_PASSWORD: '010417' }
    const child = execFile(process.execPath, [path, ...args], { cwd: ROOT, env }, (_, out, err) =>
      done({ exitCode: child.exitCode ?? -1, output: out + err }),
    )
  })
}
