import { spawnSync } from 'node:child_process'

export const title = 'conventional commit subjects'

// https://www.conventionalcommits.org/en/v1.0.0/
const SUBJECT =
  /^(feat|fix|docs|style|refactor|perf|test|build|ci|chore|revert)(\([a-z0-9-]+\))?!?: \S.*[^.\s]$/
const LENGTH_MAX = 72

/** Looks at what was not pushed yet; without an upstream branch, at the whole history. */
export function findProblems(root) {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  const range = git('rev-parse', '@{upstream}').status === 0 ? '@{upstream}..HEAD' : 'HEAD'
  const { status, stdout } = git('log', '--no-merges', '--format=%h %s', range)
  if (status !== 0) return [] // An unpacked archive has no history.
  return stdout
    .split('\n')
    .filter((line) => line && !isConventional(line.slice(line.indexOf(' ') + 1)))
}

export function isConventional(subject) {
  return SUBJECT.test(subject) && subject.length <= LENGTH_MAX
}
