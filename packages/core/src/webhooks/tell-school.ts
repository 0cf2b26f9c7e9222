import { type PersonNews, WITHHELD } from '@campus-ecode/protocol/person-webhooks'
import { v5 } from 'uuid'
import { inTransaction } from '../db/database.ts'
import { findPresent } from '../events/store.ts'
import type { Services } from '../http/operation.ts'
import { schoolEndpointId } from './school-endpoint.ts'
import { insertWebhooks, type NewWebhook } from './store.ts'
import {
  findTellable,
  findToldSchools,
  lockTold,
  saveTold,
  type TellableRow,
} from './told-store.ts'

const BATCH_COUNT = 500
/** A place that nothing happened after is moved on now and then, so that what others did is not read again. */
const IDLE_TRANSACTIONS = 10_000n

/**
 * Writes what has happened to the people of schools that want to hear of it as webhooks to their servers (R41).
 * Events are written by whatever makes them happen, in its own transaction; here they are read behind all that
 * is still running, once each and in order, by one process at a time. No payment waits for any of it.
 */
export async function tellSchools(services: Pick<Services, 'db' | 'log'>): Promise<void> {
  for (const schoolId of await findToldSchools(services.db.pool)) {
    try {
      while (await tellSchool(services, schoolId));
    } catch (error) {
      // One that cannot be told keeps no other waiting.
      services.log.error({ err: error, schoolId }, 'a school was not told what happened')
    }
  }
}

/** @returns Whether there may be more. */
async function tellSchool({ db }: Pick<Services, 'db'>, schoolId: string): Promise<boolean> {
  return inTransaction(db.pool, async (tx) => {
    const told = await lockTold(tx, schoolId)
    if (!told) return false
    const { present, isFuture } = await findPresent(tx, told.place)
    // Of another life of the database: what was told there, nobody knows here.
    if (isFuture) await saveTold(tx, schoolId, present, told.count)
    if (isFuture) return false
    const rows = await findTellable(tx, schoolId, {
      place: told.place,
      before: present.tx,
      count: BATCH_COUNT,
    })
    const webhooks = rows.flatMap((row) => tellRow(schoolId, row))
    for (const [i, { data }] of webhooks.entries()) data['sequence'] = told.count + i + 1
    await insertWebhooks(tx, webhooks)
    const last = rows.length === BATCH_COUNT ? rows.at(-1) : undefined
    const place = last ? { tx: last.tx, eventId: last.event_id } : present
    const isIdle = BigInt(present.tx) - BigInt(told.place.tx) < IDLE_TRANSACTIONS
    if (rows.length === 0 && isIdle) return false
    await saveTold(tx, schoolId, place, told.count + webhooks.length)
    return last !== undefined
  })
}

function tellRow(schoolId: string, row: TellableRow): NewWebhook[] {
  const { person_id: personId, event_id: eventId, at } = row
  const tell = (about: PersonNews): NewWebhook => ({
    // Not the event's own id: of an online order's payment that is what its merchant is told under.
    webhookId: v5(about.kind, eventId),
    ...{ schoolId, endpointId: schoolEndpointId(schoolId), at },
    type: `person.${about.kind}`,
    data: { schoolId, personId, about },
  })
  // A payment that took the wallet below its owner's threshold is two things to tell.
  return [newsOfPayment(row), newsOfNotice(row)].flatMap((about) => (about ? [tell(about)] : []))
}

function newsOfPayment(row: TellableRow): PersonNews | undefined {
  const { change: kind, payment_id: entryId, means, channel, merchant_name: merchantName } = row
  const { amount_fen: amountFen, terminal_name: terminalName } = row
  if (!kind || !entryId || !means || !channel || merchantName === null || !amountFen) {
    return undefined
  }
  return { kind, entryId, amountFen, means, channel, merchantName, terminalName }
}

function newsOfNotice({ notice_kind: kind, notice_data: data }: TellableRow) {
  if (!kind || !data) return undefined
  const told = Object.entries(data).filter(([name]) => !WITHHELD.some((one) => one === name))
  return { kind, ...Object.fromEntries(told) } as PersonNews
}
