import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { ROOT } from './lib/workspace.mjs'

// docs/errors.md, of the error table and what is said of each code.
build()
const { writeErrorDocument } = await import('../packages/protocol/dist/error-pages.js')
writeFileSync(join(ROOT, 'docs/errors.md'), writeErrorDocument())
