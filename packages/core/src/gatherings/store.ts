import type { Gathering } from '@campus-ecode/protocol/access'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface GatheringRow {
  gathering_id: string
  context: number
  purpose: Gathering['purpose']
  title: string
  zone: string
  organiser_id: string
  classes: PersonClass[]
  groups: string[]
  minutes: number
  starts_at: Date
  ends_at: Date
}

/** One that codes may be shown for now. */
export type LivingGathering = Pick<
  GatheringRow,
  'purpose' | 'context' | 'title' | 'zone' | 'classes' | 'groups' | 'ends_at'
>

const COLUMNS = `gathering_id, context, purpose, title, zone, organiser_id, classes, groups, minutes,
  starts_at, ends_at`

const selectLiving = prepare<LivingGathering>(
  `select ${COLUMNS} from gatherings where school_id = $1 and ends_at > $2
    order by starts_at, gathering_id`,
)

/** The school's meetings and sessions that have not ended. */
export async function findLiving(
  on: Queryable,
  schoolId: string,
  now: Date,
): Promise<LivingGathering[]> {
  return selectLiving(on, [schoolId, now])
}

const lockSchool = prepare('select 1 from schools where school_id = $1 for no key update')

/** Lets nobody else open one at the school until the transaction ends. */
export async function lockGatherings(tx: Tx, schoolId: string): Promise<void> {
  await lockSchool(tx, [schoolId])
}

const selectGathering = prepare<GatheringRow>(
  `select ${COLUMNS} from gatherings where school_id = $1 and gathering_id = $2`,
)

export async function findGathering(
  on: Queryable,
  schoolId: string,
  gatheringId: string,
): Promise<GatheringRow | undefined> {
  return (await selectGathering(on, [schoolId, gatheringId]))[0]
}

const selectContexts = prepare<{ context: number }>(
  'select context from gatherings where school_id = $1 and ends_at > $2',
)

/** The contexts of those that end after a time. */
export async function findContexts(tx: Tx, schoolId: string, endAfter: Date): Promise<number[]> {
  return (await selectContexts(tx, [schoolId, endAfter])).map(({ context }) => context)
}

const selectNthStart = prepare<{ starts_at: Date }>(
  `select starts_at from gatherings
    where school_id = $1 and organiser_id = $2 and starts_at > $3
    order by starts_at desc offset $4 limit 1`,
)

/**
 * When the nth last gathering of an organiser began, if that was after a time.
 *
 * @param n 1 is the last.
 */
export async function findNthLastStart(
  tx: Tx,
  schoolId: string,
  organiserId: string,
  n: number,
  after: Date,
): Promise<Date | undefined> {
  return (await selectNthStart(tx, [schoolId, organiserId, after, n - 1]))[0]?.starts_at
}

const insert = prepare(
  `insert into gatherings (school_id, gathering_id, context, purpose, title, zone, organiser_id, classes,
                           groups, minutes, starts_at, ends_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
)

export async function insertGathering(tx: Tx, schoolId: string, row: GatheringRow): Promise<void> {
  const { gathering_id, context, purpose, title, zone, organiser_id, classes, groups, minutes } =
    row
  const who = [organiser_id, classes, groups]
  const values = [schoolId, gathering_id, context, purpose, title, zone, ...who, minutes]
  await insert(tx, [...values, row.starts_at, row.ends_at])
}

const updateEnd = prepare(
  `update gatherings set ends_at = greatest(starts_at, $3)
    where school_id = $1 and gathering_id = $2 and ends_at > $3`,
)

/** Ends it at a time, unless it has ended before. */
export async function markEnded(
  tx: Tx,
  schoolId: string,
  gatheringId: string,
  at: Date,
): Promise<void> {
  await updateEnd(tx, [schoolId, gatheringId, at])
}

const selectOwn = prepare<GatheringRow>(
  `select ${COLUMNS} from gatherings
    where school_id = $1 and organiser_id = $2 order by starts_at desc, gathering_id desc`,
)

/** Those of an organiser, newest first. */
export async function findOwn(
  on: Queryable,
  schoolId: string,
  organiserId: string,
): Promise<GatheringRow[]> {
  return selectOwn(on, [schoolId, organiserId])
}

const countAll = prepare<{ gathering_id: string; count: number }>(
  `select gathering_id, count(distinct person_id) as count from access_records
    where school_id = $1 and gathering_id = any ($2) and result = 'opened'
    group by gathering_id`,
)

/** How many people have signed in to each; missing where nobody has. */
export async function countAttendees(
  on: Queryable,
  schoolId: string,
  gatheringIds: string[],
): Promise<Map<string, number>> {
  const rows = await countAll(on, [schoolId, gatheringIds])
  return new Map(rows.map(({ gathering_id, count }) => [gathering_id, count]))
}

export interface AttendeeRow {
  person_id: string
  masked_card_no: string
  sealed: Buffer
  first_at: Date
  replayed: boolean
}

const selectAttendees = prepare<AttendeeRow>(
  `select p.person_id, p.masked_card_no, p.sealed, min(r.at) as first_at, bool_or(r.replayed) as replayed
     from access_records r
     join people p on p.school_id = r.school_id and p.person_id = r.person_id
    where r.school_id = $1 and r.gathering_id = $2 and r.result = 'opened'
    group by p.school_id, p.person_id`,
)

export async function findAttendees(
  on: Queryable,
  schoolId: string,
  gatheringId: string,
): Promise<AttendeeRow[]> {
  return selectAttendees(on, [schoolId, gatheringId])
}
