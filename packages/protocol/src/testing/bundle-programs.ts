import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/**
 * Bundles programs of a package from their source, so that a test can run them beside itself without
 * a build beforehand. They lie where node finds the package's libraries and they find its files (a core its
 * migrations, and its key process when that is named `main`).
 *
 * @param sources The package's `src` folder.
 * @param entries Paths below it by the program's name.
 */
export async function bundlePrograms(sources: URL, entries: Record<string, string>) {
  const src = fileURLToPath(sources)
  const root = join(src, '..')
  const outDir = await mkdtemp(join(root, 'node_modules', '.test-'))
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    ssr: { noExternal: [/^@campus-ecode\//], resolve: { conditions: ['source'] } },
    build: {
      ssr: true,
      outDir,
      rollupOptions: {
        input: Object.fromEntries(
          Object.entries(entries).map(([name, path]) => [name, join(src, path)]),
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
