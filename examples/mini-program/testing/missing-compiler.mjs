import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** @returns Why WeChat's compiler does not run here, said aloud; nothing where it does. */
export function missingCompiler() {
  // Given away for Linux on x86-64, macOS and Windows.
  if (process.platform !== 'linux') return undefined
  const folder = dirname(createRequire(import.meta.url).resolve('miniprogram-compiler'))
  const { error } = spawnSync(join(folder, 'bin/linux/wcc'))
  if (!error || error.code === 'EACCES') return undefined
  console.warn(
    `\n  The mini-program is NOT tested: WeChat's compiler does not run here (${error.code})\n`,
  )
  return error.code
}
