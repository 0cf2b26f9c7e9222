import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PartTable } from './pack-parts.ts'

const LOADER = 'ecode.js'
/** What pages name themselves, and so may name with its integrity. */
const NAMED_BY_PAGES = [LOADER, 'element.js', 'ecode-sw.js']

interface Build {
  version: string
  parts: PartTable
  offline: readonly string[]
}

/** Lists what was built, for the BFF, the service worker, our checks, and whoever pins an exact version. */
export function writeManifest(outDir: string, { version, parts, offline }: Build): void {
  const files = Object.fromEntries(
    Object.entries(parts).map(([name, { file, integrity }]) => [name, { file, integrity }]),
  )
  // The bars are scannable alone; the QR's part comes beside the session (docs/decisions/0009).
  const firstCode = [LOADER, parts.widget?.file]
  const firstQr = [...firstCode, parts.qr?.file]
  const integrity = hashAll(outDir, NAMED_BY_PAGES)
  write(outDir, { version, loader: LOADER, firstCode, firstQr, integrity, offline, parts: files })

  // The folder for apps stands alone: its script, and the parts that are not in it.
  const beside = Object.entries(files).filter(([name]) => !offline.includes(name))
  const folder = join(outDir, 'offline')
  for (const [, { file }] of beside) copy(join(outDir, file), join(folder, file))
  const names = [LOADER, ...beside.map(([, { file }]) => file)]
  write(folder, { version, loader: LOADER, integrity: hashAll(folder, names) })
}

function hashAll(folder: string, files: readonly string[]): Record<string, string> {
  const hash = (file: string) =>
    createHash('sha384')
      .update(readFileSync(join(folder, file)))
      .digest('base64')
  return Object.fromEntries(files.map((file) => [file, `sha384-${hash(file)}`]))
}

function write(folder: string, manifest: object): void {
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}
