import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export interface Bundle {
  scripts: string[]
  styles: string[]
}

/** Bundles a compiled page of ours as `vite build` does out of the box: minified, for Vite's own range of browsers. */
export async function bundle(page: URL): Promise<Bundle> {
  const output = await build({
    configFile: false,
    root: fileURLToPath(new URL('.', page)),
    logLevel: 'error',
    build: {
      write: false,
      // For modules that a page imports later; these have none.
      modulePreload: false,
      rolldownOptions: { input: fileURLToPath(page) },
    },
  })
  const outputs = 'close' in output ? [] : [output].flat()
  const files = outputs.flatMap((each) => each.output)
  return {
    scripts: files.flatMap((file) => (file.type === 'chunk' ? [file.code] : [])),
    styles: files.flatMap((file) =>
      file.type === 'asset' && file.fileName.endsWith('.css') ? [String(file.source)] : [],
    ),
  }
}
