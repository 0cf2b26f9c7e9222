import type { PayerRow } from '../cards/store.ts'
import type { Tx } from '../db/database.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import { type Owner, tellWallet } from './change-wallet.ts'
import { REOPENS_MAX } from './rules.ts'
import { markOpen, type WalletRow } from './store.ts'

/** R11: a closed wallet is opened again three times at most. */
export function refuseReopening(
  { wallet_status }: PayerRow,
  { reopen_count }: WalletRow,
): Refusal | undefined {
  if (wallet_status !== 'closed' || reopen_count < REOPENS_MAX) return undefined
  return refuse('REOPENS_EXHAUSTED')
}

/** Opens a wallet that is not open, for the first time or again. */
export async function openWallet(
  tx: Tx,
  services: Pick<Services, 'newId'>,
  owner: Owner,
  { wallet_status }: PayerRow,
): Promise<void> {
  await markOpen(tx, owner.schoolId, owner.personId, wallet_status === 'closed')
  await tellWallet(tx, services, owner, 'opened')
}
