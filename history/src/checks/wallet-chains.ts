import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import type { History, PostingRow } from '../read-history.ts'

/**
 * Each wallet's postings are numbered 1, 2, 3 … without a gap, each states the balance it leaves,
 * no balance is negative, and the last one is the wallet's.
 */
export function walletChains({ ledger }: History): Problem[] {
  const problems = ledger.postings.flatMap(checkNumbered)
  const orders = new Map(
    ledger.payments.map((row) => [row.payment_id, `${row.terminal_id}/${row.order_no}`]),
  )
  const numbered = ledger.postings.filter(({ wallet_version }) => wallet_version !== null)
  const chains = groupBy(numbered, ({ person_id }) => person_id)

  for (const { person_id, wallet_fen, wallet_version } of ledger.payers) {
    const about = { people: [person_id], accounts: [`wallet/${person_id}`] }
    const chain = (chains.get(person_id) ?? []).sort(
      (a, b) => (a.wallet_version ?? 0) - (b.wallet_version ?? 0),
    )
    chains.delete(person_id)
    const { fen, broken } = followChain(chain)
    if (broken) {
      const order = orders.get(broken.posting.payment_id ?? '')
      problems.push({ what: broken.what, about: order ? { ...about, orders: [order] } : about })
    }
    if (wallet_version !== chain.length || wallet_fen !== fen) {
      const what = `a wallet has ${wallet_fen} fen at version ${wallet_version}, its ${chain.length} postings come to ${fen}`
      problems.push({ what, about })
    }
  }
  for (const person of chains.keys()) {
    problems.push({ what: 'a wallet of nobody has postings', about: { people: [person] } })
  }
  return problems
}

/** A posting has a version if and only if one of its sides is a wallet: its person's. */
function checkNumbered(posting: PostingRow): Problem[] {
  const { person_id, wallet_version, debit_account, credit_account, transaction_id } = posting
  const wallets = [debit_account, credit_account].filter((name) => name.startsWith('wallet/'))
  const isRight =
    wallets.length === (wallet_version === null ? 0 : 1) &&
    wallets.every((name) => name === `wallet/${person_id}`)
  if (isRight) return []
  const names = wallets.join(' and ') || 'no wallet'
  const what = `transaction ${transaction_id} has version ${wallet_version} of ${names}`
  return [{ what, about: { people: [person_id] } }]
}

/** Adds a chain up, in order; `broken` is the first place where it is wrong. */
function followChain(chain: PostingRow[]) {
  let fen = 0
  let broken: { posting: PostingRow; what: string } | undefined
  for (const [i, posting] of chain.entries()) {
    const { wallet_version: version, wallet_fen: stated, amount_fen, credit_account } = posting
    fen += credit_account.startsWith('wallet/') ? amount_fen : -amount_fen
    const what =
      version !== i + 1
        ? `posting ${i + 1} of a wallet has version ${version}`
        : stated !== fen
          ? `version ${version} of a wallet says ${stated} fen where ${fen} are left`
          : fen < 0
            ? `version ${version} of a wallet is ${fen} fen`
            : undefined
    if (what) broken ??= { posting, what }
  }
  return { fen, broken }
}
