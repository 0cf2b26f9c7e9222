import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { checkRequestTarget } from '@campus-ecode/protocol/request-target'
import type { Context as HonoContext } from 'hono'
import type { CoreEnv } from './mount-routes.ts'

export type Locale = 'zh-CN' | 'en'

/** Chinese unless English is what the browser asks for first. */
export function readLocale({ headers }: IncomingMessage): Locale {
  return /^en\b/i.test(headers['accept-language'] ?? '') ? 'en' : 'zh-CN'
}

/** Whether a request is for the public origin and for no other host that may lead here. */
export function isAddressed(incoming: IncomingMessage, origin: string): boolean {
  const { url: target = '', rawHeaders } = incoming
  return checkRequestTarget({ target, rawHeaders, origin }).ok
}

/** A text inside HTML or one of its attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A page for anybody's browser and nobody's frame. */
export interface PublicPage {
  locale: Locale
  title: string
  /** The one style; the policy allows it by its hash. */
  style: string
  /** Inside `main`. */
  main: string
  /** Of our own origin, if it has one. Then it may also ask that origin. */
  scriptPath?: string
  /** One of somebody else's, before our own. Never on a page where anything is typed. */
  foreignScript?: string
  /** Where its form leads: our own origin, and that of the page which the answer may send people to. */
  formOrigins?: string[]
  /** For its script: `data-step` of the document. */
  step?: string
}

export function answerPublicPage(
  c: HonoContext<CoreEnv>,
  requestId: string,
  status: 200 | 403 | 404 | 410 | 422 | 429 | 503,
  page: PublicPage,
): Response {
  const { locale, title, style, main, scriptPath, foreignScript, formOrigins, step } = page
  const foreign = foreignScript
    ? `\n<script src="${escapeHtml(foreignScript)}" defer></script>`
    : ''
  const own = scriptPath ? `\n<script type="module" src="${scriptPath}"></script>` : ''
  const script = foreign + own
  const html = `<!doctype html>
<html lang="${locale}"${step ? ` data-step="${step}"` : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${style}</style>${script}
</head>
<body><main>${main}</main></body>
</html>
`
  const styleHash = createHash('sha256').update(style).digest('base64')
  const sources = ["'self'", ...(foreignScript ? [foreignScript] : [])].join(' ')
  const scriptPolicy = scriptPath ? [`script-src ${sources}`, "connect-src 'self'"] : []
  return c.html(html, status, {
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      ...scriptPolicy,
      `style-src 'sha256-${styleHash}'`,
      "base-uri 'none'",
      `form-action ${formOrigins ? ["'self'", ...formOrigins].join(' ') : "'none'"}`,
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'ecode-request-id': requestId,
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
    // With no-referrer a form's own origin would be sent as `null`.
    'referrer-policy': formOrigins ? 'same-origin' : 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
}

/** Quiet ground and one card, by day and by night. Floor: Chromium 78, Safari 13. */
export const PUBLIC_STYLE = `
:root{--accent:#2455c9;--bg:#f3f4f7;--surface:#fff;--text:#13161c;--text-2:#5a6170;--line:#e4e7ed;--good:#067647}
@media (prefers-color-scheme:dark){:root{--bg:#0d0f13;--surface:#1c2027;--text:#f2f4f8;--text-2:#a3abba;--line:#2c323c;--good:#6fdc9f}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:400 16px/1.5 -apple-system,Roboto,"PingFang SC","HarmonyOS Sans SC",MiSans,"Noto Sans SC","Microsoft YaHei",system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:480px;min-height:100vh;margin:0 auto;padding:28px 20px;background:var(--surface);border-top:6px solid var(--accent)}
h1{margin:0 0 6px;font-size:24px;line-height:1.3}
p{margin:0 0 14px}
ol{margin:0 0 20px;padding-left:24px}
li{margin:0 0 6px}
.soft{color:var(--text-2);font-size:14px}
.number{margin:2px 0 20px;font-size:28px;font-weight:600;letter-spacing:.06em}`
