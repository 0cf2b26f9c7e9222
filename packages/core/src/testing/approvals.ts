import { randomBytes } from 'node:crypto'
import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import type { Services } from '../http/operation.ts'
import { SCHOOL } from './campus.ts'

interface Campus {
  services: Pick<Services, 'db' | 'keys' | 'newId'>
}

/** An approval as the keypad page leaves it behind, without the page. */
export async function approve(
  { services }: Campus,
  personId: string,
  action: ApprovalAction,
  schoolId = SCHOOL,
): Promise<string> {
  const approvalId = services.newId()
  await services.db.pool.query(
    `insert into approvals (school_id, approval_id, person_id, action, return_to, ticket_hash,
                            challenge, status, expires_at)
     values ($1, $2, $3, $4, 'https://school.example/', $5, $5, 'approved', now() + interval '2 minutes')`,
    [schoolId, approvalId, personId, JSON.stringify(action), randomBytes(32)],
  )
  return approvalId
}

/** Gives a person a payment password that nobody knows; for what only asks whether there is one. */
export async function setPassword(
  { services }: Campus,
  personId: string,
  { locked = false } = {},
): Promise<void> {
  await services.db.pool.query(
    `insert into payment_passwords (school_id, person_id, hash, phrase, wrong_count, locked_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (school_id, person_id)
     do update set wrong_count = excluded.wrong_count, locked_at = excluded.locked_at`,
    [
      SCHOOL,
      personId,
      `unknown ${randomBytes(16).toString('hex')}`,
      await services.keys.seal(`phrases/${SCHOOL}/${personId}`, '窗外有棵银杏树'),
      locked ? 5 : 0,
      locked ? new Date() : null,
    ],
  )
}
