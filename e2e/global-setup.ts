import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import type { TestProject } from 'vitest/node'
import { chromiumOptions } from './chromium.ts'
import { ROOT, System, type SystemUrls } from './system.ts'

declare module 'vitest' {
  interface ProvidedContext {
    system: SystemUrls
    walletSystem: SystemUrls
    browserEndpoint: string
  }
}

/** Two systems and one browser for all files; each file takes people of its own. */
export default async function setUp(project: TestProject) {
  rmSync(fileURLToPath(new URL('shots/flows', import.meta.url)), { recursive: true, force: true })
  // Once beforehand, since both would at the same time.
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, stdio: 'inherit' })
  const system = await System.create()
  const walletSystem = await System.create()
  const [server] = await Promise.all([
    chromium.launchServer(chromiumOptions()),
    system.start(),
    walletSystem.start(),
  ])
  project.provide('system', system.urls)
  project.provide('walletSystem', walletSystem.urls)
  project.provide('browserEndpoint', server.wsEndpoint())
  return async () => {
    await server.close()
    for (const each of [system, walletSystem]) {
      await each.stop()
      each.remove()
    }
  }
}
