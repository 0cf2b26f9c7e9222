import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ENTRIES = ['index', 'react', 'vue', 'element']
const RELATIVE = /'(\.[^']*)\.tsx?'/g
const PROTOCOL = "'@campus-ecode/protocol/errors'"

/**
 * Puts beside what the npm package offers the declarations that it needs and no others, free of packages that are
 * not published. They come from `tsc`, which has run before; without it there is nothing to publish.
 */
export async function publishTypes(outDir: string): Promise<void> {
  const compiled = join(outDir, 'types')
  if (!existsSync(join(compiled, 'npm'))) return
  const published = join(outDir, 'declarations')
  rmSync(published, { recursive: true, force: true })

  const done = new Set<string>()
  const publish = (file: string) => {
    if (done.has(file)) return
    done.add(file)
    const text = readFileSync(join(compiled, file), 'utf8')
    const up = '../'.repeat(file.split('/').length - 1) || './'
    write(
      join(published, file),
      text.replace(RELATIVE, "'$1.js'").replace(PROTOCOL, `'${up}error-code.js'`),
    )
    for (const [, path = ''] of text.matchAll(RELATIVE)) {
      publish(join(dirname(file), `${path}.d.ts`))
    }
  }
  for (const entry of ENTRIES) publish(`npm/${entry}.d.ts`)
  const foreign = [...done].filter((file) =>
    readFileSync(join(published, file), 'utf8').includes('@campus-ecode/'),
  )
  if (foreign.length) throw new Error(`${foreign} cannot be published: they need other packages`)

  const { errorTable } = await import('@campus-ecode/protocol/errors')
  const codes = Object.keys(errorTable).map((code) => `\n  | '${code}'`)
  write(
    join(published, 'error-code.d.ts'),
    `/** A stable error code; the BFF has a page on each at /errors/<code>. */\nexport type ErrorCode =${codes.join('')}\n`,
  )
  for (const entry of ENTRIES) {
    write(join(outDir, `npm/${entry}.d.ts`), `export * from '../declarations/npm/${entry}.js'\n`)
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
