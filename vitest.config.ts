import { defineConfig } from 'vitest/config'
import { longestFirst } from './scripts/lib/longest-first.mjs'

const core = 'packages/core/src/**/*.test.ts'
/** Neither replace modules nor globals, so that what they import need not be imported anew for each file. */
const shared = 'packages/{protocol,terminal}/src/**/*.test.ts'

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    // Tests wait for what should happen, so on a busy machine a long limit costs nothing.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    // Left to itself Vitest keeps one core free, which is half of a small machine.
    maxWorkers: '100%',
    sequence: {
      sequencer: longestFirst([
        ...['deploy/src/topology.test.ts', 'terminal/src/pay-and-settle.test.ts'],
        ...['conform-core/run-checks.test.ts', 'db/embedded-server.test.ts'],
        ...['keypad/page.test.ts', 'core/src/main.test.ts', 'campus/import-access.test.ts'],
        ...['sandbox/src/faults.test.ts', 'gate/create-gate.test.ts'],
      ]),
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'core',
          include: [core],
          // One real PostgreSQL per run; started only when a core test runs.
          globalSetup: 'packages/core/src/db/testing/global-setup.ts',
          // Importing anew for each file is two fifths of the work; each has a database of its own.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'shared', include: [shared], isolate: false } },
      {
        extends: true,
        test: {
          name: 'rest',
          include: [
            'packages/*/src/**/*.test.{ts,tsx}',
            'packages/core/keypad/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'examples/*/*.test.mjs',
            'history/src/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'deploy/src/**/*.test.ts',
            'scripts/**/*.test.{ts,mjs}',
          ],
          exclude: [core, shared, '**/node_modules/**', '**/dist/**'],
        },
      },
    ],
  },
})
