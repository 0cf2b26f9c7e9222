import { randomInt } from 'node:crypto'
import type { FaultName } from '../faults.ts'
import type { Journal } from '../journal.ts'

export type TradeState = 'SUCCESS' | 'USERPAYING' | 'REFUND' | 'REVOKED' | 'PAYERROR'

/** An order as WeChat has it. */
export interface Trade {
  outTradeNo: string
  transactionId: string
  openid: string
  amountFen: number
  description: string
  state: TradeState
  createdAt: number
  /** When the money was taken; null if it never was. */
  paidAt: number | null
}

export interface TradeRefund {
  outTradeNo: string
  outRefundNo: string
  refundId: string
  amountFen: number
  state: 'PROCESSING' | 'SUCCESS' | 'CLOSED'
  at: number
  /** Where the school wants to be told. */
  notifyUrl: string | null
}

/** A line is what changed; the newest of a number holds. */
export type TradeEntry = { trade: Trade } | { refund: TradeRefund }

/** WeChat itself gives an order up whose payer lets the password wait. */
const GIVES_UP_MS = 45_000

/** The orders and refunds of the one merchant. */
export function createTradeBook(journal: Journal<TradeEntry>) {
  const trades = new Map<string, Trade>()
  const refunds = new Map<string, TradeRefund>()
  for (const entry of journal.entries) {
    if ('trade' in entry) trades.set(entry.trade.outTradeNo, entry.trade)
    else refunds.set(entry.refund.outRefundNo, entry.refund)
  }

  function saveTrade(trade: Trade): Trade {
    journal.append({ trade })
    trades.set(trade.outTradeNo, trade)
    return trade
  }
  function saveRefund(refund: TradeRefund): TradeRefund {
    journal.append({ refund })
    refunds.set(refund.outRefundNo, refund)
    return refund
  }
  function find(outTradeNo: string): Trade | undefined {
    const trade = trades.get(outTradeNo)
    const isOver = trade?.state === 'USERPAYING' && Date.now() >= trade.createdAt + GIVES_UP_MS
    return isOver ? saveTrade({ ...trade, state: 'REVOKED' }) : trade
  }
  const refundsOf = (outTradeNo: string) =>
    [...refunds.values()].filter((refund) => refund.outTradeNo === outTradeNo)

  return {
    find,
    findRefund: (outRefundNo: string) => refunds.get(outRefundNo),
    /** Takes the money, asks for the password first, or does not take it. */
    charge(
      order: Pick<Trade, 'outTradeNo' | 'openid' | 'amountFen' | 'description'>,
      state: TradeState,
    ) {
      const createdAt = Date.now()
      return saveTrade({
        ...order,
        ...{ state, createdAt, transactionId: makeId('42') },
        paidAt: state === 'SUCCESS' ? createdAt : null,
      })
    },
    /** The payer at the phone; too late, and nothing changes. */
    decide(outTradeNo: string, accepts: boolean): Trade | undefined {
      const trade = find(outTradeNo)
      if (trade?.state !== 'USERPAYING') return trade
      return saveTrade(
        accepts
          ? { ...trade, state: 'SUCCESS', paidAt: Date.now() }
          : { ...trade, state: 'PAYERROR' },
      )
    },
    /**
     * What was taken goes back, and nothing is taken any more.
     *
     * @param fault `late_success`: the payer was faster by a hair, and it is taken and goes back at once, both on
     * the bill. `ignored_reversal`: it is taken and stands.
     */
    reverse(outTradeNo: string, fault: FaultName): Trade | undefined {
      const trade = find(outTradeNo)
      if (trade?.state === 'SUCCESS') return saveTrade({ ...trade, state: 'REVOKED' })
      if (trade?.state !== 'USERPAYING') return trade
      if (fault === 'ignored_reversal') {
        return saveTrade({ ...trade, state: 'SUCCESS', paidAt: Date.now() })
      }
      const paidAt = fault === 'late_success' ? Date.now() : null
      return saveTrade({ ...trade, state: 'REVOKED', paidAt })
    },
    refund(
      refund: Pick<TradeRefund, 'outTradeNo' | 'outRefundNo' | 'amountFen' | 'notifyUrl'>,
    ): TradeRefund | 'PARAM_ERROR' | 'NOT_ENOUGH' | 'ORDER_NOT_EXIST' {
      const before = refunds.get(refund.outRefundNo)
      if (before) {
        const same =
          before.amountFen === refund.amountFen && before.outTradeNo === refund.outTradeNo
        return same ? before : 'PARAM_ERROR'
      }
      const trade = find(refund.outTradeNo)
      if (!trade) return 'ORDER_NOT_EXIST'
      if (trade.state !== 'SUCCESS' && trade.state !== 'REFUND') return 'PARAM_ERROR'
      const gone = refundsOf(refund.outTradeNo)
        .filter(({ state }) => state !== 'CLOSED')
        .reduce((sum, { amountFen }) => sum + amountFen, 0)
      if (gone + refund.amountFen > trade.amountFen) return 'NOT_ENOUGH'
      // From now on it says of itself that something of it goes back, whatever becomes of that.
      if (trade.state === 'SUCCESS') saveTrade({ ...trade, state: 'REFUND' })
      return saveRefund({ ...refund, refundId: makeId('50'), state: 'PROCESSING', at: Date.now() })
    },
    settleRefund(outRefundNo: string, state: 'SUCCESS' | 'CLOSED'): TradeRefund | undefined {
      const refund = refunds.get(outRefundNo)
      if (refund?.state !== 'PROCESSING') return undefined
      return saveRefund({ ...refund, state })
    },
    listOpenRefunds: () => [...refunds.values()].filter(({ state }) => state === 'PROCESSING'),
    listOf: (openid: string) =>
      [...trades.keys()].flatMap((outTradeNo) => {
        const trade = find(outTradeNo)
        return trade?.openid === openid ? [trade] : []
      }),
    /** All that took or returned money on a day, for the bill. */
    listPaid: (): { trade: Trade; refunds: TradeRefund[] }[] =>
      [...trades.values()]
        .filter(({ paidAt }) => paidAt !== null)
        .map((trade) => ({ trade, refunds: refundsOf(trade.outTradeNo) })),
  }
}
export type TradeBook = ReturnType<typeof createTradeBook>

function makeId(prefix: string): string {
  return prefix + String(randomInt(10 ** 12)).padStart(12, '0') + String(Date.now())
}
