import { canonicalAction, type KeypadPage } from '@campus-ecode/protocol/keypad'
import { createPageToken, readPageToken } from '../approvals/page-token.ts'
import {
  type ApprovalRow,
  findBoundCard,
  findOpenEnrolment,
  findOrigins,
  findWaitingPayment,
  openApproval,
} from '../approvals/store.ts'
import { findCard } from '../cards/store.ts'
import type { Services } from '../http/operation.ts'
import { phraseContext } from '../passwords/contexts.ts'
import { findSealedPhrase } from '../passwords/store.ts'

/**
 * Uses a ticket up and gathers what its page shows; no page when the ticket is not good, or not any
 * more. `origins` may frame the answer either way, so that the school's pages can show both.
 */
export async function openPage(
  services: Services,
  ticket: string,
): Promise<{ page: KeypadPage | undefined; origins: string[] }> {
  const token = readPageToken(ticket)
  if (!token) return { page: undefined, origins: [] }
  const { schoolId, approvalId } = token
  const { pool } = services.db
  const origins = await findOrigins(pool, schoolId)
  const pageToken = createPageToken(schoolId, approvalId)
  const approval = await openApproval(pool, schoolId, approvalId, token.hash, pageToken.hash)
  if (!approval) return { page: undefined, origins }
  return { page: await describePage(services, approval, pageToken.token), origins }
}

async function describePage(
  services: Services,
  approval: ApprovalRow,
  secret: string,
): Promise<KeypadPage> {
  const { db, keys } = services
  const { school_id: schoolId, approval_id: approvalId, person_id: personId, action } = approval
  const [person, card, enrolment, payment, sealedPhrase, publicKey] = await Promise.all([
    findCard(db.pool, schoolId, personId),
    'cardId' in action ? findBoundCard(db.pool, schoolId, action.cardId, personId) : undefined,
    action.kind === 'enrol_device'
      ? findOpenEnrolment(db.pool, schoolId, action.enrolmentId, personId)
      : undefined,
    action.kind === 'pay'
      ? findWaitingPayment(db.pool, schoolId, action.paymentId, personId)
      : undefined,
    findSealedPhrase(db.pool, schoolId, personId),
    keys.keypadPublicKey(),
  ])
  if (!person) throw new Error('an approval of nobody')
  const phrase = sealedPhrase && (await keys.open(phraseContext(schoolId, personId), sealedPhrase))
  return {
    approvalId,
    challenge: approval.challenge.toString('base64url'),
    action: canonicalAction(action),
    publicKey: Buffer.from(publicKey).toString('base64url'),
    secret,
    returnTo: approval.return_to,
    expiresInSeconds: approval.seconds_left,
    school: {
      name: person.name,
      nameEn: person.name_en,
      accent: person.accent,
      supportContact: person.support_contact,
    },
    phrase: phrase ?? null,
    card: card ? { bankName: card.bank_name, tail: card.tail } : null,
    payment: payment ? { merchant: payment.merchant, amountFen: payment.amount_fen } : null,
    deviceLabel: enrolment?.label ?? null,
  }
}
