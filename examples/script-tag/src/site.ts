import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import { openSession, type School } from './open-session.ts'

/** A school's site that knows who is signed in, and has the widget on its page. */
export function createSite(school: School): Hono {
  const site = new Hono()
  // Its own key for each start: whoever was signed in signs in again.
  const cookieKey = randomBytes(32).toString('base64url')
  const signedIn = (c: Context) => getSignedCookie(c, cookieKey, 'card_no')

  site.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'", school.bffUrl],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        scriptSrc: ["'self'", school.bffUrl],
        styleSrc: ["'self'", school.bffUrl],
      },
    }),
  )

  site.get('/', async (c) => {
    const cardNo = await signedIn(c)
    return c.html(cardNo ? cardPage(school, cardNo) : signInPage())
  })

  // What the widget calls: the school's server says who this is. The page itself cannot.
  site.post('/ecode-session', async (c) => {
    const cardNo = await signedIn(c)
    if (!cardNo) return c.json({ error: 'NOT_SIGNED_IN' }, 401)
    // A form on another site cannot send this type.
    if (c.req.header('content-type') !== 'application/json') return c.body(null, 415)
    const { thumbprint } = await c.req.json().catch(() => ({}))
    const answer = await openSession(school, cardNo, thumbprint)
    return new Response(answer.body, { status: answer.status, headers: JSON_HEADERS })
  })

  // Stands for the sign-in that your site has already.
  site.post('/sign-in', async (c) => {
    const { cardNo } = await c.req.parseBody()
    if (typeof cardNo !== 'string' || !/^[\w-]{1,32}$/.test(cardNo)) return c.redirect('/', 303)
    await setSignedCookie(c, 'card_no', cardNo, cookieKey, { httpOnly: true, sameSite: 'Lax' })
    return c.redirect('/', 303)
  })

  site.post('/sign-out', (c) => {
    deleteCookie(c, 'card_no')
    return c.redirect('/', 303)
  })

  site.get('/healthz', (c) => c.json({ ok: true }))

  for (const [name, type] of [
    ['ecode.js', 'text/javascript'],
    ['site.css', 'text/css'],
  ] as const) {
    const content = readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8')
    site.get(`/${name}`, (c) => c.body(content, 200, { 'content-type': `${type}; charset=utf-8` }))
  }

  return site
}

const JSON_HEADERS = { 'cache-control': 'no-store', 'content-type': 'application/json' }

function cardPage({ id, secret, bffUrl }: School, cardNo: string) {
  // Any id of yours that stays the same for a person will do; it never leaves the phone.
  const subject = createHmac('sha256', secret).update(`subject ${cardNo}`).digest('base64url')
  return page(html`
    <header>
      <b>云谷大学</b>
      <form id="sign-out" method="post" action="/sign-out"><button>退出登录 Sign out</button></form>
    </header>
    <main id="ecode" data-school="${id}" data-subject="${subject}"></main>
    <script src="${bffUrl}/v1/ecode.js" defer></script>
    <script src="/ecode.js" defer></script>
  `)
}

function signInPage() {
  return page(html`
    <main>
      <form class="sign-in" method="post" action="/sign-in">
      <h1>云谷大学</h1>
      <label for="card-no">学号或工号 Card number</label>
      <input id="card-no" name="cardNo" value="2023010417" required maxlength="32" autocomplete="off" />
      <button>登录 Sign in</button>
    </form></main>
  `)
}

function page(body: unknown) {
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <title>校园卡</title>
        <link rel="stylesheet" href="/site.css" />
      </head>
      <body>
        ${body}
      </body>
    </html>`
}
