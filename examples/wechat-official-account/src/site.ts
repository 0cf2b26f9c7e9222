import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/** What is different at each school. */
export interface School {
  id: string
  /** Of the BFF. */
  bffUrl: string
  /** Where the payment password is typed. */
  keypadUrl: string
  /** Where WeChat's JS-SDK is; at a school `https://res.wx.qq.com`. */
  wechatScriptUrl: string
}

/**
 * The folder `page` on a web server, as any server would have it, with a policy as strict as can be. The
 * demo's school stands where the files name one.
 */
export function createSite({ id, bffUrl, keypadUrl, wechatScriptUrl }: School): Hono {
  const site = new Hono()
  site.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'", bffUrl],
        // The keypad, and the services of the grid, are opened by forms.
        formAction: ["'self'", keypadUrl, 'https:'],
        frameAncestors: ["'none'"],
        frameSrc: [keypadUrl],
        scriptSrc: ["'self'", bffUrl, wechatScriptUrl],
        styleSrc: ["'self'", bffUrl],
      },
      strictTransportSecurity: false,
    }),
  )
  site.get('/readyz', (c) => c.json({ ok: true }))
  const folder = new URL('../page/', import.meta.url)
  for (const name of readdirSync(folder)) {
    const content = readFileSync(new URL(name, folder), 'utf8')
      .replaceAll('https://pay.school.edu', bffUrl)
      .replaceAll('data-school="1001"', `data-school="${id}"`)
    const type = TYPES[extname(name)]
    if (!type) throw new Error(`a file of unknown type: ${name}`)
    const path = name === 'index.html' ? '/' : `/${name}`
    site.get(path, (c) => c.body(content, 200, { 'content-type': `${type}; charset=utf-8` }))
  }
  return site
}

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.txt': 'text/plain',
}
