import type { DebitPort } from '../debit-port.ts'
import type { ForeignCodePort } from '../foreign-code-port.ts'
import type { TradeBill } from './trade-bill.ts'

/** WeChat Pay, for one merchant. */
export interface WechatPort extends ForeignCodePort, Pick<DebitPort, 'queryRefund'> {
  /**
   * All that WeChat has booked on a day, from ten o'clock of the next. Throws when it cannot be had or
   * is not what WeChat has announced.
   *
   * @param day `YYYY-MM-DD`
   */
  downloadBill(day: string): Promise<TradeBill>
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
