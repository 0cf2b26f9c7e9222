import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/**
 * Bundles programs of ours from their source, so that a test can run them as processes of their own
 * without a build beforehand. They lie where node finds this package's libraries and they find its
 * migrations; the core finds its key process when that is named `main`.
 *
 * @param entries Paths below `src` by the program's name.
 */
export async function bundlePrograms(entries: Record<string, string>) {
  const core = fileURLToPath(new URL('../..', import.meta.url))
  const outDir = await mkdtemp(join(core, 'node_modules', '.test-'))
  await build({
    configFile: false,
    logLevel: 'error',
    root: core,
    ssr: { noExternal: [/^@campus-ecode\//], resolve: { conditions: ['source'] } },
    build: {
      ssr: true,
      outDir,
      rollupOptions: {
        input: Object.fromEntries(
          Object.entries(entries).map(([name, path]) => [name, join(core, 'src', path)]),
        ),
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunk-[hash].js' },
      },
    },
  })
  await writeFile(join(outDir, 'package.json'), '{"type":"module"}')
  return {
    pathOf: (name: string) => join(outDir, `${name}.js`),
    remove: () => rm(outDir, { recursive: true, force: true }),
  }
}
