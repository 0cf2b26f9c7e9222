import {
  JournalFileError,
  type JournalLine,
  movedFen,
  readJournalFile,
} from '@campus-ecode/protocol/journal-file'
import type { ForeignKind } from '@campus-ecode/protocol/shapes'
import { referenceOfLateRefund } from '../ports/foreign-code-port.ts'
import type { TradeBill } from '../ports/wechat-pay/trade-bill.ts'

/** Systems that keep accounts of their own, as the books' clearing accounts name them. */
export type MatchedPort = 'bank' | 'one_card' | ForeignKind

/** What an outside system says it did under one of our references. */
export interface OutsideLine {
  reference: string
  /** What it took for us; below zero when it gave back. */
  fen: number
}

/** Of a bank's or a one-card system's daily file. Throws JournalFileError, also for another day's than `day`. */
export async function* readOutsideLines(
  lines: AsyncIterable<string> | Iterable<string>,
  day?: string,
): AsyncGenerator<OutsideLine> {
  for await (const line of readJournalFile(lines, day)) yield toOutsideLine(line)
}

function toOutsideLine(line: JournalLine): OutsideLine {
  return { reference: line.reference, fen: movedFen(line) }
}

/** Refunds that WeChat has accepted and not yet carried out stand on no later bill. */
const GIVEN_BACK = ['SUCCESS', 'PROCESSING']

/**
 * Of WeChat's bill: an order's payment, its reversal under the same number, each refund under its own. Throws
 * JournalFileError for a bill with payments of another day than `day`.
 */
export function* readTradeLines(
  { rows }: Pick<TradeBill, 'rows'>,
  day?: string,
): Generator<OutsideLine> {
  for (const { at, state, outTradeNo, outRefundNo, amountFen, refundFen, refundState } of rows) {
    if (day !== undefined && state === 'SUCCESS' && !at.startsWith(day)) {
      throw new JournalFileError('the bill is of another day')
    }
    if (amountFen > 0) yield { reference: outTradeNo, fen: amountFen }
    if (refundFen === 0) continue
    if (state === 'REVOKED') yield { reference: outTradeNo, fen: -refundFen }
    else if (GIVEN_BACK.includes(refundState ?? '')) {
      // What came to nothing here and was found standing there is undone by a refund, as by a reversal.
      const isUndoing = outRefundNo === referenceOfLateRefund(outTradeNo)
      yield { reference: (isUndoing ? null : outRefundNo) ?? outTradeNo, fen: -refundFen }
    }
  }
}
