import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listPackages } from '../lib/workspace.mjs'

export const title = 'one exact version of each library'

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/

export function findProblems(root) {
  const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const manifests = [{ folder: '.', manifest: rootManifest }, ...listPackages(root)]
  const pnpm = rootManifest.packageManager?.replace('pnpm@', '')
  return [
    ...(EXACT.test(pnpm) ? [] : ['package.json: packageManager is not an exact pnpm']),
    ...manifests.flatMap(({ folder, manifest }) =>
      ['dependencies', 'devDependencies', 'optionalDependencies']
        .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
        .filter(([name, version]) => version !== wantedOf(name))
        .map(([name, version]) => `${folder}/package.json: ${name} is "${version}"`),
    ),
    ...readCatalog(root)
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `pnpm-workspace.yaml: ${name} is "${version}"`),
  ]
}

function wantedOf(name) {
  return name.startsWith('@campus-ecode/') ? 'workspace:*' : 'catalog:'
}

/** The `catalog:` block: indented "name: version" lines up to the next key. */
function readCatalog(root) {
  const yaml = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const [, block = ''] = yaml.split(/^catalog:\n/m)
  return block
    .split(/^\S/m, 1)[0]
    .split('\n')
    .map((line) => line.match(/^ +"?([^":]+)"?: +(.+)$/))
    .filter((match) => match)
    .map(([, name, version]) => [name, version])
}
