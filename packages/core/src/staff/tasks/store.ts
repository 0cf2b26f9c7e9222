import type { StaffTaskKind } from '@campus-ecode/protocol/staff-payments'
import { prepare, type Queryable, type Tx } from '../../db/database.ts'
import type { StaffMember } from '../context.ts'

export interface TaskRow {
  school_id: string
  task_id: string
  kind: StaffTaskKind
  payment_id: string | null
  person_id: string | null
  amount_fen: number | null
  difference: { port: string; reference: string; sinceDay: string } | null
  reason: string
  asked_by: string
  asked_by_name: string
  asked_at: Date
  state: 'waiting' | 'approved' | 'declined'
  decided_by: string | null
  decided_by_name: string | null
  decided_at: Date | null
}

const SELECT = `
  select k.*, a.display_name as asked_by_name, d.display_name as decided_by_name
    from staff_tasks k
    join staff a on a.school_id = k.school_id and a.staff_id = k.asked_by
    left join staff d on d.school_id = k.school_id and d.staff_id = k.decided_by`

const selectByPayment = prepare<TaskRow>(
  `${SELECT} where k.school_id = $1 and k.payment_id = $2 order by k.asked_at`,
)
export async function findTasksOf(
  on: Queryable,
  schoolId: string,
  paymentId: string,
): Promise<TaskRow[]> {
  return selectByPayment(on, [schoolId, paymentId])
}

const selectForUpdate = prepare<TaskRow>(
  `${SELECT} where k.school_id = $1 and k.task_id = $2 for update of k`,
)
export async function lockTask(
  tx: Tx,
  schoolId: string,
  taskId: string,
): Promise<TaskRow | undefined> {
  return (await selectForUpdate(tx, [schoolId, taskId]))[0]
}

const insert = prepare<{ inserted: 1 }>(
  `insert into staff_tasks (school_id, task_id, kind, payment_id, amount_fen, difference, reason, asked_by, person_id)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1 as inserted`,
)

export interface NewTask {
  schoolId: string
  taskId: string
  kind: TaskRow['kind']
  paymentId?: string
  personId?: string
  amountFen?: number
  difference?: TaskRow['difference']
  reason: string
  askedBy: string
}

/** @returns false when there is a task of this id, or one that waits to delete or to raise the same. */
export async function insertTask(tx: Tx, task: NewTask): Promise<boolean> {
  const { difference = null } = task
  const inserted = await insert(tx, [
    ...[task.schoolId, task.taskId, task.kind, task.paymentId ?? null, task.amountFen ?? null],
    ...[difference && JSON.stringify(difference), task.reason, task.askedBy],
    task.personId ?? null,
  ])
  return inserted.length > 0
}

/**
 * Asks for a second person; asking for the same again, because the answer was lost, is harmless.
 *
 * @returns `other` when something else of this id or kind is asked for, or this was decided.
 */
export async function askForSecond(
  tx: Tx,
  { schoolId, staffId }: Pick<StaffMember, 'schoolId' | 'staffId'>,
  task: Omit<NewTask, 'schoolId' | 'askedBy'>,
): Promise<'asked' | 'other'> {
  if (await insertTask(tx, { ...task, schoolId, askedBy: staffId })) return 'asked'
  const known = await lockTask(tx, schoolId, task.taskId)
  const isSame =
    known?.state === 'waiting' &&
    known.kind === task.kind &&
    known.asked_by === staffId &&
    known.person_id === (task.personId ?? null) &&
    known.amount_fen === (task.amountFen ?? null)
  return isSame ? 'asked' : 'other'
}

const decide = prepare(
  `update staff_tasks set state = $3, decided_by = $4, decided_at = now()
    where school_id = $1 and task_id = $2 and state = 'waiting'`,
)
export async function decideTaskRow(
  tx: Tx,
  schoolId: string,
  taskId: string,
  state: 'approved' | 'declined',
  decidedBy: string,
): Promise<void> {
  await decide(tx, [schoolId, taskId, state, decidedBy])
}

const selectDeletion = prepare<TaskRow>(
  `${SELECT} where k.school_id = $1 and k.person_id = $2 and k.kind = 'delete_person' and k.state = 'waiting'`,
)
/** What is asked for of a person and waits. */
export async function findDeletionTask(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<TaskRow | undefined> {
  return (await selectDeletion(on, [schoolId, personId]))[0]
}

const selectRecent = prepare<TaskRow>(
  `${SELECT} where k.school_id = $1 and k.kind = any ($2)
      and (k.state = 'waiting' or k.asked_at > now() - interval '30 days')
    order by k.state <> 'waiting', k.asked_at desc limit 200`,
)
/** What waits, then what was decided of late. */
export async function findTasks(
  on: Queryable,
  schoolId: string,
  kinds: StaffTaskKind[],
): Promise<TaskRow[]> {
  return selectRecent(on, [schoolId, kinds])
}

const clear = prepare(
  `insert into cleared_differences (school_id, task_id, port, reference, since_day) values ($1, $2, $3, $4, $5)
   on conflict do nothing`,
)
export async function insertClearance(
  tx: Tx,
  schoolId: string,
  taskId: string,
  { port, reference, sinceDay }: { port: string; reference: string; sinceDay: string },
): Promise<void> {
  await clear(tx, [schoolId, taskId, port, reference, sinceDay])
}
