import { inTransaction } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { saveToken } from './binding-store.ts'
import { finishBinding, holdBinding } from './finish-binding.ts'
import { refuseLate, settleBinding } from './settle-binding.ts'
import { bindingReference } from './start-binding.ts'

/**
 * Takes the bank's SMS code, and binds the card with it unless a face check is awaited: then 202, and
 * the check binds it. The bank is asked between two transactions, so that nobody waits for it with a
 * lock. Repeating it with the right code gives the same answer, or what has come of it since.
 *
 * Refuses: BINDING_UNKNOWN, SMS_CODE_EXPIRED, CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED,
 * REOPENS_EXHAUSTED, FACE_CHECK_FAILED, FACE_CHECK_EXPIRED, FACE_CHECK_NEEDED, BANK_NOT_REACHABLE,
 * SMS_CODE_WRONG, SMS_TRIES_EXHAUSTED, CARD_ALREADY_BOUND.
 */
export async function confirmBinding(
  ctx: PersonContext<'confirmBinding'>,
): PersonOutcome<'confirmBinding'> {
  const { params, services, body } = ctx
  const { schoolId, bindingId } = params
  const begun = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const held = await holdBinding(tx, params)
    return isRefusal(held) ? held : refuseLate(held.binding)
  })
  if (begun) return begun

  const token = await askBank(services, bindingId, body.smsCode)
  if (isRefusal(token)) return token

  const refused = await inTransaction(services.db.pool, async (tx) => {
    const held = await holdBinding(tx, params)
    if (isRefusal(held)) return held
    if (held.binding.bound_card_id) return undefined
    await saveToken(tx, schoolId, bindingId, token)
    const { payer, binding } = held
    return finishBinding(tx, services, params, { payer, binding: { ...binding, token } })
  })
  if (refused) return refused
  services.wakeEvents()
  const state = await settleBinding(services, params)
  if (isRefusal(state)) return state
  return state.bound ? { status: 200, body: state.bound } : { status: 202, body: state }
}

/** @returns The bank's token for the card. */
async function askBank(
  { ports, log }: Services,
  bindingId: string,
  smsCode: string,
): Promise<string | Refusal> {
  const answer = await ports.gateway.confirmCard(bindingReference(bindingId), smsCode)
  if (!answer.ok) {
    if (answer.reason === 'REFUSED') {
      if (answer.error === 'NOT_FOUND') return refuse('BINDING_UNKNOWN')
      log.error({ bindingId, error: answer.error }, 'the bank refuses to confirm cards')
    }
    return refuse('BANK_NOT_REACHABLE')
  }
  const { result, account } = answer.value
  switch (result) {
    case 'CODE_WRONG':
      return refuse('SMS_CODE_WRONG')
    case 'CODE_EXPIRED':
      return refuse('SMS_CODE_EXPIRED')
    case 'TRIES_EXHAUSTED':
      return refuse('SMS_TRIES_EXHAUSTED')
    case 'CONFIRMED':
      if (account === null) throw new Error('the bank confirms a card and gives no token')
      return account
  }
}
