import type { CardCheck } from '@campus-ecode/protocol/bank-gateway'
import { refuseWayOut } from '../cards/card-status.ts'
import { findCard, lockPayer } from '../cards/store.ts'
import { giveConsent } from '../consents/store.ts'
import { inTransaction } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { openPerson } from '../people/open-person.ts'
import { isSameName } from '../people/same-name.ts'
import {
  deleteBinding,
  insertBinding,
  limitBindings,
  markChecked,
  markTurnedDown,
} from './binding-store.ts'
import { isFaceAsked, markFacePending } from './face-store.ts'
import { opensByFace, refuseReopening } from './open-wallet.ts'
import { prepareFaceCheck, startFaceCheck } from './start-face-check.ts'
import { takeWallet } from './store.ts'

/**
 * Has the bank compare name, ID number, card number and reserved phone with its own record, and send
 * its SMS code when they agree (R9). What the person typed goes to the bank and stays nowhere here.
 * A card of another name is refused before: the SMS to its phone would speak for the wrong person when
 * a payment password is set again. At most ten times a day, whatever came of it: it must not be an
 * oracle; and a minute must lie between two that may have sent an SMS.
 *
 * Where the school asks for it, a wallet that is not open takes a face check too, which is started once
 * the bank agrees.
 *
 * Refuses: CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, REOPENS_EXHAUSTED, SMS_TOO_SOON, RATE_LIMITED,
 * FACE_CHECK_NOT_SET_UP, FACE_CHECK_NEEDED, RETURN_ADDRESS_NOT_ALLOWED, BINDING_NOT_OWN_CARD, BANK_NOT_REACHABLE, BINDING_HOLDER_MISMATCH, BINDING_CARD_MISMATCH,
 * BINDING_PHONE_MISMATCH, BANK_NOT_SUPPORTED, BANK_CARD_CLOSED, FACE_CHECK_NOT_REACHABLE.
 */
export async function startBinding(
  ctx: PersonContext<'startBinding'>,
): PersonOutcome<'startBinding'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  if (!(await findCard(services.db.pool, schoolId, personId))) return refuse('NOT_FOUND')
  const { name } = await openPerson(services, schoolId, personId)
  const bindingId = services.newId()
  const stored = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const refusal =
      refuseWayOut(payer) ??
      refuseReopening(payer, await takeWallet(tx, schoolId, personId)) ??
      (await limitBindings(tx, schoolId, personId))
    if (refusal) return refusal
    const asked = opensByFace(payer) && (await isFaceAsked(tx, schoolId))
    const face = asked ? await prepareFaceCheck(tx, services, params, body.face) : undefined
    if (isRefusal(face)) return face
    await giveConsent(tx, services, params, 'bank_binding')
    const expiresAt = await insertBinding(tx, schoolId, bindingId, personId)
    if (isSameName(body.name, name)) return { expiresAt, face }
    await markTurnedDown(tx, schoolId, bindingId)
    return refuse('BINDING_NOT_OWN_CARD')
  })
  if (isRefusal(stored)) return stored

  const { expiresAt, face } = stored
  const { consent: _, face: __, ...details } = body
  const reference = bindingReference(bindingId)
  const answer = await services.ports.gateway.checkCard({ reference, ...details })
  if (!answer.ok) {
    if (answer.reason === 'NOT_SENT') {
      await inTransaction(services.db.pool, (tx) => deleteBinding(tx, schoolId, bindingId))
    } else if (answer.reason === 'REFUSED') {
      services.log.error({ bindingId, error: answer.error }, 'the bank refuses to check cards')
    }
    return refuse('BANK_NOT_REACHABLE')
  }
  const { result, differs, bankName } = answer.value
  if (result !== 'SMS_SENT') {
    await inTransaction(services.db.pool, (tx) => markTurnedDown(tx, schoolId, bindingId))
    return refuseCard(result, differs)
  }
  if (bankName === null) throw new Error('the bank has sent an SMS and names no bank')
  const tail = body.cardNo.slice(-4)
  await inTransaction(services.db.pool, async (tx) => {
    await markChecked(tx, schoolId, bindingId, { bankName, tail })
    if (face) await markFacePending(tx, schoolId, bindingId)
  })
  const faceCheck = face
    ? await startFaceCheck(services, { schoolId, bindingId, expiresAt }, body, face)
    : null
  if (isRefusal(faceCheck)) return faceCheck
  return {
    status: 201,
    body: {
      bindingId,
      bankName,
      tail,
      phoneTail: body.phone.slice(-4),
      expiresAt: expiresAt.toISOString(),
      faceCheck,
    },
  }
}

/** What the bank knows this check by, for ever. */
export function bindingReference(bindingId: string): string {
  return `bind-${bindingId}`
}

/** The first group that differs is said, and no more. */
function refuseCard(
  result: Exclude<CardCheck['result'], 'SMS_SENT'>,
  differs: CardCheck['differs'],
): Refusal {
  if (result === 'NOT_SUPPORTED') return refuse('BANK_NOT_SUPPORTED')
  if (result === 'CARD_CLOSED') return refuse('BANK_CARD_CLOSED')
  if (differs.includes('holder')) return refuse('BINDING_HOLDER_MISMATCH')
  if (differs.includes('card')) return refuse('BINDING_CARD_MISMATCH')
  if (differs.includes('phone')) return refuse('BINDING_PHONE_MISMATCH')
  throw new Error('the bank finds a mismatch of nothing')
}
