import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { schoolIdSchema } from '@campus-ecode/protocol/shapes'
import type { Context, Hono } from 'hono'
import { html } from 'hono/html'
import { type AppEnv, answerRefusal } from './answer.ts'
import { refuse } from './refusal.ts'

/**
 * `GET /h5/<school>`: the widget as a whole page, for a menu of an official account, a web-view of a
 * mini-program, or a school whose own pages are not on https. Nothing in it is anybody's.
 */
export function addHostedPage(app: Hono<AppEnv>, options: HostedPageOptions): void {
  const { files } = options
  const policy = describePolicy(options)
  app.get('/h5/:school', (c) => {
    const { outgoing: answer } = c.env
    const school = c.req.param('school')
    const file = files.get(school)
    if (file) return answerFile(c, file)
    answer.route = 'hostedPage'
    if (!schoolIdSchema.safeParse(school).success) return answerRefusal(answer, refuse('NOT_FOUND'))
    answer.schoolId = school
    return new Response(renderPage(school, options), {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': policy,
        'x-frame-options': 'DENY',
      },
    })
  })
}

export interface HostedPageOptions {
  files: HostedFiles
  /** The BFF's own; on https no form of the page goes to http. */
  origin: string
  /** Where the payment password is typed. */
  keypadOrigin: string
  /** Where WeChat's JS-SDK is loaded from. */
  wechatScriptOrigin: string
}

/** The page's script, style and icon by name; the names hold their hash. */
export type HostedFiles = ReadonlyMap<string, HostedFile>

interface HostedFile {
  type: string
  body: Buffer<ArrayBuffer>
}

/** Throws when the folder is not a build: one script, one style, one icon. */
export async function loadHostedFiles(dir: string): Promise<HostedFiles> {
  const files = new Map<string, HostedFile>()
  for (const [ending, type] of Object.entries(TYPES)) {
    const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith(ending))
    const [name] = names
    if (name === undefined || names.length > 1) throw new Error('the hosted page is not built')
    files.set(name, { type, body: Buffer.from(await readFile(join(dir, name))) })
  }
  return files
}

const TYPES = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
} as const

function answerFile(c: Context<AppEnv>, { type, body }: HostedFile): Response {
  c.env.outgoing.route = 'hostedFile'
  return new Response(body, {
    headers: { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' },
  })
}

/** WeChat's JS-SDK, at its origin. */
const WECHAT_SCRIPT = '/open/js/jweixin-1.6.0.js'

/** Scripts from here and WeChat's own; forms also to the school's services, whose addresses the core keeps. */
function describePolicy({ origin, keypadOrigin, wechatScriptOrigin }: HostedPageOptions): string {
  const services = origin.startsWith('https:') ? 'https:' : 'http: https:'
  return [
    "default-src 'none'",
    `script-src 'self' ${wechatScriptOrigin}`,
    "connect-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `frame-src ${keypadOrigin}`,
    `form-action 'self' ${keypadOrigin} ${services}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function renderPage(school: string, { files, wechatScriptOrigin }: HostedPageOptions): string {
  const named = (ending: string) => [...files.keys()].find((name) => name.endsWith(ending)) ?? ''
  return `${html`<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8">
    <title>校园卡</title>
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="/h5/${named('.svg')}" type="image/svg+xml">
    <link rel="stylesheet" href="/h5/${named('.css')}">
    <script src="/v1/ecode.js" defer></script>
    <script src="/h5/${named('.js')}" defer></script>
  </head>
  <body>
    <main id="ecode" data-school="${school}" data-wechat="${wechatScriptOrigin}${WECHAT_SCRIPT}"><p class="opening">正在打开校园卡…</p></main>
    <noscript><p class="message">请开启 JavaScript 后重新打开。 Switch JavaScript on and open the page again.</p></noscript>
  </body>
</html>
`}`
}
