import type { Services } from '../http/operation.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'

/** WeChat, where the core is set up for it and has a public address that WeChat can send people back to. */
export function wechatOf({
  ports,
  keypadOrigin,
}: Pick<Services, 'ports' | 'keypadOrigin'>):
  | { port: WechatPort; callbackUrl: string }
  | undefined {
  const { wechat: port } = ports
  if (!port || keypadOrigin === undefined) return undefined
  return { port, callbackUrl: `${keypadOrigin}${WECHAT_PATHS.callback}` }
}

/** On the public origin, next to the keypad's pages. */
export const WECHAT_PATHS = {
  callback: '/wechat/callback',
  refundNotices: '/wechat/refund-notices',
} as const
