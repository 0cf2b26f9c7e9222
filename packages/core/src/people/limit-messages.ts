import { prepare, type Tx } from '../db/database.ts'
import { type Refusal, refuse } from '../http/operation.ts'

export const RESEND_SECONDS = 60
const MESSAGES_A_DAY_MAX = 10
const DAY_SECONDS = 86_400

/**
 * How often a person may have a text message sent: once a minute and ten times a day. To be asked
 * under the payer's lock, and before the row is written that counts.
 *
 * @param table Has one row per message; `sentAt` is its time, `where` says which rows count, and
 * `spaced` after which of them a minute must pass.
 * @returns A function that refuses SMS_TOO_SOON or RATE_LIMITED.
 */
export function limitMessages({
  table,
  sentAt,
  where = 'true',
  spaced = 'true',
}: {
  table: string
  sentAt: string
  where?: string
  spaced?: string
}): (tx: Tx, schoolId: string, personId: string) => Promise<Refusal | undefined> {
  const select = prepare<{ count: number; since_last: number | null; since_first: number }>(
    `select count(*) as count,
            extract(epoch from now() - max(${sentAt}) filter (where ${spaced}))::float8 as since_last,
            extract(epoch from now() - min(${sentAt}))::float8 as since_first
       from ${table}
      where school_id = $1 and person_id = $2 and ${sentAt} > now() - interval '1 day' and ${where}
     having count(*) > 0`,
  )
  return async (tx, schoolId, personId) => {
    const [sent] = await select(tx, [schoolId, personId])
    if (!sent) return undefined
    if (sent.since_last !== null && sent.since_last < RESEND_SECONDS) {
      const retryAfterSeconds = Math.ceil(RESEND_SECONDS - sent.since_last)
      return refuse('SMS_TOO_SOON', { retryAfterSeconds })
    }
    if (sent.count >= MESSAGES_A_DAY_MAX) {
      const retryAfterSeconds = Math.ceil(DAY_SECONDS - sent.since_first)
      return refuse('RATE_LIMITED', { retryAfterSeconds })
    }
    return undefined
  }
}
