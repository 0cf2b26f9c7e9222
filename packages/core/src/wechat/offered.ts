import type { Services } from '../http/operation.ts'
import type { OfficialAccount } from '../ports/wechat-app/wechat-app.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'

/** WeChat, where the core is set up for it and has a public address that WeChat can send people back to. */
export function wechatOf({
  ports,
  keypadOrigin,
}: Pick<Services, 'ports' | 'keypadOrigin'>):
  | { port: WechatPort; account: OfficialAccount; callbackUrl: string }
  | undefined {
  const { wechat: port, officialAccount: account } = ports
  if (!port || !account || keypadOrigin === undefined) return undefined
  return { port, account, callbackUrl: `${keypadOrigin}${WECHAT_PATHS.callback}` }
}

/** On the public origin, next to the keypad's pages. */
export const WECHAT_PATHS = {
  callback: '/wechat/callback',
  refundNotices: '/wechat/refund-notices',
} as const
