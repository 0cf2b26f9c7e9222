import { z } from 'zod'
import type { OutsideMove } from './diary.ts'

/** A line of an outside system's journal, as its sandbox shows it. */
const journalSchema = z.array(
  z.object({
    kind: z.string(),
    reference: z.string(),
    account: z.string(),
    amountFen: z.int(),
    refundReference: z.string().optional(),
  }),
)

/**
 * What moved at an outside system. A reversal gives back what its debit took, and nothing where none
 * was taken; money that was only asked for has not moved.
 *
 * @param journal As the system tells it, oldest first.
 */
export function readOutsideMoves(port: OutsideMove['port'], journal: unknown): OutsideMove[] {
  const taken = new Map<string, { account: string; amountFen: number }>()
  const moves: OutsideMove[] = []
  for (const entry of journalSchema.parse(journal)) {
    const { kind, reference, account, amountFen, refundReference = '' } = entry
    if (kind === 'debited') {
      taken.set(reference, { account, amountFen })
      moves.push({ port, account, reference, amountFen })
    } else if (kind === 'paid_out') {
      moves.push({ port, account, reference, amountFen: -amountFen })
    } else if (kind === 'refunded') {
      moves.push({ port, account, reference: refundReference, amountFen: -amountFen })
    } else if (kind === 'reversed') {
      const debit = taken.get(reference)
      taken.delete(reference)
      if (debit)
        moves.push({ port, reference, account: debit.account, amountFen: -debit.amountFen })
    }
  }
  return moves
}
