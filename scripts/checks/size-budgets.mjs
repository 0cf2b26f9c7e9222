import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

export const title = 'size budgets of the widget'

const LOADER_GZIP_BYTES_MAX = 2048
const FIRST_CODE_GZIP_BYTES_MAX = 25 * 1024
const FIRST_QR_GZIP_BYTES_MAX = 32 * 1024
/** Parts that are fetched when somebody is about to use them, with their styles. */
const PART_GZIP_BYTES_MAX = {
  ways: 25 * 1024,
  reader: 16 * 1024,
  host: 12 * 1024,
  signIn: 4 * 1024,
}

/** Scripts that pages, workers and apps name themselves. */
const SCRIPT_GZIP_BYTES_MAX = {
  'element.js': 4 * 1024,
  'ecode-sw.js': 1536,
  // From an app's own files: it costs no network, but each start.
  'offline/ecode.js': 72 * 1024,
}

/**
 * Weighs what a page downloads, by the lists that the SDK's build writes into dist/manifest.json:
 * `loader`, `firstCode` (script and style until the first scannable code, the bars) and `firstQr`
 * (until the QR stands below it); and the parts and
 * scripts that have a budget of their own.
 */
export function findProblems(root) {
  const sdk = join(root, 'packages/sdk')
  if (!existsSync(join(sdk, 'vite.config.ts'))) return []
  const manifest = JSON.parse(readFileSync(join(sdk, 'dist/manifest.json'), 'utf8'))
  const { loader, firstCode, firstQr, parts = {} } = manifest
  const filesOf = (part) => [parts[part], parts[`${part}.css`]].flatMap((each) => each?.file ?? [])
  return [
    weigh(sdk, 'loader', [loader], LOADER_GZIP_BYTES_MAX),
    weigh(sdk, 'until the first code', firstCode, FIRST_CODE_GZIP_BYTES_MAX),
    weigh(sdk, 'until its QR', firstQr, FIRST_QR_GZIP_BYTES_MAX),
    ...Object.entries(PART_GZIP_BYTES_MAX).map(([part, max]) =>
      weigh(sdk, `the part ${part}`, filesOf(part), max),
    ),
    ...Object.entries(SCRIPT_GZIP_BYTES_MAX).map(([file, max]) => weigh(sdk, file, [file], max)),
  ].filter((problem) => problem)
}

/** @returns What is too much, or nothing. Each file counts compressed on its own, as it is served. */
function weigh(sdk, what, files, gzipBytesMax) {
  if (files.length === 0) return `${what}: the manifest lists no file`
  const contents = files.map((file) => readFileSync(join(sdk, 'dist', file)))
  const gzipBytes = sum(contents.map((content) => gzipSync(content, { level: 9 }).length))
  const brotliBytes = sum(contents.map((content) => brotliCompressSync(content).length))
  const report = `${what}: ${gzipBytes} B gzip of ${gzipBytesMax}, ${brotliBytes} B brotli`
  console.log(`  ${report}`)
  return gzipBytes > gzipBytesMax && report
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
