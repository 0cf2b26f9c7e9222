import { createHash } from 'node:crypto'
import { describeWire, type ErrorPage, findErrorPage } from '@campus-ecode/protocol/error-pages'
import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { type AppEnv, answerRefusal } from './answer.ts'
import { refuse } from './refusal.ts'

/** `GET /errors/<CODE>`: what the widget names in the console. A page like docs/errors.md, of one code. */
export function addErrorPage(app: Hono<AppEnv>): void {
  app.get('/errors/:code', (c) => {
    const { outgoing: answer } = c.env
    const page = findErrorPage(c.req.param('code'))
    if (!page) return answerRefusal(answer, refuse('NOT_FOUND'))
    answer.route = 'errorPage'
    return new Response(`${renderPage(page)}`, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'public, max-age=3600',
        'content-security-policy': POLICY,
      },
    })
  })
}

const STYLE = `:root{color-scheme:light dark}
body{max-width:40rem;margin:12vh auto;padding:0 1.25rem;font:1rem/1.6 system-ui,sans-serif}
h1{font:600 1.25rem/1.3 ui-monospace,monospace;overflow-wrap:anywhere}
blockquote{margin:1.5rem 0;padding-left:1rem;border-left:3px solid;font-size:1.125rem}
small{opacity:.7}
blockquote small{display:block}
h2{margin:1.5rem 0 .25rem;font-size:1rem}
p{margin:0 0 1.5rem}
code{font-family:ui-monospace,monospace;font-size:.95em}`
const hash = createHash('sha256').update(STYLE).digest('base64')
const POLICY = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'`

function renderPage({ code, status, retryable, sentences, cause, fix }: ErrorPage) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${code}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1>${code}</h1>
<blockquote><span lang="zh-CN">${sentences['zh-CN']}</span><small>${sentences.en}</small></blockquote>
<h2>Cause</h2>
<p>${withCode(cause)}</p>
<h2>Mend</h2>
<p>${withCode(fix)}</p>
<p><small>${describeWire(status, retryable)}</small></p>
</body>
</html>`
}

/** What stands between backticks in the texts, which are also Markdown. */
function withCode(text: string) {
  return text.split('`').map((part, index) => (index % 2 ? html`<code>${part}</code>` : part))
}
