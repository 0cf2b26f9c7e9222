import type { BindingState } from '@campus-ecode/protocol/wallet'
import { inTransaction } from '../db/database.ts'
import { isRefusal, type Refusal, refuse, type Services } from '../http/operation.ts'
import { type BindingRow, findBinding, isBindingProofUsable } from './binding-store.ts'
import { describeWallet } from './describe-wallet.ts'
import { type BindingParams, finishBinding, holdBinding } from './finish-binding.ts'
import { askFaceCheck } from './learn-face-check.ts'

/** Brings a binding as far as it goes now, and tells how it stands. */
export async function settleBinding(
  services: Services,
  params: BindingParams,
): Promise<BindingState | Refusal> {
  let looked = await look(services, params)
  let pageUrl: string | null = null
  if (!isRefusal(looked) && looked.binding.face_status === 'pending') {
    pageUrl = await askFaceCheck(services, params)
    if (pageUrl === null) looked = await look(services, params)
  }
  if (isRefusal(looked)) return looked
  const { binding, verificationId } = looked
  const { bank_name: bankName, tail, token, expires_at, bound_card_id } = binding
  const state = { bindingId: params.bindingId, bankName, tail, expiresAt: expires_at.toISOString() }
  if (bound_card_id) {
    const wallet = await describeWallet(services, params)
    if (!wallet) return refuse('NOT_FOUND')
    return { ...state, awaits: [], faceCheck: null, bound: { wallet, verificationId } }
  }
  const faceExpiresAt = (binding.face_expires_at ?? expires_at).toISOString()
  const awaitsFace = binding.face_status === 'pending'
  return {
    ...state,
    awaits: [
      ...(token === null ? ['SMS_CODE' as const] : []),
      ...(awaitsFace ? ['FACE' as const] : []),
    ],
    faceCheck: awaitsFace ? { pageUrl, expiresAt: faceExpiresAt } : null,
    bound: null,
  }
}

/** What is there already may be enough to bind: the face was passed while the card was locked. */
async function look(
  services: Services,
  params: BindingParams,
): Promise<{ binding: BindingRow; verificationId: string | null } | Refusal> {
  const { schoolId, personId, bindingId } = params
  let finished = false
  const looked = await inTransaction(services.db.pool, async (tx) => {
    const held = await holdBinding(tx, params)
    if (isRefusal(held)) return held
    const late = refuseLate(held.binding)
    if (late) return late
    const refusal = await finishBinding(tx, services, params, held)
    if (refusal) return refusal
    const binding = await findBinding(tx, schoolId, bindingId, personId)
    if (!binding) return refuse('BINDING_UNKNOWN')
    if (binding.bound_card_id && !held.binding.bound_card_id) finished = true
    const usable = await isBindingProofUsable(tx, schoolId, bindingId, personId)
    return { binding, verificationId: usable ? bindingId : null }
  })
  if (finished) services.wakeEvents()
  return looked
}

/** Its time is up, and it was not bound. */
export function refuseLate({
  bound_card_id,
  expired,
  token,
  face_status,
}: BindingRow): Refusal | undefined {
  if (bound_card_id || !expired) return undefined
  const awaitsFace = face_status === 'pending' && token !== null
  return refuse(awaitsFace ? 'FACE_CHECK_EXPIRED' : 'SMS_CODE_EXPIRED')
}
