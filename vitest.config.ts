import { defineConfig } from 'vitest/config'

const core = 'packages/core/src/**/*.test.ts'

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    // Tests wait for what should happen, so on a busy machine a long limit costs nothing.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    // Left to itself Vitest keeps one core free, which is half of a small machine.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'core',
          include: [core],
          // One real PostgreSQL per run; started only when a core test runs.
          globalSetup: 'packages/core/src/db/testing/global-setup.ts',
        },
      },
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
          exclude: [core, '**/node_modules/**', '**/dist/**'],
        },
      },
    ],
  },
})
