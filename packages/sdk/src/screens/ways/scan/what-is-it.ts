import { routeCode } from '@campus-ecode/protocol/code-route'

/** What a scanned text is to someone who wants to pay a merchant: ours, or in whose words it is told. */
export type Scan = { kind: 'collection' } | { kind: 'other'; title: ScanWords }

/** Each with what to do instead, `…_how`. */
export type ScanWords =
  | 'scanPayment'
  | 'scanIdentity'
  | 'scanAccess'
  | 'scanForeign'
  | 'scanForeignMerchant'
  | 'scanLink'
  | 'scanOther'
  | 'scanNoCode'
  | 'scanNoPicture'

const others = {
  payment: 'scanPayment',
  identity: 'scanIdentity',
  access: 'scanAccess',
  wechat: 'scanForeign',
  alipay: 'scanForeign',
  unionpay: 'scanForeign',
} as const satisfies Record<string, ScanWords>

/** Other apps' codes for merchants: their own addresses and words. */
const FOREIGN_MERCHANT =
  /^(wxp:|alipays?:|upwapi|https?:\/\/(qr\.alipay|payapp\.weixin|wx\.tenpay|qr\.95516|u\.alipay)\b)/i
const LINK = /^[a-z][a-z0-9+.-]*:/i

/** Tells by its form alone, and opens nothing (R24). */
export function whatIsIt(text: string): Scan {
  const { kind } = routeCode(text)
  if (kind === 'collection') return { kind }
  const title =
    kind !== 'unknown'
      ? others[kind]
      : FOREIGN_MERCHANT.test(text)
        ? 'scanForeignMerchant'
        : LINK.test(text)
          ? 'scanLink'
          : 'scanOther'
  return { kind: 'other', title }
}
