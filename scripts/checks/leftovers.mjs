import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles } from '../lib/workspace.mjs'

export const title = 'no secrets, nothing left undone'

/** Written in halves, so that this file does not find itself. */
const PATTERNS = {
  'a mark of unfinished work': new RegExp(`\\b(${'TO'}DO|${'FIX'}ME|${'X'}XX|${'HA'}CK)\\b`),
  'a private key': new RegExp(`-----BEGIN [A-Z ]*${'PRIVATE'} KEY-----`),
  'an access key of a cloud': /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  'an access token': /\b(gh[pousr]_\w{36}|glpat-[\w-]{20}|npm_\w{36}|xox[abps]-[\w-]{10,})\b/,
  'a password in an address': /\b[a-z]+:\/\/[^\s/:@'"`$<{]+:(?!%s@)[^\s/:@'"`$<{]+@[\w.-]+/,
  'a test left alone or out': /\b(it|test|describe)\.(only|skip|todo)\(/,
}
/** Published with the RFCs they come from. */
const TEST_KEYS = 'packages/protocol/vectors/http-signatures.json'
const TEXT = /\.(ts|tsx|mjs|js|json|css|html|sql|md|ya?ml|sh|txt)$|^[^.]+$/

export function findProblems(root) {
  return listFiles(root)
    .filter((file) => TEXT.test(file) && file !== 'pnpm-lock.yaml' && file !== TEST_KEYS)
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          Object.entries(PATTERNS)
            .filter(([, pattern]) => pattern.test(line))
            // The place only: a report must not spread what it found.
            .map(([what]) => `${file}:${index + 1}: ${what}`),
        ),
    )
}
