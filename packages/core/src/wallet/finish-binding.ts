import { refuseWayOut } from '../cards/card-status.ts'
import { lockPayer, type PayerRow } from '../cards/store.ts'
import type { Tx } from '../db/database.ts'
import { type PersonContext, type Refusal, refuse, type Services } from '../http/operation.ts'
import { passwordState } from '../passwords/store.ts'
import { type BindingRow, findBinding, insertBindingProof, markBound } from './binding-store.ts'
import { findBoundToken, insertBankCard, setDefaultCard } from './card-store.ts'
import { type Owner, tellWallet } from './change-wallet.ts'
import { isFaceAsked, markFaceChecked } from './face-store.ts'
import { opensByFace, openWallet, refuseReopening } from './open-wallet.ts'
import { takeWallet } from './store.ts'

export type BindingParams = PersonContext<'confirmBinding'>['params']

/** A binding under its payer's lock. */
export interface HeldBinding {
  payer: PayerRow
  binding: BindingRow
}

/** Locks the payer and looks whether the binding may still be finished, or was. */
export async function holdBinding(
  tx: Tx,
  { schoolId, personId, bindingId }: BindingParams,
): Promise<HeldBinding | Refusal> {
  const payer = await lockPayer(tx, schoolId, personId)
  const binding = await findBinding(tx, schoolId, bindingId, personId)
  if (!payer || !binding) return refuse('BINDING_UNKNOWN')
  if (binding.bound_card_id) {
    // A late repeat, after the card was unbound again, has nothing to say.
    return binding.still_bound ? { payer, binding } : refuse('BINDING_UNKNOWN')
  }
  const refusal =
    refuseWayOut(payer) ??
    refuseReopening(payer, await takeWallet(tx, schoolId, personId)) ??
    (await refuseFace(tx, schoolId, payer, binding))
  return refusal ?? { payer, binding }
}

async function refuseFace(
  tx: Tx,
  schoolId: string,
  payer: PayerRow,
  { face_status }: BindingRow,
): Promise<Refusal | undefined> {
  if (face_status === 'failed') return refuse('FACE_CHECK_FAILED')
  if (face_status === 'expired') return refuse('FACE_CHECK_EXPIRED')
  // Begun beside an open wallet that was closed since, or before the school asked for faces.
  const skipped = face_status === null && opensByFace(payer)
  return skipped && (await isFaceAsked(tx, schoolId)) ? refuse('FACE_CHECK_NEEDED') : undefined
}

/**
 * Binds the card once SMS code and face check are both there, in whichever order they came. The first
 * card is the default; a wallet that is not open is opened by it, at ¥0.00 or with what it held (R9–R11).
 *
 * @returns What keeps it from being bound; undefined also while something is awaited.
 */
export async function finishBinding(
  tx: Tx,
  services: Services,
  { schoolId, personId, bindingId }: BindingParams,
  { payer, binding }: HeldBinding,
): Promise<Refusal | undefined> {
  const { token, bank_name: bankName, tail, face_status } = binding
  if (binding.bound_card_id || token === null || face_status === 'pending') return undefined
  const owner: Owner = { schoolId, personId }
  const opens = payer.wallet_status !== 'open'
  const known = await findBoundToken(tx, schoolId, personId, token)
  // The card of a closed wallet opens it again where the password alone may not.
  if (known && !opens) return refuse('CARD_ALREADY_BOUND')
  const cardId = known ?? services.newId()
  if (!known) await insertBankCard(tx, { schoolId, cardId, personId, token, bankName, tail })
  await markBound(tx, schoolId, bindingId, cardId)
  if (face_status === 'passed') await markFaceChecked(tx, schoolId, personId)
  if ((await passwordState(tx, schoolId, personId)) !== 'set') {
    await insertBindingProof(tx, schoolId, bindingId, personId, cardId)
  }
  if (!payer.bank_card_id) await setDefaultCard(tx, schoolId, personId, cardId)
  if (opens) await openWallet(tx, services, owner, payer)
  if (!known) await tellWallet(tx, services, owner, { change: 'card_bound', bankName, tail })
  return undefined
}
