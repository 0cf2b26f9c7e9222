import type { PayerRow } from '../cards/store.ts'
import type { Tx } from '../db/database.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import { type Owner, tellWallet } from './change-wallet.ts'
import { REOPENS_MAX } from './rules.ts'
import { markOpen, type WalletRow } from './store.ts'

/** R11: a closed wallet is opened again three times at most. */
export function refuseReopening(payer: PayerRow, { reopen_count }: WalletRow): Refusal | undefined {
  if (!counts(payer) || reopen_count < REOPENS_MAX) return undefined
  return refuse('REOPENS_EXHAUSTED')
}

/** Where the school asks for a face check, this is what it is asked for; not for the person's own money. */
export function opensByFace(payer: PayerRow): boolean {
  return payer.wallet_status === 'not_open' || counts(payer)
}

/** A refund that came after closing is the person's, who must be able to reach it (R42). */
function counts({ wallet_status, wallet_fen }: PayerRow): boolean {
  return wallet_status === 'closed' && wallet_fen === 0
}

/** Opens a wallet that is not open, for the first time or again. */
export async function openWallet(
  tx: Tx,
  services: Pick<Services, 'newId'>,
  owner: Owner,
  payer: PayerRow,
): Promise<void> {
  await markOpen(tx, owner.schoolId, owner.personId, counts(payer))
  await tellWallet(tx, services, owner, { change: 'opened' })
}
