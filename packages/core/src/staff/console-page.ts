import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CoreApp } from '../http/mount-routes.ts'

/** Built by scripts/build.mjs from packages/console, which meets us over HTTP alone. */
export const CONSOLE_DIR = fileURLToPath(new URL('../../../console/dist/page', import.meta.url))

const YEAR_SECONDS = 31_536_000
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The page, read once. Throws when it is not built. */
export async function readConsolePage(directory: string) {
  const names = (await readdir(directory).catch(() => [])).filter((name) => extname(name) in types)
  if (!names.includes('index.html')) throw new Error('the console is not built')
  return Promise.all(
    names.map(async (name) => ({
      name,
      type: types[extname(name)] ?? '',
      body: await readFile(join(directory, name)),
    })),
  )
}
export type ConsolePage = Awaited<ReturnType<typeof readConsolePage>>

/** Nothing but our own script and style, in nobody's frame. */
const PAGE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export function mountConsolePage(app: CoreApp, page: ConsolePage): void {
  for (const { name, type, body } of page) {
    const isPage = name === 'index.html'
    const headers = isPage
      ? PAGE_HEADERS
      : {
          // Their names name their content.
          'cache-control': `public, max-age=${YEAR_SECONDS}, immutable`,
          'cross-origin-resource-policy': 'same-origin',
          'x-content-type-options': 'nosniff',
        }
    app.get(isPage ? '/' : `/${name}`, (c) =>
      c.body(new Uint8Array(body), 200, { ...headers, 'content-type': type }),
    )
  }
}
