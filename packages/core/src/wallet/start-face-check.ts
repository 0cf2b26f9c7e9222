import type { startBindingSchema } from '@campus-ecode/protocol/wallet'
import type { z } from 'zod'
import { findPageOrigins } from '../approvals/store.ts'
import { giveConsent } from '../consents/store.ts'
import type { Tx } from '../db/database.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import type { Owner } from './change-wallet.ts'
import { faceReference } from './face-reference.ts'
import { markFaceDecided, saveFaceExpiry } from './face-store.ts'

/** What is passed in the last moment is still to be told to us, or asked for. */
const LEFT_TO_LEARN_MS = 60_000

type Details = z.output<typeof startBindingSchema>
export type FaceWish = NonNullable<Details['face']>

/**
 * Before anything is taken: whether a face check can be done, and the consent to it (R42).
 *
 * Refuses: FACE_CHECK_NOT_SET_UP, FACE_CHECK_NEEDED, RETURN_ADDRESS_NOT_ALLOWED.
 */
export async function prepareFaceCheck(
  tx: Tx,
  services: Services,
  owner: Owner,
  wish: FaceWish | undefined,
): Promise<FaceWish | Refusal> {
  if (!services.ports.realName) return refuse('FACE_CHECK_NOT_SET_UP')
  if (!wish) return refuse('FACE_CHECK_NEEDED')
  const origins = await findPageOrigins(tx, services, owner.schoolId)
  if (!origins.includes(new URL(wish.returnTo).origin)) return refuse('RETURN_ADDRESS_NOT_ALLOWED')
  await giveConsent(tx, services, owner, 'face_check')
  return wish
}

/**
 * Starts the check while name and ID number are at hand: the bank has found that they agree, and they
 * are not kept. Without an answer the binding is over; whatever the provider may have begun binds nothing.
 *
 * Refuses: FACE_CHECK_NOT_REACHABLE.
 */
export async function startFaceCheck(
  { db, ports, log }: Services,
  binding: { schoolId: string; bindingId: string; expiresAt: Date },
  { name, idNumber }: Pick<Details, 'name' | 'idNumber'>,
  { returnTo, locale }: FaceWish,
): Promise<{ pageUrl: string; expiresAt: string } | Refusal> {
  const { schoolId, bindingId } = binding
  const last = new Date(binding.expiresAt.getTime() - LEFT_TO_LEARN_MS)
  const answer = await ports.realName?.start({
    reference: faceReference(schoolId, bindingId),
    ...{ name, idNumber, returnTo, locale },
    expiresAt: last.toISOString(),
  })
  if (!answer?.ok || answer.value.pageUrl === null) {
    if (answer && !answer.ok && answer.reason === 'REFUSED') {
      log.error({ bindingId, error: answer.error }, 'the provider refuses to start face checks')
    }
    await markFaceDecided(db.pool, schoolId, bindingId, 'expired')
    return refuse('FACE_CHECK_NOT_REACHABLE')
  }
  const theirs = new Date(answer.value.expiresAt)
  const expiresAt = theirs < last ? theirs : last
  await saveFaceExpiry(db.pool, schoolId, bindingId, expiresAt)
  return { pageUrl: answer.value.pageUrl, expiresAt: expiresAt.toISOString() }
}
