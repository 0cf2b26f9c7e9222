import { randomBytes } from 'node:crypto'
import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import { KEYPAD_CHALLENGE_BYTES } from '@campus-ecode/protocol/keypad'
import { lockPayer } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { passwordState } from '../passwords/store.ts'
import { limitStarts } from '../people/limit-starts.ts'
import { refuseVerification } from '../verifications/refuse-verification.ts'
import { createPageToken } from './page-token.ts'
import {
  cancelOldestApprovals,
  findBoundCard,
  findOpenEnrolment,
  findPageOrigins,
  findWaitingPayment,
  insertApproval,
} from './store.ts'

const limitApprovals = limitStarts({ table: 'approvals', startedAt: 'created_at' })

/**
 * Begins to ask for the payment password: the keypad page is opened with the ticket, once, within
 * three minutes (R16). Thirty may be begun in ten minutes, and five be open: a sixth ends the oldest.
 *
 * Refuses: RATE_LIMITED, RETURN_ADDRESS_NOT_ALLOWED, VERIFICATION_INVALID, PASSWORD_ALREADY_SET, PASSWORD_NOT_SET,
 * PASSWORD_LOCKED, CARD_NOT_BOUND, ENROLMENT_UNKNOWN, PAYMENT_NOT_WAITING; UNAVAILABLE where no keypad
 * is served.
 */
export async function startApproval(
  ctx: PersonContext<'startApproval'>,
): PersonOutcome<'startApproval'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const { action, returnTo } = body
  const { keypadOrigin } = services
  if (keypadOrigin === undefined) return refuse('UNAVAILABLE')
  const approvalId = services.newId()
  const ticket = createPageToken(schoolId, approvalId)
  const started = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await lockPayer(tx, schoolId, personId))) return refuse('NOT_FOUND')
    const tooMany = await limitApprovals(tx, schoolId, personId)
    if (tooMany) return tooMany
    const origins = await findPageOrigins(tx, services, schoolId)
    if (!origins.includes(new URL(returnTo).origin)) return refuse('RETURN_ADDRESS_NOT_ALLOWED')
    const refusal = await refuseAction(tx, schoolId, personId, action)
    if (refusal) return refusal
    await cancelOldestApprovals(tx, schoolId, personId)
    return insertApproval(tx, {
      ...{ schoolId, approvalId, personId, action, returnTo },
      ticketHash: ticket.hash,
      challenge: randomBytes(KEYPAD_CHALLENGE_BYTES),
    })
  })
  if (isRefusal(started)) return started
  return {
    status: 201,
    body: {
      approvalId,
      keypadUrl: `${keypadOrigin}/keypad`,
      ticket: ticket.token,
      expiresAt: started.toISOString(),
    },
  }
}

/** What would fail anyway is refused before the person has typed a password for it. */
async function refuseAction(
  tx: Tx,
  schoolId: string,
  personId: string,
  action: ApprovalAction,
): Promise<Refusal | undefined> {
  if (action.kind === 'set_password') {
    return refuseVerification(tx, schoolId, personId, action.verificationId)
  }
  const state = await passwordState(tx, schoolId, personId)
  if (state === 'not_set') return refuse('PASSWORD_NOT_SET')
  if (state === 'locked') return refuse('PASSWORD_LOCKED')
  if ('cardId' in action && !(await findBoundCard(tx, schoolId, action.cardId, personId))) {
    return refuse('CARD_NOT_BOUND')
  }
  if (
    action.kind === 'enrol_device' &&
    !(await findOpenEnrolment(tx, schoolId, action.enrolmentId, personId))
  ) {
    return refuse('ENROLMENT_UNKNOWN')
  }
  if (
    action.kind === 'pay' &&
    !(await findWaitingPayment(tx, schoolId, action.paymentId, personId))
  ) {
    return refuse('PAYMENT_NOT_WAITING')
  }
  return undefined
}
