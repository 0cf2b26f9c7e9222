import type { SnapshotLine } from '../diary.ts'
import type { Problem } from '../finding.ts'
import type { History } from '../read-history.ts'

const KINDS = ['wallet', 'merchant', 'clearing', 'transit', 'hold'] as const

/**
 * Read at any moment, in one transaction, the books add up: the wallets are what their postings
 * come to, debits equal credits, and neither ever falls, because nothing is taken out of the books.
 */
export function snapshotsBalance({ snapshots }: History): Problem[] {
  const problems: string[] = []
  let earlier: SnapshotLine | undefined
  for (const snapshot of snapshots) {
    const { walletsFen, debitsFen, creditsFen, atMs } = snapshot
    const [debits, credits] = [sum(debitsFen), sum(creditsFen)]
    if (debits !== credits) problems.push(`at ${atMs} debits are ${debits} fen, credits ${credits}`)
    const postedFen = creditsFen.wallet - debitsFen.wallet
    if (walletsFen !== postedFen) {
      problems.push(`at ${atMs} wallets have ${walletsFen} fen, by their postings ${postedFen}`)
    }
    for (const kind of KINDS) {
      const fell =
        earlier &&
        (debitsFen[kind] < earlier.debitsFen[kind] || creditsFen[kind] < earlier.creditsFen[kind])
      if (fell) problems.push(`at ${atMs} something posted to a ${kind} is gone`)
    }
    earlier = snapshot
  }
  return problems.map((what) => ({ what, about: {} }))
}

function sum(fen: SnapshotLine['debitsFen']): number {
  return KINDS.reduce((total, kind) => total + fen[kind], 0)
}
