import type { DebitPort } from '../debit-port.ts'
import type { TradeBill } from './trade-bill.ts'

/** What a terminal wants for a code that it has scanned. */
export interface WechatCharge {
  /** Our number of the order, for ever: at most 32 letters and digits. */
  reference: string
  amountFen: number
  /** On the payer's bill in WeChat. */
  description: string
  authCode: string
  terminalId: string
  merchantId: string
}

/** Whose a code is. `invalid` and `expired` are WeChat's words; `unavailable`: nobody could be asked. */
export type WechatPayer = { openid: string } | { failed: 'invalid' | 'expired' | 'unavailable' }

/** Who has signed in. `used`: begin once more; `snapshot`: WeChat showed a preview, nobody signed in. */
export type WechatSignIn =
  | { openid: string }
  | { failed: 'invalid' | 'used' | 'snapshot' | 'unavailable' }

/** The debit of a charge, from WeChat's `trade_state`. */
type ChargeAnswer = ReturnType<DebitPort['query']>

/**
 * WeChat Pay and WeChat's sign-in, for one merchant. A charge is a debit whose account is a code that
 * lives a minute, so it is sent once and asked about ever after.
 *
 * `reverse` answers REVERSED only when a query says so; that a call was accepted proves nothing.
 */
export interface WechatPort
  extends Pick<DebitPort, 'query' | 'reverse' | 'refund' | 'queryRefund'> {
  /** Takes nothing; after this only we can charge the code. */
  findPayer(authCode: string): Promise<WechatPayer>
  charge(charge: WechatCharge): ChargeAnswer
  /**
   * All that WeChat has booked on a day, from ten o'clock of the next. Throws when it cannot be had or
   * is not what WeChat has announced.
   *
   * @param day `YYYY-MM-DD`
   */
  downloadBill(day: string): Promise<TradeBill>
  /** Where a person signs in without being asked anything. */
  authoriseUrl(redirectUri: string, state: string): string
  findOpenid(code: string): Promise<WechatSignIn>
  /**
   * What a notice is about: a refund, whose state is then queried. Nothing for one that WeChat did
   * not sign.
   */
  readNotice(
    headers: Record<string, string | string[] | undefined>,
    body: Uint8Array,
  ): Promise<{ refundReference: string } | undefined>
  close(): Promise<void>
}
