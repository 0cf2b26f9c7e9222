import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const title = 'the npm package, packed and installed'

/** publint, arethetypeswrong and a stranger's project, on the SDK as it was built. */
export function findProblems(root) {
  const script = join(root, 'packages/sdk/build/check-package.mjs')
  if (!existsSync(script)) return []
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  const problems = stdout.split('\n').filter((line) => line)
  return status === 0 ? problems : [...problems, stderr]
}
