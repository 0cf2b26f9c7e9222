import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { longestFirst } from '../scripts/lib/longest-first.mjs'

/** Whoever shares people stands behind the others, so as to wait for them as little as possible. */
const FIRST = [
  ...['wechat', 'conform', 'ways', 'outside', 'restart', 'looks', 'access', 'refusals', 'codes'],
  ...['safety', 'rotation', 'mini-program', 'gates', 'webkit', 'console', 'secrets', 'real-name'],
  ...['official-account', 'school-app-webkit', 'shower', 'phone-life', 'cards'],
]

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    name: 'e2e',
    include: ['**/*.spec.ts'],
    exclude: ['dist/**', 'node_modules/**'],
    globalSetup: 'global-setup.ts',
    // A flow waits for what should happen, so a long limit costs nothing when it does.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000, interval: 100 } },
    // Most of what they do is wait.
    maxWorkers: 4,
    sequence: { sequencer: longestFirst(FIRST.map((name) => `${name}.spec.ts`)) },
  },
})
