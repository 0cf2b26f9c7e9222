import { createHash, randomBytes } from 'node:crypto'
import { type PersonContext, type PersonOutcome, refuse, type Services } from '../http/operation.ts'
import { isPageOfOurs } from '../sign-ins/page-origins.ts'
import { createWechatTokens, type WechatTokens } from './tokens.ts'

/**
 * What `wx.config` wants for a page (R20, R25), on one of the school's origins or the BFF's.
 *
 * Refuses: WECHAT_SIGN_IN_NOT_OFFERED, RETURN_ADDRESS_NOT_ALLOWED, WECHAT_SIGN_IN_UNAVAILABLE.
 */
export function createSignWechatPage(
  services: Services,
): (ctx: PersonContext<'signWechatPage'>) => PersonOutcome<'signWechatPage'> {
  const { officialAccount: account } = services.ports
  const tokens: WechatTokens | undefined = account && createWechatTokens(services, account)
  return async ({ params, body }) => {
    if (!account || !tokens) return refuse('WECHAT_SIGN_IN_NOT_OFFERED')
    const { db, bffOrigin, wechatScriptUrl: scriptUrl, now } = services
    if (!(await isPageOfOurs(db.pool, params.schoolId, body.url, bffOrigin))) {
      return refuse('RETURN_ADDRESS_NOT_ALLOWED')
    }
    const ticket = await tokens.getTicket()
    if ('failed' in ticket) return refuse('WECHAT_SIGN_IN_UNAVAILABLE')
    const timestamp = Math.floor(now() / 1000)
    const nonceStr = randomBytes(16).toString('hex')
    const [url = ''] = body.url.split('#')
    const signature = signPage({ ticket: ticket.value, nonceStr, timestamp, url })
    return {
      status: 200,
      body: { appId: account.appId, timestamp, nonceStr, signature, scriptUrl },
    }
  }
}

/** WeChat's own form: these four, in this order, as they are, by SHA-1. */
export function signPage({
  ticket,
  nonceStr,
  timestamp,
  url,
}: {
  ticket: string
  nonceStr: string
  timestamp: number | string
  /** Without its fragment. */
  url: string
}): string {
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`
  return createHash('sha1').update(text).digest('hex')
}
