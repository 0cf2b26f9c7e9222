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
import { openPerson } from '../people/open-person.ts'
import { countMessages, deleteEnrolment, insertEnrolment } from './enrolment-store.ts'

const RESEND_SECONDS = 60
const MESSAGES_A_DAY_MAX = 10
const DAY_SECONDS = 86_400

/**
 * Starts enrolling a phone: stores its public key and has a code sent to the phone number that the
 * school holds, at most one a minute and ten a day.
 *
 * Refuses: DEVICE_KEY_INVALID, CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, PHONE_MISSING,
 * SMS_TOO_SOON, RATE_LIMITED, SMS_UNAVAILABLE.
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
    if (phone === undefined) return refuse('PHONE_MISSING')
    const sent = await countMessages(tx, schoolId, personId)
    if (sent.sinceLastSeconds < RESEND_SECONDS) {
      const retryAfterSeconds = Math.ceil(RESEND_SECONDS - sent.sinceLastSeconds)
      return refuse('SMS_TOO_SOON', { retryAfterSeconds })
    }
    if (sent.count >= MESSAGES_A_DAY_MAX) {
      const retryAfterSeconds = Math.ceil(DAY_SECONDS - sent.sinceFirstSeconds)
      return refuse('RATE_LIMITED', { retryAfterSeconds })
    }
    const { label } = body
    const enrolment = { schoolId, enrolmentId, personId, publicKey, label, codeHash }
    return { expiresAt: await insertEnrolment(tx, enrolment), phone }
  })
  if (isRefusal(stored)) return stored

  const answer = await services.ports.sms.send({
    reference: enrolmentId,
    phone: stored.phone,
    template: 'enrol-device',
    params: { code: smsCode },
  })
  if (!answer.ok) {
    // An unknown outcome counts as sent: the limits must hold for what may have reached the phone.
    if (answer.reason !== 'UNKNOWN') {
      await inTransaction(services.db.pool, (tx) => deleteEnrolment(tx, schoolId, enrolmentId))
    }
    return refuse('SMS_UNAVAILABLE')
  }
  return {
    status: 201,
    body: {
      enrolmentId,
      phoneTail: stored.phone.slice(-4),
      expiresAt: stored.expiresAt.toISOString(),
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
