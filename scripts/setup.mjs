import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT, run } from './lib/workspace.mjs'

/** Installs the dependencies, with the pinned pnpm, unless what is installed fits the lockfile. */
export function setup() {
  const { engines, packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  assertNode(engines.node)

  const marker = join(ROOT, 'node_modules', '.installed')
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'pnpm-lock.yaml')))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return

  console.error(`installing dependencies (${packageManager})`)
  run('npx', ['--yes', '--loglevel=error', packageManager, 'install', '--frozen-lockfile'], {
    // Without a terminal to ask, pnpm replaces an unfit node_modules only when it believes to be in CI.
    env: { ...process.env, CI: 'true' },
    shell: process.platform === 'win32',
  })
  writeFileSync(marker, wanted)
}

/** @param range As in package.json: ">=20.19". */
function assertNode(range) {
  const [wantedMajor, wantedMinor] = range.replace('>=', '').split('.').map(Number)
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  console.error(`This needs Node.js ${range}; this is ${process.version}. See https://nodejs.org`)
  process.exit(1)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) setup()
