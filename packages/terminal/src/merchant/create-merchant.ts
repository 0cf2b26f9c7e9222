import {
  createOrderSchema,
  type MerchantOrder,
  type OrderNotice,
  orderNoticeSchema,
  orderRoutes,
} from '@campus-ecode/protocol/orders'
import type { Refund } from '@campus-ecode/protocol/payments'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import type { z } from 'zod'
import type { Answer } from '../answer.ts'
import { createCoreCaller } from '../core-caller.ts'
import { readCoreKey } from '../core-key.ts'
import type { RefundOrder, TerminalOptions } from '../terminal.ts'

/** Which core, and which online terminal we are. */
export type MerchantOptions = TerminalOptions & {
  /** What notices are signed with, `whsec_…`; without it there are none to be read. */
  webhookSecret?: string
}

/** R38: what is to be paid. `orderNo` is new for each order and saved before the first send. */
export type NewOrder = z.input<typeof createOrderSchema>

/**
 * A merchant's server, as the core knows it. Each call is signed, its answer verified, and it is safe to
 * repeat with the same content: `unknown` means just that, and to ask again.
 */
export interface Merchant {
  /** Refuses: ORDER_NO_REUSED, MERCHANT_NOT_ACCEPTING. */
  createOrder(order: NewOrder, callMs?: number): Promise<Answer<MerchantOrder>>
  /** Before goods are given out: this, and neither the page nor a notice, says that an order is paid. */
  getOrder(orderNo: string, callMs?: number): Promise<Answer<MerchantOrder>>
  /** Refuses: ORDER_NOT_FOUND, ORDER_ALREADY_PAID, ORDER_BEING_PAID. */
  closeOrder(orderNo: string, callMs?: number): Promise<Answer<MerchantOrder>>
  /** Refuses: ORDER_NOT_FOUND, ORDER_NOT_PAID, REFUND_NO_REUSED, REFUND_EXCEEDS_PAYMENT, REFUND_DECLINED. */
  refundOrder(request: RefundOrder, callMs?: number): Promise<Answer<Refund>>
  /** Refuses: ORDER_NOT_FOUND, REFUND_NOT_FOUND. */
  getRefund(order: Omit<RefundOrder, 'amountFen'>, callMs?: number): Promise<Answer<Refund>>
  /**
   * Reads a notice: signed by the core, not older than five minutes, of the documented form. Each may come
   * more than once, under one `id`.
   *
   * @param body As it arrived, byte for byte.
   * @returns undefined for anything else, which is to be answered with 400.
   */
  readNotice(
    headers: Record<string, string | undefined>,
    body: string,
  ): { id: string; notice: OrderNotice } | undefined
  /** Ends open calls and connections. */
  close(): Promise<void>
}

/** Connects a merchant's server to the core. Throws TypeError for an address or key that cannot be used. */
export function createMerchant(options: MerchantOptions): Merchant {
  const { coreUrl, callMs = 10_000, machineNow, webhookSecret } = options
  const { key, coreKeys } = readCoreKey(options)
  const caller = createCoreCaller({ coreUrl, key, coreKeys, callMs, machineNow })
  const webhook = webhookSecret === undefined ? undefined : new Webhook(webhookSecret)
  const { createOrder, getMerchantOrder, closeOrder, refundOrder, getOrderRefund } = orderRoutes
  return {
    createOrder: (order, ms) => caller.call(createOrder, {}, createOrderSchema.parse(order), ms),
    getOrder: (orderNo, ms) => caller.call(getMerchantOrder, { orderNo }, undefined, ms),
    closeOrder: (orderNo, ms) => caller.call(closeOrder, { orderNo }, {}, ms),
    refundOrder: ({ orderNo, refundNo, amountFen }, ms) =>
      caller.call(refundOrder, { orderNo }, { refundNo, amountFen }, ms),
    getRefund: ({ orderNo, refundNo }, ms) =>
      caller.call(getOrderRefund, { orderNo, refundNo }, undefined, ms),
    readNotice(headers, body) {
      const { 'webhook-id': id = '' } = headers
      const given = {
        'webhook-id': id,
        'webhook-timestamp': headers['webhook-timestamp'] ?? '',
        'webhook-signature': headers['webhook-signature'] ?? '',
      }
      try {
        const content = webhook?.verify(body, given)
        const parsed = orderNoticeSchema.safeParse(content)
        return parsed.success ? { id, notice: parsed.data } : undefined
      } catch (error) {
        if (error instanceof WebhookVerificationError || error instanceof SyntaxError) {
          return undefined
        }
        throw error
      }
    },
    close: caller.close,
  }
}
