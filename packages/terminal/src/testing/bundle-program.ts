import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/**
 * Bundles a program of ours from its source, so that a test can run it as a process of its own without
 * a build beforehand. The bundle lies where node finds this package's libraries.
 *
 * @param entry Relative to `src`.
 */
export async function bundleProgram(
  entry: string,
): Promise<{ path: string; remove(): Promise<void> }> {
  const terminal = fileURLToPath(new URL('../..', import.meta.url))
  const outDir = await mkdtemp(join(terminal, 'node_modules', '.test-'))
  await build({
    configFile: false,
    logLevel: 'error',
    root: terminal,
    ssr: { noExternal: [/^@campus-ecode\//], resolve: { conditions: ['source'] } },
    build: {
      ssr: join(terminal, 'src', entry),
      outDir,
      rollupOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  })
  return {
    path: join(outDir, 'program.mjs'),
    remove: () => rm(outDir, { recursive: true, force: true }),
  }
}
