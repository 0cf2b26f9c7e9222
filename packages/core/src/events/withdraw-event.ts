import { prepare, type Tx } from '../db/database.ts'

const remove = prepare(
  `with notice as (
     delete from notices where school_id = $1 and person_id = $2 and notice_id = $3)
   delete from events where school_id = $1 and person_id = $2 and event_id = $3`,
)

/**
 * Takes back an event, and its notice, in the transaction that undoes what it told. Who has read it
 * already has looked again at a moment when it was true.
 */
export async function withdrawEvent(
  tx: Tx,
  schoolId: string,
  personId: string,
  eventId: string,
): Promise<void> {
  await remove(tx, [schoolId, personId, eventId])
}
