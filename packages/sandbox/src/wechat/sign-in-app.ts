import { type Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Faults } from '../faults.ts'
import { renderElsewhere, renderSignIn, renderWrong } from './phone-pages.ts'
import { isUser, PHONE_COOKIE, type Users } from './users.ts'
import { takeWechatFault } from './wechat-faults.ts'

// As WeChat does, which compares the order with a pattern.
const AUTHORISE =
  /^\?appid=(\w+)&redirect_uri=([^&]+)&response_type=code&scope=(snsapi_base|snsapi_userinfo)&state=([0-9A-Za-z]{1,128})$/

type Asked = { redirectUri: URL; state: string } | { wrong: [code: number, text: string] }

/** WeChat's web authorisation: silent on somebody's phone; elsewhere it asks who that would be. */
export function createSignInApp({
  appId,
  domains,
  users,
  faults,
}: {
  appId: string
  domains: readonly string[]
  users: Users
  faults: Faults
}): Hono {
  const app = new Hono()

  app.get('/connect/oauth2/authorize', (c) => {
    const asked = read(c)
    if ('wrong' in asked) return c.html(renderWrong(...asked.wrong), 400)
    if (!/MicroMessenger/.test(c.req.header('user-agent') ?? '')) return c.html(renderElsewhere())
    const user = getCookie(c, PHONE_COOKIE)
    if (isUser(user)) return sendBack(c, asked, user)
    return c.html(renderSignIn(new URL(c.req.url).search.slice(1)))
  })
  app.post('/connect/oauth2/authorize', async (c) => {
    const asked = read(c)
    const { user, act } = await c.req.parseBody()
    if ('wrong' in asked) return c.html(renderWrong(...asked.wrong), 400)
    if (act === 'refuse') return sendBack(c, asked, undefined)
    if (!isUser(user)) return c.html(renderWrong(10001, '没有这个微信'), 400)
    return sendBack(c, asked, user)
  })
  return app

  function read(c: Context): Asked {
    const [, appid, redirectUri, scope, state] = AUTHORISE.exec(new URL(c.req.url).search) ?? []
    if (appid !== appId || !redirectUri || !state) {
      return { wrong: [10016, '参数错误：名称、顺序或取值不对'] }
    }
    // An account has it only once WeChat has granted it, and the sandbox's has not asked.
    if (scope !== 'snsapi_base') return { wrong: [10005, '该公众号没有这个 scope 的权限'] }
    const back = parseUrl(redirectUri)
    if (!back || !domains.includes(back.hostname)) {
      return { wrong: [10003, 'redirect_uri 域名与后台配置不一致'] }
    }
    return { redirectUri: back, state }
  }

  function sendBack(
    c: Context,
    { redirectUri, state }: { redirectUri: URL; state: string },
    user: string | undefined,
  ): Response {
    if (user !== undefined) {
      const openid = users.openidOf(user)
      const { fault } = takeWechatFault(faults, 'authorise')
      const code = fault === 'old_code' ? users.signInAgain(openid) : users.signIn(openid)
      redirectUri.searchParams.set('code', code)
    }
    redirectUri.searchParams.set('state', state)
    return c.redirect(redirectUri.href, 302)
  }
}

function parseUrl(encoded: string): URL | undefined {
  try {
    const url = new URL(decodeURIComponent(encoded))
    return /^https?:$/.test(url.protocol) ? url : undefined
  } catch {
    return undefined
  }
}
