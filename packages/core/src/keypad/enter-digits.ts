import { createHash } from 'node:crypto'
import { canonicalAction, keypadAad } from '@campus-ecode/protocol/keypad'
import { z } from 'zod'
import { readPageToken } from '../approvals/page-token.ts'
import {
  type ApprovalRow,
  cancelOtherApprovals,
  claimPage,
  findByPage,
  finishApproval,
  releasePage,
} from '../approvals/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import { isRefusal, type Refusal, refuse, type Services } from '../http/operation.ts'
import { passwordContext, phraseContext, waterPasswordContext } from '../passwords/contexts.ts'
import { replaceHash, storePassword } from '../passwords/store.ts'
import { acceptGuess, type KeypadRefusal, takeGuess } from '../passwords/take-guess.ts'
import { refuseVerification } from '../verifications/refuse-verification.ts'
import { spendVerification } from '../verifications/store.ts'
import { tellWallet } from '../wallet/change-wallet.ts'
import { findWaterHash, storeWaterPassword } from '../water/password-store.ts'

const PHRASE_CHARACTERS_MAX = 20

export const entrySchema = z.strictObject({
  /** From the page: encapsulated key ‖ ciphertext. */
  sealed: z.string().regex(/^[\w-]{1,200}$/),
  /** set_password: the words by which the person will know the keypad. */
  phrase: z
    .string()
    .trim()
    .min(1)
    .refine((text) => [...text].length <= PHRASE_CHARACTERS_MAX)
    .refine((text) => /^[^\p{Cc}\p{Cs}]+$/u.test(text))
    .optional(),
})
export type Entry = z.output<typeof entrySchema>

/**
 * Takes what was typed on the keypad page: approves what the page shows, or sets or changes a
 * password.
 *
 * Refuses: APPROVAL_INVALID, PASSWORD_WRONG, PASSWORD_LOCKED, PASSWORD_NOT_SET, PASSWORD_TOO_SIMPLE,
 * PASSWORD_ALREADY_SET, WATER_PASSWORD_SAME, VERIFICATION_INVALID, BAD_REQUEST. PASSWORD_WRONG says how often the
 * person may still try.
 */
export async function enterDigits(
  services: Services,
  pageToken: string,
  { sealed, phrase }: Entry,
): Promise<'approved' | KeypadRefusal> {
  const page = readPageToken(pageToken)
  if (!page) return refuse('APPROVAL_INVALID')
  const { pool } = services.db
  const approval = await findByPage(pool, page.schoolId, page.approvalId, page.hash)
  if (!approval) return refuse('APPROVAL_INVALID')
  const message = Buffer.from(sealed, 'base64url')
  if (approval.action.kind === 'set_password') {
    if (phrase === undefined) return refuse('BAD_REQUEST', { fields: ['phrase'] })
    return setPassword(services, { approval, pageHash: page.hash }, message, phrase)
  }
  if (phrase !== undefined) return refuse('BAD_REQUEST', { fields: ['phrase'] })
  switch (approval.action.kind) {
    case 'change_password':
      return changePassword(services, approval, message)
    case 'set_water_password':
      return setWaterPassword(services, approval, message)
    default:
      return approve(services, approval, message)
  }
}

/** The person has thought better of it. */
export async function cancelEntry({ db }: Services, pageToken: string): Promise<void> {
  const page = readPageToken(pageToken)
  const approval = page && (await findByPage(db.pool, page.schoolId, page.approvalId, page.hash))
  if (approval) await finishApproval(db.pool, approval, 'cancelled')
}

async function approve(services: Services, approval: ApprovalRow, sealed: Uint8Array) {
  const { schoolId, personId } = whoOf(approval)
  const context = passwordContext(schoolId, personId)
  const looked = await takeGuess(services, { schoolId, personId }, (hash) =>
    services.keys.checkPassword(context, sealed, aadOf(approval), hash),
  )
  if (isRefusal(looked)) return looked
  return inTransaction(services.db.pool, async (tx) => {
    const accepted = await acceptGuess(tx, { schoolId, personId }, looked.guess)
    if (!accepted) return refuse('PASSWORD_LOCKED')
    const finished = await finishApproval(tx, approval, 'approved')
    return finished ? 'approved' : refuse('APPROVAL_INVALID')
  })
}

async function changePassword(services: Services, approval: ApprovalRow, sealed: Uint8Array) {
  const { schoolId, personId } = whoOf(approval)
  const context = passwordContext(schoolId, personId)
  const water = await findWaterPassword(services, approval)
  const looked = await takeGuess(services, { schoolId, personId }, (hash) =>
    services.keys.changePassword(context, sealed, aadOf(approval), hash, water),
  )
  if (isRefusal(looked)) return looked
  const { guess, found } = looked
  const outcome = await inTransaction(services.db.pool, async (tx) => {
    const accepted = await acceptGuess(tx, { schoolId, personId }, guess)
    if (!accepted) return refuse('PASSWORD_LOCKED')
    if (found === 'same') return refuse('WATER_PASSWORD_SAME')
    if (found === 'too_simple') return refuse('PASSWORD_TOO_SIMPLE')
    if (!(await finishApproval(tx, approval, 'spent'))) return refuse('APPROVAL_INVALID')
    await replaceHash(tx, schoolId, personId, found.hash)
    await cancelOtherApprovals(tx, approval)
    await tellPasswordSet(tx, services, approval)
    return 'approved' as const
  })
  if (outcome === 'approved') services.wakeEvents()
  return outcome
}

/** R26: also again, after it was locked; the bath number comes with the first and stays. */
async function setWaterPassword(services: Services, approval: ApprovalRow, sealed: Uint8Array) {
  const { schoolId, personId } = whoOf(approval)
  const context = passwordContext(schoolId, personId)
  const waterContext = waterPasswordContext(schoolId, personId)
  const looked = await takeGuess(services, { schoolId, personId }, (hash) =>
    services.keys.setWaterPassword(context, sealed, aadOf(approval), hash, waterContext),
  )
  if (isRefusal(looked)) return looked
  const { guess, found } = looked
  const outcome = await inTransaction(services.db.pool, async (tx) => {
    const accepted = await acceptGuess(tx, { schoolId, personId }, guess)
    if (!accepted) return refuse('PASSWORD_LOCKED')
    if (found === 'same') return refuse('WATER_PASSWORD_SAME')
    if (found === 'too_simple') return refuse('PASSWORD_TOO_SIMPLE')
    if (!(await finishApproval(tx, approval, 'spent'))) return refuse('APPROVAL_INVALID')
    await storeWaterPassword(tx, schoolId, personId, found.hash)
    await tellWallet(tx, services, { schoolId, personId }, { change: 'water' })
    return 'approved' as const
  })
  if (outcome === 'approved') services.wakeEvents()
  return outcome
}

async function setPassword(
  services: Services,
  { approval, pageHash }: { approval: ApprovalRow; pageHash: Uint8Array },
  sealed: Uint8Array,
  phrase: string,
) {
  const { action } = approval
  if (action.kind !== 'set_password') throw new Error('this approval sets no password')
  const { verificationId } = action
  const { schoolId, personId } = whoOf(approval)
  const { db, keys } = services
  // The page is claimed before anything is hashed, so that many entries at once are one hash.
  const refusal = await inTransaction(
    db.pool,
    async (tx) =>
      (await refuseVerification(tx, schoolId, personId, verificationId)) ??
      ((await claimPage(tx, approval, pageHash)) ? undefined : refuse('APPROVAL_INVALID')),
  )
  if (refusal) return refusal
  let outcome: 'approved' | Refusal | undefined
  try {
    const context = passwordContext(schoolId, personId)
    const water = await findWaterPassword(services, approval)
    const made = await keys.hashPassword(context, sealed, aadOf(approval), water)
    if (made === 'same') return refuse('WATER_PASSWORD_SAME')
    if (made === 'malformed') return refuse('BAD_REQUEST', { fields: ['sealed'] })
    if (made === 'too_simple') return refuse('PASSWORD_TOO_SIMPLE')
    const sealedPhrase = await keys.seal(phraseContext(schoolId, personId), phrase)
    outcome = await inTransaction(db.pool, async (tx) => {
      // Again, and locked until the end: of two pages with one verification, one sets the password.
      const late = await refuseVerification(tx, schoolId, personId, verificationId)
      if (late) return late
      if (!(await finishApproval(tx, approval, 'spent'))) return refuse('APPROVAL_INVALID')
      await spendVerification(tx, schoolId, verificationId, personId)
      await storePassword(tx, schoolId, personId, made.hash, sealedPhrase)
      await cancelOtherApprovals(tx, approval)
      await tellPasswordSet(tx, services, approval)
      return 'approved' as const
    })
  } finally {
    // The person may try another one.
    if (outcome !== 'approved') await releasePage(db.pool, approval, pageHash)
  }
  if (outcome === 'approved') services.wakeEvents()
  return outcome
}

/** R26: controllers have seen it, so it is no payment password. */
async function findWaterPassword({ db }: Services, approval: ApprovalRow) {
  const { schoolId, personId } = whoOf(approval)
  const hash = await findWaterHash(db.pool, schoolId, personId)
  return hash === undefined
    ? undefined
    : { context: waterPasswordContext(schoolId, personId), hash }
}

function tellPasswordSet(tx: Tx, { newId }: Services, approval: ApprovalRow): Promise<void> {
  return insertEvent(tx, {
    ...{ ...whoOf(approval), eventId: newId(), kind: 'wallet' },
    news: { change: 'password_set' },
  })
}

function whoOf({ school_id: schoolId, person_id: personId }: ApprovalRow) {
  return { schoolId, personId }
}

/** What the page was shown, by which what it sealed is bound. */
function aadOf({ approval_id: approvalId, challenge, action }: ApprovalRow): Uint8Array {
  const actionHash = createHash('sha256').update(canonicalAction(action)).digest()
  return keypadAad(approvalId, challenge, actionHash)
}
