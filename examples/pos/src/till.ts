import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sentences } from '@campus-ecode/protocol/errors'
import type { Payment, Presented } from '@campus-ecode/protocol/payments'
import type { PayOutcome, RefundOutcome, ReverseOutcome, Terminal } from '@campus-ecode/terminal'
import type { Order, OrderJournal } from './order-journal.ts'
import { type Heard, type OrderView, toOrderView } from './order-view.ts'

/** One till: makes order numbers, keeps them, and lets the terminal kit find out what became of each. */
export interface Till {
  /**
   * Answers within moments: what is not settled by then is `open`, and goes on by itself. Reversing
   * ends it.
   */
  pay(amountFen: number, presented: Presented): Promise<OrderView>
  look(orderNo: string): Promise<OrderView | undefined>
  list(): Promise<OrderView[]>
  reverse(orderNo: string): Promise<OrderView | undefined>
  refund(orderNo: string, refundNo: string, amountFen: number): Promise<OrderView | undefined>
}

export interface TillOptions {
  terminalId: string
  terminal: Terminal
  journal: OrderJournal
  /** How long the page waits for one answer. */
  waitMs?: number
  now?: () => number
  onFault: (error: unknown) => void
}

export function createTill(options: TillOptions): Till {
  const { terminalId, terminal, journal, waitMs = 2_500, now = Date.now, onFault } = options
  const heard = new Map<string, Heard>()
  const running = new Map<string, Promise<void>>()

  function hear(orderNo: string, news: Heard) {
    const before = heard.get(orderNo)
    heard.set(orderNo, {
      payment: news.payment ?? before?.payment,
      refusal: news.refusal,
      lostRefunds: news.lostRefunds ?? before?.lostRefunds,
    })
    const [oldest] = heard.keys()
    if (heard.size > REMEMBERED && oldest) heard.delete(oldest)
  }

  /** From the kit in mid-payment: no news for an order that a reversal has ended meanwhile. */
  function hearOpen(orderNo: string, payment: Payment) {
    const known = heard.get(orderNo)?.payment?.status
    if (known !== 'REVERSED' && known !== 'REFUSED') hear(orderNo, { payment })
  }

  function view(order: Order, notice: Sentences | null = null) {
    const coreNowMs = now() + terminal.clockOffsetMs
    return toOrderView(order, heard.get(order.orderNo) ?? {}, coreNowMs, notice)
  }

  async function look(order: Order, notice: Sentences | null = null): Promise<OrderView> {
    const { orderNo } = order
    // The kit is asking already.
    if (running.has(orderNo)) return view(order, notice)
    // Refused is for ever, and of a code that is not genuine the core keeps no order.
    if (heard.get(orderNo)?.refusal) return view(order, notice)
    const answer = await terminal.query(orderNo, waitMs)
    if (answer.kind === 'answered') hear(orderNo, { payment: answer.body })
    if (answer.kind === 'refused' && answer.code === 'ORDER_NOT_FOUND') {
      const { code, message } = answer
      // What we signed is good for a minute; after two, nothing of ours can still arrive.
      if (now() - Date.parse(order.at) > 120_000) hear(orderNo, { refusal: { code, message } })
    }
    return view(order, notice)
  }

  return {
    async pay(amountFen, presented) {
      const orderNo = makeOrderNo(now())
      const at = new Date(now()).toISOString()
      const order = { terminalId, orderNo, listFen: amountFen, at }
      await journal.add(order)
      let showAtOnce = () => {}
      const isAwaited = new Promise<void>((resolve) => {
        showAtOnce = resolve
      })
      const onOpen = (payment: Payment) => {
        hearOpen(orderNo, payment)
        // A password is awaited.
        if (payment.confirmBy !== null) showAtOnce()
      }
      const run = terminal
        .payAndSettle({ orderNo, amountFen, ...presented, onOpen })
        .then((outcome) => hear(orderNo, readOutcome(outcome)), onFault)
        .finally(() => running.delete(orderNo))
      running.set(orderNo, run)
      await Promise.race([run, isAwaited, sleep(waitMs, undefined, { ref: false })])
      return view(order)
    },

    async look(orderNo) {
      const order = journal.find(terminalId, orderNo)
      return order && look(order)
    },

    list: () => Promise.all(journal.list(terminalId, LISTED).map((order) => look(order))),

    async reverse(orderNo) {
      const order = journal.find(terminalId, orderNo)
      if (!order) return undefined
      const outcome = await terminal.reverseAndSettle({ orderNo, patienceMs: PATIENCE_MS })
      if (outcome.outcome === 'reversed') {
        hear(orderNo, { payment: outcome.payment })
        return view(order)
      }
      return look(order, noticeOf(outcome))
    },

    async refund(orderNo, refundNo, amountFen) {
      const order = journal.find(terminalId, orderNo)
      if (!order) return undefined
      const request = { orderNo, refundNo, amountFen, patienceMs: PATIENCE_MS }
      const outcome = await terminal.refundAndSettle(request)
      if (outcome.outcome === 'refused' && LOST_WITH.has(outcome.code)) {
        hear(orderNo, { lostRefunds: (heard.get(orderNo)?.lostRefunds ?? 0) + 1 })
      }
      return look(order, noticeOf(outcome))
    },
  }
}

const LISTED = 5
const REMEMBERED = 500
/** For what staff wait for with a finger on the button. */
const PATIENCE_MS = 10_000

/** After these a refund's number is no use any more; the next is tried under another. */
const LOST_WITH = new Set(['REFUND_DECLINED', 'REFUND_NO_REUSED'])

const STILL_ASKING = {
  'zh-CN': '付款渠道还没有答复，稍后再看，请勿重复操作',
  en: 'Who took the money has not answered yet; look again later',
}

function noticeOf(outcome: ReverseOutcome | RefundOutcome): Sentences | null {
  if (outcome.outcome === 'refused') return outcome.message
  return outcome.outcome === 'unknown' ? STILL_ASKING : null
}

function readOutcome(outcome: PayOutcome): Heard {
  if (outcome.outcome === 'unknown') return { payment: outcome.lastSeen }
  if (outcome.outcome !== 'refused') return { payment: outcome.payment }
  const { code, message } = outcome
  return { refusal: { code, message } }
}

/** `20260901-120342-9f2c1a`: staff can read it out, and no two are the same. */
function makeOrderNo(nowMs: number): string {
  const time = new Date(nowMs + 8 * 3_600_000).toISOString().replaceAll(/[-:]|\..*/g, '')
  return `${time.replace('T', '-')}-${randomBytes(3).toString('hex')}`
}
