import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles } from '../lib/workspace.mjs'

export const title = 'every error code has a test that names it'

const TABLE = 'packages/protocol/src/errors.ts'

/** Codes of the error table that no test file mentions. */
export function findProblems(root) {
  if (!existsSync(join(root, TABLE))) return []
  const table = readFileSync(join(root, TABLE), 'utf8')
  const codes = [...table.matchAll(/^ {2}([A-Z][A-Z_]+): \[/gm)].map(([, code]) => code)
  if (codes.length === 0) return [`${TABLE}: no code was found`]
  const tests = listFiles(root)
    .filter((file) => /\.(test|spec)\.tsx?$/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  return codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(tests))
}
