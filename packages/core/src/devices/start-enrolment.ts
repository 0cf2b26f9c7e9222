import { randomInt } from 'node:crypto'
import { importP256Point } from '@campus-ecode/protocol/one-time-check'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { findCard, lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  refuse,
  type Services,
} from '../http/operation.ts'
import { passwordState } from '../passwords/store.ts'
import { RESEND_SECONDS } from '../people/limit-messages.ts'
import { openPerson } from '../people/open-person.ts'
import {
  deleteEnrolment,
  insertEnrolment,
  limitEnrolmentMessages,
  limitQuietEnrolments,
} from './enrolment-store.ts'

/**
 * Starts enrolling a phone: stores its public key. The payment password will approve it (R16); of
 * somebody who has none, a code sent to the phone number that the school holds, at most one a minute
 * and ten a day. By password thirty may be begun in ten minutes.
 *
 * Refuses: DEVICE_KEY_INVALID, CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, PASSWORD_LOCKED,
 * PHONE_MISSING, SMS_TOO_SOON, RATE_LIMITED, SMS_UNAVAILABLE.
 */
export async function startEnrolment(
  ctx: PersonContext<'startEnrolment'>,
): PersonOutcome<'startEnrolment'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const publicKey = Buffer.from(body.publicKey, 'base64url')
  if (!isP256Point(publicKey)) return refuse('DEVICE_KEY_INVALID')
  if (!(await findCard(services.db.pool, schoolId, personId))) return refuse('NOT_FOUND')
  const { phone } = await openPerson(services, schoolId, personId)

  const enrolmentId = services.newId()
  const smsCode = String(randomInt(1_000_000)).padStart(6, '0')
  const codeHash = await hashSmsCode(services, schoolId, enrolmentId, smsCode)
  const stored = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const inactive = refuseInactiveCard(payer.card_status)
    if (inactive) return inactive
    const enrolment = { schoolId, enrolmentId, personId, publicKey, label: body.label }
    const password = await passwordState(tx, schoolId, personId)
    // A lock must not open the weaker way.
    if (password === 'locked') return refuse('PASSWORD_LOCKED')
    if (password === 'set') {
      const tooMany = await limitQuietEnrolments(tx, schoolId, personId)
      if (tooMany) return tooMany
      const expiresAt = await insertEnrolment(tx, { ...enrolment, codeHash: null })
      return { expiresAt, phone: undefined }
    }
    if (phone === undefined) return refuse('PHONE_MISSING')
    const tooMany = await limitEnrolmentMessages(tx, schoolId, personId)
    if (tooMany) return tooMany
    return { expiresAt: await insertEnrolment(tx, { ...enrolment, codeHash }), phone }
  })
  if (isRefusal(stored)) return stored
  const expiresAt = stored.expiresAt.toISOString()
  if (stored.phone === undefined) {
    return { status: 201, body: { enrolmentId, phoneTail: null, expiresAt, resendAfterSeconds: 0 } }
  }

  const answer = await services.ports.sms.send({
    reference: enrolmentId,
    phone: stored.phone,
    template: 'enrol-device',
    params: { code: smsCode },
  })
  if (!answer.ok) {
    // An unknown outcome counts as sent: the limits must hold for what may have reached the phone. So
    // does a refusal, which would come as often as somebody asks.
    if (answer.reason === 'NOT_SENT') {
      await inTransaction(services.db.pool, (tx) => deleteEnrolment(tx, schoolId, enrolmentId))
    }
    return refuse('SMS_UNAVAILABLE')
  }
  return {
    status: 201,
    body: {
      enrolmentId,
      phoneTail: stored.phone.slice(-4),
      expiresAt,
      resendAfterSeconds: RESEND_SECONDS,
    },
  }
}

/** Keyed, because six digits under a plain hash would lie open to whoever reads the database. */
export function hashSmsCode(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  enrolmentId: string,
  smsCode: string,
): Promise<Uint8Array> {
  return keys.index(`enrolments/${schoolId}/${enrolmentId}`, smsCode)
}

function isP256Point(bytes: Uint8Array): boolean {
  try {
    importP256Point(bytes)
    return true
  } catch {
    return false
  }
}
