import { routeCode } from '@campus-ecode/protocol/code-route'
import type { StringKey } from '../../../strings/zh-cn.ts'

/** What a scanned text is to someone who wants to pay a merchant. */
export type Scan = { kind: 'collection' } | { kind: 'other'; title: StringKey; how: StringKey }

const others = {
  payment: { title: 'scanPayment', how: 'scanPayment_how' },
  identity: { title: 'scanIdentity', how: 'scanIdentity_how' },
  access: { title: 'scanAccess', how: 'scanAccess_how' },
  wechat: { title: 'scanForeign', how: 'scanForeign_how' },
  alipay: { title: 'scanForeign', how: 'scanForeign_how' },
  unionpay: { title: 'scanForeign', how: 'scanForeign_how' },
  unknown: { title: 'scanOther', how: 'scanOther_how' },
} as const satisfies Record<string, { title: StringKey; how: StringKey }>

/** Other apps' codes for merchants: their own addresses and words. */
const FOREIGN_MERCHANT =
  /^(wxp:|alipays?:|upwapi|https?:\/\/(qr\.alipay|payapp\.weixin|wx\.tenpay|qr\.95516|u\.alipay)\b)/i
const LINK = /^[a-z][a-z0-9+.-]*:/i

/** Tells by its form alone, and opens nothing (R24). */
export function whatIsIt(text: string): Scan {
  const { kind } = routeCode(text)
  if (kind === 'collection') return { kind }
  if (kind !== 'unknown') return { kind: 'other', ...others[kind] }
  if (FOREIGN_MERCHANT.test(text)) {
    return { kind: 'other', title: 'scanForeignMerchant', how: 'scanForeignMerchant_how' }
  }
  if (LINK.test(text)) return { kind: 'other', title: 'scanLink', how: 'scanLink_how' }
  return { kind: 'other', ...others.unknown }
}
