import type { Wallet } from '@campus-ecode/protocol/wallet'
import { lockPayer, type PayerRow } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent, type WalletNews } from '../events/insert-event.ts'
import { type PersonContext, type Refusal, refuse, type Services } from '../http/operation.ts'
import { describeWallet } from './describe-wallet.ts'

export interface Owner {
  schoolId: string
  personId: string
}

/**
 * What every change of a wallet has in common: one transaction under the payer's lock, which payments
 * and transfers take too, and an answer that shows the wallet as it is afterwards.
 *
 * @param change Refuses, or changes and tells; looks at what is so already first, and spends an
 * approval last, so that a refusal leaves it to be used.
 */
export async function changeWallet(
  ctx: Pick<PersonContext<'getWallet'>, 'services' | 'claimNonce'> & { params: Owner },
  change: (tx: Tx, payer: PayerRow) => Promise<Refusal | undefined>,
): Promise<{ status: 200; body: Wallet } | Refusal> {
  const { params, services } = ctx
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, params.schoolId, params.personId)
    return payer ? change(tx, payer) : refuse('NOT_FOUND')
  })
  if (refused) return refused
  services.wakeEvents()
  const wallet = await describeWallet(services, params)
  return wallet ? { status: 200, body: wallet } : refuse('NOT_FOUND')
}

/** Tells the person's pages that they show something old. */
export async function tellWallet(
  tx: Tx,
  { newId }: Pick<Services, 'newId'>,
  { schoolId, personId }: Owner,
  news: WalletNews,
): Promise<void> {
  await insertEvent(tx, {
    schoolId,
    personId,
    eventId: newId(),
    kind: 'wallet',
    news,
  })
}
