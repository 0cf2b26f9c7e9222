import { randomInt } from 'node:crypto'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { passwordState } from '../passwords/store.ts'
import { openPerson } from '../people/open-person.ts'
import {
  deleteVerification,
  findCardToken,
  insertVerification,
  limitVerifications,
  markTurnedDown,
} from './store.ts'

/**
 * Has an SMS code sent, so that the person can prove who asks for a new payment password (R16): by the
 * bank to the phone of a bound card, or by us to the phone that the school holds, which is enough for
 * a first password of somebody without a card. One message a minute and ten a day, of which a try that
 * bank or SMS service have turned down is one.
 *
 * Refuses: CARD_NOT_BOUND, VERIFY_BY_BANK_CARD, PASSWORD_RESET_AT_OFFICE, PHONE_MISSING, SMS_TOO_SOON,
 * RATE_LIMITED, SMS_UNAVAILABLE, BANK_CARD_CLOSED, BANK_NOT_REACHABLE.
 */
export async function startVerification(
  ctx: PersonContext<'startVerification'>,
): PersonOutcome<'startVerification'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const { pool } = services.db
  const verificationId = services.newId()
  const message = await prepareMessage(ctx, verificationId)
  if (isRefusal(message)) return message

  const stored = await inTransaction(pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await lockPayer(tx, schoolId, personId))) return refuse('NOT_FOUND')
    const cardId = body.means === 'bank_card' ? body.cardId : undefined
    const token = await findCardToken(tx, schoolId, personId, cardId)
    if (body.means === 'bank_card') {
      if (token === undefined) return refuse('CARD_NOT_BOUND')
    } else {
      if (token !== undefined) return refuse('VERIFY_BY_BANK_CARD')
      const state = await passwordState(tx, schoolId, personId)
      if (state !== 'not_set') return refuse('PASSWORD_RESET_AT_OFFICE')
      if (message.phone === undefined) return refuse('PHONE_MISSING')
    }
    const tooMany = await limitVerifications(tx, schoolId, personId)
    if (tooMany) return tooMany
    const expiresAt = await insertVerification(tx, {
      ...{ schoolId, verificationId, personId, means: body.means },
      ...(cardId !== undefined && { cardId }),
      ...(message.codeHash && { codeHash: message.codeHash }),
    })
    return { expiresAt, token }
  })
  if (isRefusal(stored)) return stored

  const sent =
    message.phone !== undefined
      ? await sendOurs(services, verificationId, message.phone, message.smsCode)
      : await sendTheirs(services, verificationId, stored.token ?? '')
  if ('came' in sent) {
    // An unknown outcome counts as sent: the limits must hold for what may have reached the phone.
    if (sent.came === 'NOT_SENT') await deleteVerification(pool, schoolId, verificationId)
    if (sent.came === 'REFUSED') await markTurnedDown(pool, schoolId, verificationId)
    return sent.refusal
  }
  const { phoneTail } = sent
  return {
    status: 201,
    body: { verificationId, phoneTail, expiresAt: stored.expiresAt.toISOString() },
  }
}

/** Keyed, because six digits under a plain hash would lie open to whoever reads the database. */
export function hashVerificationCode(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  verificationId: string,
  smsCode: string,
): Promise<Uint8Array> {
  return keys.index(`verifications/${schoolId}/${verificationId}`, smsCode)
}

interface OurMessage {
  phone: string | undefined
  smsCode: string
  codeHash: Uint8Array | undefined
}

/** What needs the key process, before a transaction is open. */
async function prepareMessage(
  { params, body, services }: PersonContext<'startVerification'>,
  verificationId: string,
): Promise<OurMessage | Refusal> {
  const { schoolId, personId } = params
  if (body.means === 'bank_card') return { phone: undefined, smsCode: '', codeHash: undefined }
  const { phone } = await openPerson(services, schoolId, personId)
  const smsCode = String(randomInt(1_000_000)).padStart(6, '0')
  const codeHash = await hashVerificationCode(services, schoolId, verificationId, smsCode)
  return { phone, smsCode, codeHash }
}

/** `NOT_SENT`: nobody was asked. `REFUSED`: they have sent nothing. `UNKNOWN`: it may have been sent. */
type Sent = { phoneTail: string } | { came: 'NOT_SENT' | 'REFUSED' | 'UNKNOWN'; refusal: Refusal }

async function sendOurs(
  { ports }: Services,
  reference: string,
  phone: string,
  code: string,
): Promise<Sent> {
  const message = { reference, phone, template: 'verify-person', params: { code } } as const
  const answer = await ports.sms.send(message)
  if (answer.ok) return { phoneTail: phone.slice(-4) }
  return { came: answer.reason, refusal: refuse('SMS_UNAVAILABLE') }
}

async function sendTheirs(
  { ports, log }: Services,
  reference: string,
  account: string,
): Promise<Sent> {
  const answer = await ports.gateway.checkCard({ reference, account })
  if (!answer.ok) return { came: answer.reason, refusal: refuse('BANK_NOT_REACHABLE') }
  const { result, phoneTail } = answer.value
  if (result === 'SMS_SENT' && phoneTail !== null) return { phoneTail }
  if (result === 'CARD_CLOSED') return { came: 'REFUSED', refusal: refuse('BANK_CARD_CLOSED') }
  // A token has nothing to differ in, so this is not an answer to what was asked.
  log.error({ result }, 'the bank answered a verification in a way that makes no sense')
  return { came: 'UNKNOWN', refusal: refuse('BANK_NOT_REACHABLE') }
}
