import type { CoreApp } from '../http/mount-routes.ts'
import type { Services } from '../http/operation.ts'
import { readBody } from '../http/read-body.ts'
import { hearRefundNotice } from './hear-refund-notice.ts'
import { REFUND_NOTICES_PATH, wechatOf } from './offered.ts'

const NOTICE_BYTES_MAX = 64 * 1024

/** WeChat's own notices of refunds, on the public origin (R27). */
export function mountWechat(app: CoreApp, services: Services): void {
  const { log } = services
  app.post(REFUND_NOTICES_PATH, async (c) => {
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
