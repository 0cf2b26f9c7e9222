import type { JournalLine } from '@campus-ecode/protocol/journal-file'
import type { JournalEntry } from './book-state.ts'

const kinds = {
  debited: 'DEBIT',
  reversed: 'REVERSAL',
  refunded: 'REFUND',
  paid_out: 'PAYOUT',
} as const

/**
 * What moved money on a day, for the daily file. A reversal of what had not been taken moved none.
 *
 * @param day Asia/Shanghai, `YYYY-MM-DD`.
 */
export function linesOfDay(entries: readonly JournalEntry[], day: string): JournalLine[] {
  const debited = new Set<string>()
  return entries.flatMap(({ at, kind, reference, refundReference, amountFen }) => {
    if (kind === 'debited') debited.add(reference)
    if (!Object.hasOwn(kinds, kind) || !shanghai(at).startsWith(day)) return []
    if (kind === 'reversed' && !debited.has(reference)) return []
    const moved = kinds[kind as keyof typeof kinds]
    return [{ at: shanghai(at), kind: moved, reference: refundReference ?? reference, amountFen }]
  })
}

/** Whether the day is over there, so that its file is whole. */
export function isOver(day: string, now: Date): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && shanghai(now.toISOString()).slice(0, 10) > day
}

function shanghai(at: string): string {
  return `${new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`
}
