import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export interface PageAsset {
  /** Names its content, so it may be kept for ever. */
  path: string
  type: string
  body: Buffer
}

/** The page's script and style, built beside this program by scripts/build.mjs. */
export interface PageAssets {
  script: PageAsset
  style: PageAsset
}

const BUILT = new URL('../keypad-page/', import.meta.url)

const manifestSchema = z.record(
  z.string(),
  z.object({ file: z.string(), css: z.array(z.string()).optional() }),
)

/** @param directory Of the built page. Throws when there is none. */
export async function readPageAssets(directory = fileURLToPath(BUILT)): Promise<PageAssets> {
  const read = (file: string) => readFile(`${directory}/${file}`)
  const manifest = manifestSchema.parse(JSON.parse((await read('manifest.json')).toString('utf8')))
  const entry = manifest['main.ts']
  const style = entry?.css?.[0]
  if (!entry || !style) throw new Error('the keypad page is not built')
  const load = async (file: string, type: string) => ({
    path: `/keypad/${file}`,
    type,
    body: await read(file),
  })
  return {
    script: await load(entry.file, 'text/javascript; charset=utf-8'),
    style: await load(style, 'text/css; charset=utf-8'),
  }
}
