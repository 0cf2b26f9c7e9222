import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ENTRY = 'npm/index.d.ts'
const RELATIVE = /'(\.[^']*)\.tsx?'/g
const PROTOCOL = "'@campus-ecode/protocol/errors'"

/**
 * Puts beside the npm entry the declarations that it needs and no others, free of packages that are
 * not published. They come from `tsc`, which has run before; without it there is nothing to publish.
 */
export async function publishTypes(outDir: string): Promise<void> {
  const compiled = join(outDir, 'types')
  if (!existsSync(join(compiled, ENTRY))) return
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
  publish(ENTRY)
  const foreign = [...done].filter((file) =>
    readFileSync(join(published, file), 'utf8').includes('@campus-ecode/'),
  )
  if (foreign.length) throw new Error(`${foreign} cannot be published: they need other packages`)

  const { errorTable } = await import('@campus-ecode/protocol/errors')
  const codes = Object.keys(errorTable).map((code) => `\n  | '${code}'`)
  write(
    join(published, 'error-code.d.ts'),
    `/** A stable error code; the table is in docs/core-api.md. */\nexport type ErrorCode =${codes.join('')}\n`,
  )
  write(join(outDir, 'index.d.ts'), "export * from './declarations/npm/index.js'\n")
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
