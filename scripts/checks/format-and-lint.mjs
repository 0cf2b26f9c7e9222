import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../lib/workspace.mjs'

export const title = 'one format, no lint'

/** Biome's own verdict on the whole checkout. */
export function findProblems(root) {
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'check', '--colors=off', '--diagnostic-level=warn', '--error-on-warnings']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
  })
  return status === 0 ? [] : [`${stdout}${stderr}`.trim()]
}
