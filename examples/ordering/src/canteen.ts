import { randomBytes } from 'node:crypto'
import type { MerchantOrder } from '@campus-ecode/protocol/orders'
import type { Merchant } from '@campus-ecode/terminal'
import { type Choice, priceChoice } from './menu.ts'
import type { Booked, OrderBook } from './order-book.ts'

/**
 * An order as the page shows it. `unknown`: the core has not been heard; it may be there or not, and the
 * page asks again. Nothing is called paid but what the core calls paid.
 */
export interface OrderView extends Booked {
  status: MerchantOrder['status'] | 'REFUNDED' | 'unknown'
  /** For the cashier, while the order can be paid. */
  orderId: string | null
  paidFen: number | null
}

export interface Canteen {
  /** @returns undefined for a choice that is not on the menu. */
  order(person: string, choice: Choice): Promise<OrderView | undefined>
  look(person: string, orderNo: string): Promise<OrderView | undefined>
  list(person: string): Promise<OrderView[]>
  /** Before it is paid the order is closed, afterwards its money goes back. */
  cancel(person: string, orderNo: string): Promise<OrderView | undefined>
  /** @returns what to answer the core with: anything but 2xx makes it send the notice again. */
  hear(headers: Record<string, string | undefined>, body: string): Promise<204 | 400 | 503>
}

const LISTED = 10
const EXPIRES_IN_SECONDS = 900
const TRIES = 3

/** The canteen's side of its orders: numbers are saved first, then sent, then asked about. */
export function createCanteen(merchant: Merchant, book: OrderBook, now = Date.now): Canteen {
  /** Orders that cannot change any more by themselves, as the core last told them. */
  const settled = new Map<string, MerchantOrder>()

  function learn(order: MerchantOrder): MerchantOrder {
    if (order.status === 'PAID' || order.status === 'CLOSED') settled.set(order.orderNo, order)
    return order
  }

  async function ask(booked: Booked, fresh = false): Promise<OrderView> {
    const known = fresh ? undefined : settled.get(booked.orderNo)
    if (known) return toView(booked, known)
    const answer = await merchant.getOrder(booked.orderNo)
    return toView(booked, answer.kind === 'answered' ? learn(answer.body) : undefined)
  }

  const own = (person: string, orderNo: string) => {
    const booked = book.find(orderNo)
    return booked?.person === person ? booked : undefined
  }

  return {
    async order(person, choice) {
      const priced = priceChoice(choice)
      if (!priced) return undefined
      const at = new Date(now())
      const booked = { orderNo: makeOrderNo(at), person, ...priced, at: at.toISOString() }
      await book.add(booked)
      const { orderNo, amountFen, description } = booked
      const wanted = { orderNo, amountFen, description, expiresInSeconds: EXPIRES_IN_SECONDS }
      // The same number with the same content may be sent as often as it takes.
      for (let time = 0; time < TRIES; time++) {
        const answer = await merchant.createOrder(wanted, 3_000)
        if (answer.kind === 'answered') return toView(booked, learn(answer.body))
        if (answer.kind === 'refused') break
      }
      return toView(booked, undefined)
    },

    async look(person, orderNo) {
      const booked = own(person, orderNo)
      return booked && ask(booked)
    },

    list: (person) => Promise.all(book.list(person, LISTED).map((booked) => ask(booked))),

    async cancel(person, orderNo) {
      const booked = own(person, orderNo)
      if (!booked) return undefined
      const closed = await merchant.closeOrder(orderNo)
      if (closed.kind === 'refused' && closed.code === 'ORDER_ALREADY_PAID') {
        const order = await merchant.getOrder(orderNo)
        const amountFen = order.kind === 'answered' ? order.body.payment?.amountFen : undefined
        // One number for ever, so that it goes back once, however often somebody taps.
        if (amountFen) await merchant.refundOrder({ orderNo, refundNo: `${orderNo}-r`, amountFen })
      }
      return ask(booked, true)
    },

    async hear(headers, body) {
      const read = merchant.readNotice(headers, body)
      if (!read) return 400
      const booked = book.find(read.notice.data.orderNo)
      // The notice is a reason to ask; what counts is what the core answers.
      const view = booked && (await ask(booked, true))
      return view?.status === 'unknown' ? 503 : 204
    },
  }
}

function toView(booked: Booked, order: MerchantOrder | undefined): OrderView {
  if (!order) return { ...booked, status: 'unknown', orderId: null, paidFen: null }
  const { status, orderId, payment } = order
  const paidFen = status === 'PAID' ? (payment?.amountFen ?? null) : null
  const isReturned = paidFen !== null && payment?.refundedFen === paidFen
  return { ...booked, status: isReturned ? 'REFUNDED' : status, orderId, paidFen }
}

/** `D20260901-120342-9f2c1a`: staff can read it out, and no two are the same. */
function makeOrderNo(at: Date): string {
  const local = new Date(at.getTime() + 8 * 3_600_000).toISOString()
  const time = local.replaceAll(/[-:]|\..*/g, '').replace('T', '-')
  return `D${time}-${randomBytes(3).toString('hex')}`
}
