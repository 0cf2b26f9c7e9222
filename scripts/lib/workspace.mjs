import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const NOT_SOURCE = new Set(['node_modules', 'dist', '.git', '.data', 'coverage', 'shots'])

/**
 * Runs a program to its end. Its output goes to our standard error, so that a command's own answer
 * is all there is on standard output. Throws when it fails.
 */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options })
  if (result.error) throw result.error
  if (result.status !== 0) throw new Error(`failed: ${[program, ...args].join(' ')}`)
}

/** Every source file under a folder, as paths relative to it with forward slashes, sorted. */
export function listFiles(folder) {
  const files = []
  const walk = (at) => {
    for (const entry of readdirSync(join(folder, at), { withFileTypes: true })) {
      if (NOT_SOURCE.has(entry.name)) continue
      const path = at ? `${at}/${entry.name}` : entry.name
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile()) files.push(path)
    }
  }
  walk('')
  return files.sort()
}

/** Folder and package.json of every package of the workspace. */
export function listPackages(root) {
  return listFiles(root)
    .filter((file) =>
      /^(packages|examples)\/[^/]+\/package\.json$|^(e2e|history|bench|deploy)\/package\.json$/.test(
        file,
      ),
    )
    .map((file) => ({
      folder: file.slice(0, -'/package.json'.length),
      manifest: JSON.parse(readFileSync(join(root, file), 'utf8')),
    }))
}
