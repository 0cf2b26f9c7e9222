import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { listFiles, ROOT, run } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

/** Compiles what has changed: TypeScript by its own build info, pages by the content they are made of. */
export function build() {
  run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--build'])
  buildPage('packages/sdk', 'packages/sdk/dist')
  buildPage('packages/core/keypad', 'packages/core/dist/keypad-page')
  buildPage('packages/bff/hosted', 'packages/bff/dist/hosted-page')
  buildPage('packages/console', 'packages/console/dist/page')
}

/** What Vite builds in a folder, which may use the protocol's source. */
function buildPage(folder, dist) {
  if (!existsSync(join(ROOT, folder, 'vite.config.ts'))) return
  const marker = join(ROOT, dist, '.built-from')
  const wanted = hashSources([folder, 'packages/protocol/src'])
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  const cwd = join(ROOT, folder)
  run(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build'], { cwd })
  writeFileSync(marker, wanted)
}

function hashSources(folders) {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'pnpm-lock.yaml')))
  for (const folder of folders) {
    for (const file of listFiles(join(ROOT, folder))) {
      hash.update(`${folder}/${file}\0`).update(readFileSync(join(ROOT, folder, file)))
    }
  }
  return hash.digest('hex')
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  setup()
  build()
}
