import { WECHAT_RESULT_PARAM } from '@campus-ecode/protocol/wechat'
import type { Context as HonoContext } from 'hono'
import type { CoreApp, CoreEnv } from '../http/mount-routes.ts'
import type { Services } from '../http/operation.ts'
import { readBody } from '../http/read-body.ts'
import { Busy } from '../keys/turnstile.ts'
import { hearRefundNotice } from './hear-refund-notice.ts'
import { WECHAT_PATHS, wechatOf } from './offered.ts'
import { returnFromWechat, type TakeTurn } from './return-from-wechat.ts'

const NOTICE_BYTES_MAX = 64 * 1024

type AnswerNotice = (
  c: HonoContext<CoreEnv>,
  requestId: string,
  status: 410 | 503,
) => Response | Promise<Response>

/**
 * What WeChat's side reaches on the public origin (R27): people who come back from its sign-in page, and
 * its notices of refunds.
 *
 * @param answerNotice Says to a person that there is nothing here, or not now.
 */
export function mountWechat(
  app: CoreApp,
  services: Services,
  takeTurn: TakeTurn,
  answerNotice: AnswerNotice,
): void {
  const { log } = services
  app.get(WECHAT_PATHS.callback, async (c) => {
    const requestId = services.newId()
    const route = 'wechat-callback'
    try {
      const { state = '', code } = c.req.query()
      const back = await returnFromWechat(services, takeTurn, { state, code })
      const told = back?.told
      const result = told && 'result' in told ? told.result : told && 'signed in'
      log.info({ route, result: result ?? 'unknown', requestId }, 'somebody came from WeChat')
      if (!back || !told) return answerNotice(c, requestId, 410)
      const returnTo = new URL(back.returnTo)
      const word = 'token' in told ? told.token : told.result
      returnTo.searchParams.set(WECHAT_RESULT_PARAM, word)
      c.header('cache-control', 'no-store')
      // The address that they came from has the code in it.
      c.header('referrer-policy', 'no-referrer')
      return c.redirect(returnTo.href, 302)
    } catch (error) {
      if (error instanceof Busy) log.info({ route, requestId }, 'too many at once')
      else log.error({ error, route, requestId }, 'a call failed')
      return answerNotice(c, requestId, 503)
    }
  })

  app.post(WECHAT_PATHS.refundNotices, async (c) => {
    const { incoming } = c.env
    const wechat = wechatOf(services)
    const body = await readBody(incoming, NOTICE_BYTES_MAX)
    if (!wechat || typeof body === 'string') return c.body(null, 400)
    try {
      const notice = await wechat.port.readNotice(incoming.headers, body)
      // WeChat says nothing that is signed by others; it tries again where the answer is no.
      if (!notice) return c.json({ code: 'FAIL', message: 'SIGN_ERROR' }, 401)
      await hearRefundNotice(services, notice.refundReference)
      return c.body(null, 204)
    } catch (error) {
      log.error({ error, route: 'wechat-refund-notice' }, 'a call failed')
      return c.json({ code: 'FAIL', message: 'SYSTEM_ERROR' }, 500)
    }
  })
}
