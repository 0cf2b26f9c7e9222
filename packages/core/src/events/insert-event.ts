import { prepare, type Tx } from '../db/database.ts'

const insert = prepare(
  `insert into events (school_id, person_id, event_id, kind, ref, detail)
   values ($1, $2, $3, $4, $5, $6)`,
)

/** Writes what happened to a person, in the transaction that makes it happen. */
export async function insertEvent(
  tx: Tx,
  event: {
    schoolId: string
    personId: string
    eventId: string
    kind: 'payment' | 'refund' | 'scan_refused' | 'card' | 'device'
    /** payment_id, refund_id or device_id. */
    ref?: string
    detail?: unknown
  },
): Promise<void> {
  await insert(tx, [
    event.schoolId,
    event.personId,
    event.eventId,
    event.kind,
    event.ref ?? null,
    event.detail === undefined ? null : JSON.stringify(event.detail),
  ])
}
