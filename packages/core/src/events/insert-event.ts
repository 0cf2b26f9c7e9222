import { prepare, type Tx } from '../db/database.ts'

/** Something that happened to a person. What it was is read when somebody asks, by `ref`. */
export interface NewEvent {
  schoolId: string
  personId: string
  eventId: string
  kind: 'payment' | 'refund' | 'scan_refused' | 'card' | 'device' | 'transfer' | 'wallet'
  /** payment_id, refund_id, device_id or transferId. */
  ref?: string
  /** `scan_refused`, `card`, `device`, `wallet`: the event's data as it is told. */
  detail?: object
}

const insert = prepare(
  `insert into events (school_id, person_id, event_id, kind, ref, detail)
   values ($1, $2, $3, $4, $5, $6)`,
)

/**
 * Writes an event in the transaction that makes it happen. Call `services.wakeEvents()` after the
 * commit.
 */
export async function insertEvent(tx: Tx, event: NewEvent): Promise<void> {
  const { schoolId, personId, eventId, kind, ref, detail } = event
  const data = detail === undefined ? null : JSON.stringify(detail)
  await insert(tx, [schoolId, personId, eventId, kind, ref ?? null, data])
}
