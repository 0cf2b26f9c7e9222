import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import * as commitSubjects from './checks/commit-subjects.mjs'
import * as errorsProvoked from './checks/errors-provoked.mjs'
import * as formatAndLint from './checks/format-and-lint.mjs'
import * as importDirection from './checks/import-direction.mjs'
import * as leftovers from './checks/leftovers.mjs'
import * as pinnedVersions from './checks/pinned-versions.mjs'
import * as publishedPackage from './checks/published-package.mjs'
import * as sizeBudgets from './checks/size-budgets.mjs'
import { ROOT } from './lib/workspace.mjs'
import { setup } from './setup.mjs'

const CHECKS = [
  formatAndLint,
  importDirection,
  sizeBudgets,
  pinnedVersions,
  commitSubjects,
  leftovers,
  errorsProvoked,
  publishedPackage,
]

/** Runs every check, printing what each found. @returns How many passed and failed. */
export function check() {
  let failed = 0
  for (const { title, findProblems } of CHECKS) {
    const problems = findProblems(ROOT)
    console.log(`${problems.length === 0 ? '✓' : '✗'} ${title}`)
    for (const problem of problems) console.log(`  ${problem}`)
    if (problems.length > 0) failed++
  }
  return { passed: CHECKS.length - failed, failed }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  setup()
  build()
  process.exitCode = check().failed > 0 ? 1 : 0
}
