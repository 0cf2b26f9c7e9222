import { listBookAccounts } from '../book-accounts.ts'
import type { Problem } from '../finding.ts'
import type { History } from '../read-history.ts'

/**
 * Per transaction, and in sum: what people and merchants have, and what is on its way out, is what came in from outside. The
 * wallets' side of the sum is their balances, so that money cannot change without a posting.
 */
export function debitsEqualCredits({ world, ledger }: History): Problem[] {
  const problems: Problem[] = []
  const kinds = listBookAccounts(world, ledger.water_sessions)
  const transactions = new Set<string>()
  let owedToMerchantsFen = 0
  let clearingFen = 0
  let transitFen = 0
  let heldFen = 0

  for (const posting of ledger.postings) {
    const { transaction_id, amount_fen, debit_account, credit_account } = posting
    const about = { people: [posting.person_id], accounts: [debit_account, credit_account] }
    if (transactions.has(transaction_id)) {
      problems.push({ what: `transaction ${transaction_id} stands in the books twice`, about })
    }
    transactions.add(transaction_id)
    if (!Number.isSafeInteger(amount_fen) || amount_fen <= 0 || debit_account === credit_account) {
      problems.push({ what: `transaction ${transaction_id} moves ${amount_fen} fen`, about })
    }
    for (const [account, sign] of [
      [credit_account, 1],
      [debit_account, -1],
    ] as const) {
      const kind = kinds.get(account)
      if (!kind) problems.push({ what: `nobody owns the account ${account}`, about })
      if (kind === 'merchant') owedToMerchantsFen += sign * amount_fen
      if (kind === 'hold') heldFen += sign * amount_fen
      if (kind === 'transit') transitFen += sign * amount_fen
      if (kind === 'clearing') clearingFen -= sign * amount_fen
    }
  }
  const walletsFen = ledger.payers.reduce((sum, { wallet_fen }) => sum + wallet_fen, 0)
  if (transitFen !== 0) {
    const what = `${transitFen} fen are still in transit, though the bank has decided everything`
    problems.push({ what, about: { accounts: ['transit/bank'] } })
  }
  if (heldFen !== 0) {
    problems.push({ what: `${heldFen} fen are still held, though every shower is over`, about: {} })
  }
  if (walletsFen + owedToMerchantsFen + transitFen + heldFen !== clearingFen) {
    const what = `wallets (${walletsFen}) and merchants (${owedToMerchantsFen}) have not what came in (${clearingFen})`
    problems.push({ what, about: {} })
  }
  return problems
}
