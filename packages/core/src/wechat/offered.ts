import type { Services } from '../http/operation.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'
import { officialAccountOf } from '../sign-ins/offered.ts'

/** WeChat, where the core is set up to charge it, and people can go there and come back to say whose theirs is. */
export function wechatOf(
  services: Pick<Services, 'ports' | 'keypadOrigin'>,
): { port: WechatPort; startUrl: (secret: string) => string } | undefined {
  const { wechat: port } = services.ports
  const account = officialAccountOf(services)
  return port && account && { port, startUrl: account.startUrl }
}

/** On the public origin, next to the keypad's pages: WeChat tells what became of a refund. */
export const REFUND_NOTICES_PATH = '/wechat/refund-notices'
