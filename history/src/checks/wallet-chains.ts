import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import type { History } from '../read-history.ts'

/**
 * Each wallet's postings are numbered 1, 2, 3 … without a gap, each states the balance it leaves,
 * no balance is negative, and the last one is the wallet's.
 */
export function walletChains({ ledger }: History): Problem[] {
  const problems: Problem[] = []
  for (const posting of ledger.postings) {
    const { person_id, wallet_version, debit_account, credit_account } = posting
    const wallets = [debit_account, credit_account].filter((name) => name.startsWith('wallet/'))
    const isNumbered = wallet_version !== null
    if (
      wallets.length !== (isNumbered ? 1 : 0) ||
      wallets.some((w) => w !== `wallet/${person_id}`)
    ) {
      const what = `transaction ${posting.transaction_id} has version ${wallet_version} of ${wallets.join(' and ') || 'no wallet'}`
      problems.push({ what, about: { people: [person_id] } })
    }
  }
  const numbered = ledger.postings.filter(({ wallet_version }) => wallet_version !== null)
  const chains = groupBy(numbered, ({ person_id }) => person_id)

  for (const { person_id, wallet_fen, wallet_version } of ledger.payers) {
    const about = { people: [person_id], accounts: [`wallet/${person_id}`] }
    const chain = (chains.get(person_id) ?? []).sort(
      (a, b) => (a.wallet_version ?? 0) - (b.wallet_version ?? 0),
    )
    chains.delete(person_id)
    let fen = 0
    for (const [i, posting] of chain.entries()) {
      fen += posting.credit_account.startsWith('wallet/') ? posting.amount_fen : -posting.amount_fen
      const version = posting.wallet_version
      if (version !== i + 1) {
        problems.push({ what: `posting ${i + 1} of a wallet has version ${version}`, about })
        break
      }
      if (posting.wallet_fen !== fen) {
        const what = `version ${version} of a wallet says ${posting.wallet_fen} fen where ${fen} are left`
        problems.push({ what, about })
        break
      }
      if (fen < 0) {
        problems.push({ what: `version ${version} of a wallet is ${fen} fen`, about })
        break
      }
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
