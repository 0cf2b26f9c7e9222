import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const PAGE = fileURLToPath(new URL('page/', import.meta.url))
const OFFLINE = dirname(fileURLToPath(import.meta.resolve('@campus-ecode/sdk/offline/ecode.js')))

/**
 * Makes the folder that goes into the app and onto the school's server: the page, and of
 * `@campus-ecode/sdk/offline` the script that needs nothing else for a first code, and the parts beside it.
 * `inline.html` is the same page in one file, for the web views of iOS.
 *
 * @param {{ out: string, bff?: string, school?: string }} options `bff`: where the BFF is.
 */
export async function packPage({ out, bff, school }) {
  let page = await readFile(join(PAGE, 'index.html'), 'utf8')
  if (bff) page = page.replace(/data-bff="[^"]*"/, `data-bff="${bff}"`)
  if (school) page = page.replace(/data-school="[^"]*"/, `data-school="${school}"`)
  await mkdir(out, { recursive: true })
  await cp(OFFLINE, out, { recursive: true })
  await cp(join(PAGE, 'app.js'), join(out, 'app.js'))
  await writeFile(join(out, 'index.html'), page)
  await writeFile(join(out, 'inline.html'), await putScriptsInto(page, out))
}

async function putScriptsInto(page, folder) {
  let whole = page
  for (const [tag, name] of page.matchAll(/<script src="([^"]+)"><\/script>/g)) {
    const script = await readFile(join(folder, name), 'utf8')
    if (/<\/script|<!--/i.test(script)) throw new Error(`${name} would end its own element`)
    // A function, since `$` means something in a replacement.
    whole = whole.replace(tag, () => `<script>${script}</script>`)
  }
  return whole
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'dist' },
      bff: { type: 'string' },
      school: { type: 'string' },
    },
  })
  await packPage(values)
  console.log(`packed into ${values.out}`)
}
