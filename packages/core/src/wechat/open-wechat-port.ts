import type { Logger } from 'pino'
import type { WechatConfig } from '../config.ts'
import { createWechatPort } from '../ports/wechat-pay/create-wechat-port.ts'
import { openWechatKeys, readMerchantKey } from '../ports/wechat-pay/wechat-keys.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'
import { REFUND_NOTICES_PATH } from './offered.ts'

/**
 * WeChat as the school's merchant meets it. Throws when the folder of keys is not what it should be.
 *
 * @param publicOrigin Where WeChat's notices reach us; without one there are none.
 */
export async function openWechatPort(
  { keysDir, mchId, ...wechat }: WechatConfig,
  { publicOrigin, now, log }: { publicOrigin: string | undefined; now(): number; log: Logger },
): Promise<WechatPort> {
  const merchant = await readMerchantKey(keysDir, mchId)
  const keys = await openWechatKeys(keysDir, now)
  if (keys.count === 0) throw new Error("the folder of WeChat's keys holds none of WeChat's own")
  const refundNoticeUrl = publicOrigin && `${publicOrigin}${REFUND_NOTICES_PATH}`
  return createWechatPort({ ...wechat, merchant, keys, refundNoticeUrl, now, log })
}
