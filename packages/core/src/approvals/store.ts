import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'

/** To be opened on the keypad page, and answered there. */
const OPEN_MINUTES = 3
/** To be spent by its operation, once the password was right. */
const APPROVED_MINUTES = 2

export interface ApprovalRow {
  school_id: string
  approval_id: string
  person_id: string
  action: ApprovalAction
  return_to: string
  challenge: Buffer
  status: 'waiting' | 'approved' | 'spent' | 'cancelled'
  expired: boolean
  seconds_left: number
}

const COLUMNS = `school_id, approval_id, person_id, action, return_to, challenge, status,
                 expires_at <= now() as expired,
                 floor(extract(epoch from expires_at - now()))::int as seconds_left`

const insert = prepare<{ expires_at: Date }>(
  `insert into approvals (school_id, approval_id, person_id, action, return_to, ticket_hash, challenge,
                          expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, now() + interval '${OPEN_MINUTES} minutes')
   returning expires_at`,
)

export async function insertApproval(
  tx: Tx,
  approval: {
    schoolId: string
    approvalId: string
    personId: string
    action: ApprovalAction
    returnTo: string
    ticketHash: Uint8Array
    challenge: Uint8Array
  },
): Promise<Date> {
  const { schoolId, approvalId, personId, action, returnTo, ticketHash, challenge } = approval
  const values = [schoolId, approvalId, personId, JSON.stringify(action), returnTo]
  const [row] = await insert(tx, [...values, ticketHash, challenge])
  if (!row) throw new Error('the approval was not stored')
  return row.expires_at
}

const select = prepare<ApprovalRow>(
  `select ${COLUMNS} from approvals
    where school_id = $1 and approval_id = $2 and person_id = $3`,
)

export async function findApproval(
  on: Queryable,
  schoolId: string,
  approvalId: string,
  personId: string,
): Promise<ApprovalRow | undefined> {
  return (await select(on, [schoolId, approvalId, personId]))[0]
}

const selectExport = prepare<{ status: ApprovalRow['status'] }>(
  `select status from approvals
    where school_id = $1 and approval_id = $2 and person_id = $3 and action = '{"kind":"export_data"}'
      and (status = 'approved' and expires_at > now()
           or status = 'spent' and expires_at > now() - interval '13 minutes')
      for update`,
)

/**
 * An approval to export data (R42), which is good for a quarter of an hour from the first page on: it
 * is spent by that page and names the rest, also a page whose answer was lost.
 */
export async function lockExport(
  tx: Tx,
  schoolId: string,
  approvalId: string,
  personId: string,
): Promise<'approved' | 'spent' | undefined> {
  const [row] = await selectExport(tx, [schoolId, approvalId, personId])
  return row?.status === 'approved' || row?.status === 'spent' ? row.status : undefined
}

const open = prepare<ApprovalRow>(
  `update approvals set opened_at = now(), page_hash = $4
    where school_id = $1 and approval_id = $2 and ticket_hash = $3
      and opened_at is null and status = 'waiting' and expires_at > now()
   returning ${COLUMNS}`,
)

/** Uses the ticket up; nothing when it is not good, or not any more. */
export async function openApproval(
  on: Queryable,
  schoolId: string,
  approvalId: string,
  ticketHash: Uint8Array,
  pageHash: Uint8Array,
): Promise<ApprovalRow | undefined> {
  return (await open(on, [schoolId, approvalId, ticketHash, pageHash]))[0]
}

const selectByPage = prepare<ApprovalRow>(
  `select ${COLUMNS} from approvals
    where school_id = $1 and approval_id = $2 and page_hash = $3
      and status = 'waiting' and expires_at > now()`,
)

/** What the page with this secret is asking the password for, while it may. */
export async function findByPage(
  on: Queryable,
  schoolId: string,
  approvalId: string,
  pageHash: Uint8Array,
): Promise<ApprovalRow | undefined> {
  return (await selectByPage(on, [schoolId, approvalId, pageHash]))[0]
}

const claim = prepare<{ claimed: 1 }>(
  `update approvals set page_hash = null
    where school_id = $1 and approval_id = $2 and page_hash = $3
      and status = 'waiting' and expires_at > now()
   returning 1 as claimed`,
)

/**
 * Lets one entry of a page be worked on alone: until `releasePage` its secret opens nothing.
 *
 * @returns false when another entry of the page is being worked on, or the approval is over.
 */
export async function claimPage(
  tx: Tx,
  { school_id: schoolId, approval_id: approvalId }: ApprovalRow,
  pageHash: Uint8Array,
): Promise<boolean> {
  return (await claim(tx, [schoolId, approvalId, pageHash])).length > 0
}

const release = prepare(
  `update approvals set page_hash = $3
    where school_id = $1 and approval_id = $2 and page_hash is null and status = 'waiting'`,
)

/** To be called by who has claimed it. */
export async function releasePage(
  on: Queryable,
  { school_id: schoolId, approval_id: approvalId }: ApprovalRow,
  pageHash: Uint8Array,
): Promise<void> {
  await release(on, [schoolId, approvalId, pageHash])
}

// The way back has served; what else stays for two days says nothing of where the person was.
const finish = prepare<{ done: 1 }>(
  `update approvals
      set status = $3, return_to = '',
          expires_at = case $3 when 'approved' then now() + interval '${APPROVED_MINUTES} minutes'
                               else expires_at end
    where school_id = $1 and approval_id = $2 and status = 'waiting' and expires_at > now()
   returning 1 as done`,
)

/** @returns false when it was not waiting any more. */
export async function finishApproval(
  on: Queryable,
  { school_id: schoolId, approval_id: approvalId }: ApprovalRow,
  status: 'approved' | 'spent' | 'cancelled',
): Promise<boolean> {
  return (await finish(on, [schoolId, approvalId, status])).length > 0
}

const cancel = prepare(
  `update approvals set status = 'cancelled', return_to = ''
    where school_id = $1 and approval_id = $2 and person_id = $3
      and status in ('waiting', 'approved') and expires_at > now()`,
)

/** Ends it unless it has ended: neither its page nor an operation can use it any more. */
export async function cancelApproval(
  tx: Tx,
  schoolId: string,
  approvalId: string,
  personId: string,
): Promise<void> {
  await cancel(tx, [schoolId, approvalId, personId])
}

const OPEN_MAX = 5

const cancelOldest = prepare(
  `update approvals a set status = 'cancelled', return_to = ''
     from (select approval_id from approvals
            where school_id = $1 and person_id = $2 and status = 'waiting' and expires_at > now()
            order by created_at desc, approval_id desc offset ${OPEN_MAX - 1}) oldest
    where a.school_id = $1 and a.approval_id = oldest.approval_id and a.status = 'waiting'`,
)

/** Five keypads of a person may be open. Makes room for one more, under the payer's lock. */
export async function cancelOldestApprovals(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<void> {
  await cancelOldest(tx, [schoolId, personId])
}

const cancelOthers = prepare(
  `update approvals set status = 'cancelled'
    where school_id = $1 and person_id = $2 and approval_id <> $3 and status = 'approved'`,
)

/** What the old password has approved ends with it; what waits will ask for the new one. */
export async function cancelOtherApprovals(
  tx: Tx,
  { school_id: schoolId, person_id: personId, approval_id: approvalId }: ApprovalRow,
): Promise<void> {
  await cancelOthers(tx, [schoolId, personId, approvalId])
}

const selectOrigins = prepare<{ origins: string[] }>(
  'select origins from schools where school_id = $1',
)

/** Where the school's pages are. */
export async function findOrigins(on: Queryable, schoolId: string): Promise<string[]> {
  return (await selectOrigins(on, [schoolId]))[0]?.origins ?? []
}

/** Where pages are that may show a keypad and be returned to: the school's, and the BFF's own. */
export async function findPageOrigins(
  on: Queryable,
  { bffOrigin }: Pick<Services, 'bffOrigin'>,
  schoolId: string,
): Promise<string[]> {
  const origins = await findOrigins(on, schoolId)
  return bffOrigin === undefined ? origins : [...new Set([...origins, bffOrigin])]
}

const selectCard = prepare<{ bank_name: string; tail: string }>(
  `select bank_name, tail from bank_cards
    where school_id = $1 and card_id = $2 and person_id = $3 and unbound_at is null`,
)

export async function findBoundCard(
  on: Queryable,
  schoolId: string,
  cardId: string,
  personId: string,
): Promise<{ bank_name: string; tail: string } | undefined> {
  return (await selectCard(on, [schoolId, cardId, personId]))[0]
}

const selectEnrolment = prepare<{ label: string }>(
  `select label from enrolments
    where school_id = $1 and enrolment_id = $2 and person_id = $3
      and confirmed_device_id is null and expires_at > now()`,
)

export async function findOpenEnrolment(
  on: Queryable,
  schoolId: string,
  enrolmentId: string,
  personId: string,
): Promise<{ label: string } | undefined> {
  return (await selectEnrolment(on, [schoolId, enrolmentId, personId]))[0]
}

const selectPayment = prepare<{ amount_fen: number; merchant: string }>(
  `select p.amount_fen, coalesce(u.name || ' ' || t.label, m.name) as merchant
     from payments p
     join merchants m on m.school_id = p.school_id and m.merchant_id = p.merchant_id
     left join utility_top_ups t on t.school_id = p.school_id
      and t.top_up_id = case when p.means = 'utility' then p.order_no::uuid end
     left join utilities u on u.school_id = t.school_id and u.utility_id = t.utility_id
    where p.school_id = $1 and p.payment_id = $2 and p.person_id = $3
      and p.status = 'AWAITING_PASSWORD' and p.confirm_by > now()`,
)

/** The order that a till is waiting for (R23), or a room whose utility is to be paid (R39): both by name. */
export async function findWaitingPayment(
  on: Queryable,
  schoolId: string,
  paymentId: string,
  personId: string,
): Promise<{ amount_fen: number; merchant: string } | undefined> {
  return (await selectPayment(on, [schoolId, paymentId, personId]))[0]
}
