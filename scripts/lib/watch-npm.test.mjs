import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'campus-ecode-npm-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it.runIf(process.platform === 'linux').each([
  ['directly', ''],
  ['through a shell', '; true'],
])('notices that the npm which runs us %s was killed', async (_, more) => {
  const child = join(folder, 'child.mjs')
  const [started, noticed] = [join(folder, 'started'), join(folder, 'noticed')]
  writeFileSync(
    child,
    `import { writeFileSync } from 'node:fs'
    import { onNpmEnd } from ${JSON.stringify(new URL('./watch-npm.mjs', import.meta.url).href)}
    onNpmEnd(() => { writeFileSync(${JSON.stringify(noticed)}, ''); process.exit() })
    writeFileSync(${JSON.stringify(started)}, '')
    setTimeout(() => {}, 20_000)`,
  )
  const npm = spawn(process.execPath, [
    '--eval',
    `process.title = 'npm start'
    require('child_process').spawn('sh', ['-c', 'node ${child} ${more}'], { stdio: 'inherit' })`,
  ])
  await vi.waitFor(() => expect(existsSync(started)).toBe(true), 10_000)
  expect(existsSync(noticed)).toBe(false)
  npm.kill('SIGKILL')
  await vi.waitFor(() => expect(existsSync(noticed)).toBe(true), 10_000)
})
