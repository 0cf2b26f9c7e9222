import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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

/** @param directory Of the built page: one script, one style. Throws when there is none. */
export async function readPageAssets(directory = fileURLToPath(BUILT)): Promise<PageAssets> {
  const files = await readdir(directory).catch(() => [])
  const load = async (ending: string, type: string) => {
    const file = files.find((name) => name.endsWith(ending))
    if (file === undefined) throw new Error('the keypad page is not built')
    return { path: `/keypad/${file}`, type, body: await readFile(join(directory, file)) }
  }
  return {
    script: await load('.js', 'text/javascript; charset=utf-8'),
    style: await load('.css', 'text/css; charset=utf-8'),
  }
}
