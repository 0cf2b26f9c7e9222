import { parseCollectionLink } from './collection-link.ts'
import { type IdentityCode, parseIdentityCode } from './identity-code.ts'
import { type PaymentCode, parsePaymentCode } from './payment-code.ts'
import type { ForeignKind } from './shapes.ts'

/** What a scanned text is, by its form alone (R28). */
export type RoutedCode =
  | { readonly kind: 'payment'; readonly code: PaymentCode }
  | { readonly kind: 'identity'; readonly code: IdentityCode }
  | { readonly kind: ForeignKind | 'access' | 'collection' | 'unknown' }

// In JavaScript `$` without the m flag is the very end and \d is ASCII: neither a trailing newline
// nor a full-width digit passes.
const forms = [
  // WeChat Pay, codepay: 18 digits beginning 10 to 15.
  ['wechat', /^1[0-5]\d{16}$/],
  // Alipay, alipay.trade.pay auth_code: 16 to 24 digits beginning 25 to 30.
  ['alipay', /^(?:2[5-9]|30)\d{14,22}$/],
  // UnionPay QR, consumer-presented: 19 digits beginning 62.
  ['unionpay', /^62\d{17}$/],
  // 181 bytes in Base45 (RFC 9285), whose alphabet contains a space.
  ['access', /^ECA1:[0-9A-Z $%*+./:-]{272}$/],
] as const

/**
 * Tells what kind of code a scanner read, before any lookup. Nothing is trimmed or repaired.
 *
 * @returns `unknown` for all that has not exactly one of the forms in docs/codes.md.
 */
export function routeCode(text: string): RoutedCode {
  const payment = parsePaymentCode(text)
  if (payment) return { kind: 'payment', code: payment }
  const identity = parseIdentityCode(text)
  if (identity) return { kind: 'identity', code: identity }
  if (parseCollectionLink(text)) return { kind: 'collection' }
  const form = forms.find(([, pattern]) => pattern.test(text))
  return { kind: form ? form[0] : 'unknown' }
}
