import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

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
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Most of what they do is wait.
    maxWorkers: 3,
  },
})
