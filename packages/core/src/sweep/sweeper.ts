import { setTimeout as sleep } from 'node:timers/promises'
import { prepare, type Queryable } from '../db/database.ts'
import type { Services } from '../http/operation.ts'

const EVERY_MS = 30_000
/** Few enough that nobody waits for them, and so many that few steps read a table without an index. */
const BATCH_COUNT = 10_000

// Codes stay for ten minutes after their end, so that a late scan is told "used" or "expired" (R22) and is no guess;
// enrolments, bindings and verifications for two days, because a day's messages are counted from them,
// and approvals beside them, without where the person came from; events for two days, which is how far back a phone can catch up.
const expired = (table: string, condition: string) =>
  prepare<{ count: number }>(
    `with gone as (
       delete from ${table} where ctid = any (array(
         select ctid from ${table} where ${condition} limit ${BATCH_COUNT} for update skip locked))
       returning 1)
     select count(*) as count from gone`,
  )

const sweeps = {
  nonces: expired('seen_nonces', 'expires_at < now()'),
  issuedCodes: expired('issued_codes', "expires_at < now() - interval '10 minutes'"),
  enrolments: expired('enrolments', "expires_at < now() - interval '2 days'"),
  bindings: expired('card_bindings', "expires_at < now() - interval '2 days'"),
  bathNumbersOfNobody: expired(
    'water_passwords',
    "person_id is null and set_at < now() - interval '1 day'",
  ),
  utilityLookUps: expired('utility_look_ups', "at < now() - interval '1 day'"),
  // Of versions before 0028; the table goes with the next one.
  wechatSignIns: expired('wechat_sign_ins', "expires_at < now() - interval '10 minutes'"),
  channelSignIns: expired('channel_sign_ins', "expires_at < now() - interval '10 minutes'"),
  passwordTries: expired('card_password_tries', "since < now() - interval '1 day'"),
  // Ten minutes' tickets are counted.
  signInTickets: expired('sign_in_tickets', "expires_at < now() - interval '10 minutes'"),
  serviceTickets: expired('service_tickets', "expires_at < now() - interval '10 minutes'"),
  wechatMessages: expired(
    'wechat_messages',
    "next_attempt_at is null and created_at < now() - interval '30 days'",
  ),
  verifications: expired('verifications', "expires_at < now() - interval '2 days'"),
  approvals: expired('approvals', "expires_at < now() - interval '2 days'"),
  waysBack: prepare<{ count: number }>(
    `with cleared as (
       update approvals set return_to = '' where ctid = any (array(
         select ctid from approvals where return_to <> '' and expires_at < now()
          limit ${BATCH_COUNT} for update skip locked))
       returning 1)
     select count(*) as count from cleared`,
  ),
  identityCodes: expired('identity_codes', "expires_at < now() - interval '10 minutes'"),
  // R42: where somebody went is kept for so long and no longer.
  accessRecords: expired('access_records', "at < now() - interval '90 days'"),
  gatherings: expired('gatherings', "ends_at < now() - interval '90 days'"),
  sealedAway: expired('sealed_away', 'keep_until < now()'),
  notices: expired('notices', "at < now() - interval '180 days'"),
  collectionLookups: expired('collection_lookups', "at < now() - interval '2 days'"),
  webhooks: expired(
    'webhooks',
    "next_attempt_at is null and created_at < now() - interval '30 days'",
  ),
  previousKeys: expired('previous_keys', 'ends_at < now()'),
  signIns: expired('sign_ins', "at < now() - interval '90 days'"),
  staffTries: expired('staff_tries', "at < now() - interval '1 day'"),
  staffSessions: expired('staff_sessions', "began_at < now() - interval '8 hours'"),
  staffAudit: expired('staff_audit', "at < now() - interval '6 months'"),
  refusedCalls: expired('refused_calls', "at < now() - interval '14 days'"),
  // For a month after their end, so that what a gate uploads late still finds its person (R31). What of them
  // was on lists is forgotten with them, so that no delta from before can be written any more.
  credentials: prepare<{ count: number }>(
    `with gone as (
       delete from access_credentials where ctid = any (array(
         select ctid from access_credentials
          where expires_at < now() - interval '30 days'
            and (listed_seq is null or unlisted_seq is not null)
          limit ${BATCH_COUNT} for update skip locked))
       returning school_id, unlisted_seq),
     forgotten as (
       update access_state a set list_floor_seq = greatest(a.list_floor_seq, g.seq)
         from (select school_id, max(unlisted_seq) as seq from gone
                where unlisted_seq is not null group by school_id) g
        where a.school_id = g.school_id)
     select count(*) as count from gone`,
  ),
  // Their order in the log is nearly that of time, and has an index.
  events: prepare<{ count: number }>(
    `with gone as (
       delete from events where ctid = any (array(
         select ctid from (select ctid, at from events order by tx, event_id limit ${BATCH_COUNT}) oldest
          where at < now() - interval '2 days'))
       returning 1)
     select count(*) as count from gone`,
  ),
}

/** Deletes, or clears, what has had its time, in small steps. Any number of processes may. */
export async function sweepOnce(on: Queryable): Promise<void> {
  for (const sweep of Object.values(sweeps)) {
    let count: number
    do {
      count = (await sweep(on, []))[0]?.count ?? 0
    } while (count === BATCH_COUNT)
  }
}

/** Sweeps now and then until it is stopped. */
export function startSweeper({ db, log }: Pick<Services, 'db' | 'log'>): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const loop = (async () => {
    while (!signal.aborted) {
      await sweepOnce(db.pool).catch((error) => log.error({ error }, 'a sweep failed'))
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await loop
    },
  }
}
