import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest ones. A fresh checkout knows no times, and whichever begins last runs alone. */
const FIRST = ['access', 'conform', 'phone-life', 'refusals', 'wallet', 'looks', 'wechat']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      FIRST.some((name) => moduleId.endsWith(`/${name}.spec.ts`))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

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
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
  },
})
