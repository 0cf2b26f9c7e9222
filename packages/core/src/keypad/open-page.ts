import { canonicalAction, type KeypadPage } from '@campus-ecode/protocol/keypad'
import { createPageToken, readPageToken } from '../approvals/page-token.ts'
import {
  type ApprovalRow,
  findBoundCard,
  findOpenEnrolment,
  findPageOrigins,
  findWaitingPayment,
  openApproval,
} from '../approvals/store.ts'
import { findCard } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { phraseContext } from '../passwords/contexts.ts'
import { findSealedPhrase } from '../passwords/store.ts'

/** What a keypad page shows, and which pages may frame it. */
export interface OpenedPage {
  shown: KeypadPage
  origins: string[]
}

/**
 * Uses a ticket up and gathers what its page shows; nothing when the ticket is not good, or not any
 * more.
 */
export async function openPage(
  services: Pick<Services, 'db' | 'keys' | 'bffOrigin'>,
  ticket: string,
): Promise<OpenedPage | undefined> {
  const { db, keys } = services
  const token = readPageToken(ticket)
  if (!token) return undefined
  const { schoolId, approvalId } = token
  const pageToken = createPageToken(schoolId, approvalId)
  const found = await inTransaction(db.pool, async (tx) => {
    const approval = await openApproval(tx, schoolId, approvalId, token.hash, pageToken.hash)
    return approval && { approval, about: await findWhatItNames(tx, services, approval) }
  })
  if (!found) return undefined
  const { approval, about } = found
  const { person, card, payment, enrolment, sealedPhrase, origins } = about
  const context = phraseContext(schoolId, approval.person_id)
  const shown = {
    approvalId,
    challenge: approval.challenge.toString('base64url'),
    action: canonicalAction(approval.action),
    publicKey: Buffer.from(await keys.keypadPublicKey()).toString('base64url'),
    secret: pageToken.token,
    returnTo: approval.return_to,
    expiresInSeconds: approval.seconds_left,
    school: {
      name: person.name,
      nameEn: person.name_en,
      accent: person.accent,
      supportContact: person.support_contact,
    },
    phrase: sealedPhrase ? await keys.open(context, sealedPhrase) : null,
    card: card ? { bankName: card.bank_name, tail: card.tail } : null,
    payment: payment ? { merchant: payment.merchant, amountFen: payment.amount_fen } : null,
    deviceLabel: enrolment?.label ?? null,
  }
  return { shown, origins }
}

/** One after the other, so that a page takes one connection however much it shows. */
async function findWhatItNames(
  tx: Tx,
  services: Pick<Services, 'bffOrigin'>,
  approval: ApprovalRow,
) {
  const { school_id: schoolId, person_id: personId, action } = approval
  const person = await findCard(tx, schoolId, personId)
  if (!person) throw new Error('an approval of nobody')
  return {
    person,
    card:
      'cardId' in action ? await findBoundCard(tx, schoolId, action.cardId, personId) : undefined,
    enrolment:
      action.kind === 'enrol_device'
        ? await findOpenEnrolment(tx, schoolId, action.enrolmentId, personId)
        : undefined,
    payment:
      action.kind === 'pay'
        ? await findWaitingPayment(tx, schoolId, action.paymentId, personId)
        : undefined,
    sealedPhrase: await findSealedPhrase(tx, schoolId, personId),
    origins: await findPageOrigins(tx, services, schoolId),
  }
}
