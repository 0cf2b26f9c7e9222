import type { StaffAccountEvent } from '@campus-ecode/protocol/staff'
import { prepare, type Queryable } from '../db/database.ts'

export interface NewAuditRow {
  schoolId: string
  auditId: string
  staffId: string | null
  staffName: string | null
  operation: string
  outcome: string
  personId: string | null
  /** Whose account it was done to, when by somebody else. */
  aboutStaffId: string | null
  ref: string | null
  reason: string | null
  amountFen: number | null
  address: string
  requestId: string
}

// Of a school that nobody knows there is no log to write into.
const insert = prepare(
  `insert into staff_audit (school_id, audit_id, staff_id, staff_name, operation, outcome, person_id, ref, reason,
                            amount_fen, address, request_id, about_staff_id)
   select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
    where exists (select from schools where school_id = $1)`,
)
export async function insertAuditRow(on: Queryable, row: NewAuditRow): Promise<void> {
  await insert(on, [
    ...[row.schoolId, row.auditId, row.staffId, row.staffName, row.operation, row.outcome],
    ...[row.personId, row.ref, row.reason, row.amountFen, row.address, row.requestId],
    row.aboutStaffId,
  ])
}

export interface AuditRow {
  audit_id: string
  at: Date
  staff_name: string | null
  display_name: string | null
  operation: string
  outcome: string
  person_id: string | null
  masked_name: string | null
  masked_card_no: string | null
  ref: string | null
  reason: string | null
  amount_fen: number | null
  address: string
  request_id: string
}

const SELECT = `
  select a.audit_id, a.at, a.staff_name, s.display_name, a.operation, a.outcome, a.person_id,
         p.masked_name, p.masked_card_no, a.ref, a.reason, a.amount_fen, a.address, a.request_id
    from staff_audit a
    left join staff s on s.school_id = a.school_id and s.staff_id = a.staff_id
    left join people p on p.school_id = a.school_id and p.person_id = a.person_id
   where a.school_id = $1 and ($2::uuid is null or a.audit_id < $2)`
const newest = (condition: string) =>
  prepare<AuditRow>(`${SELECT} ${condition} order by a.audit_id desc limit $3`)
const selectAll = newest('')
const selectByStaff = newest('and a.staff_id = $4')
const selectByPerson = newest('and a.person_id = $4')

export interface AuditFilter {
  /** Only what is older than this row. */
  before?: string | undefined
  staffId?: string | undefined
  personId?: string | undefined
}

/** Newest first. */
export async function findAuditRows(
  on: Queryable,
  schoolId: string,
  { before, staffId, personId }: AuditFilter,
  count: number,
): Promise<AuditRow[]> {
  const values = [schoolId, before ?? null, count]
  if (personId) return selectByPerson(on, [...values, personId])
  if (staffId) return selectByStaff(on, [...values, staffId])
  return selectAll(on, values)
}

type AccountRow = Pick<
  AuditRow,
  'audit_id' | 'at' | 'display_name' | 'outcome' | 'ref' | 'address'
> & { operation: StaffAccountEvent['operation'] }
// As the index staff_audit_of_account has it.
const selectOfAccount = prepare<AccountRow>(
  `select a.audit_id, a.at, a.operation, a.outcome, a.ref, a.address,
          case when a.about_staff_id is null then null else coalesce(s.display_name, a.staff_name) end as display_name
     from staff_audit a
     left join staff s on s.school_id = a.school_id and s.staff_id = a.staff_id
    where coalesce(a.about_staff_id, a.staff_id) = $2 and a.school_id = $1
      and a.operation in ('signIn', 'finishSetUp', 'addStaff', 'changeStaff', 'recoverStaff')
    order by a.audit_id desc limit $3`,
)
/** Who came in by an account's name or tried to, and what others did to it, newest first. */
export async function findAccountRows(
  on: Queryable,
  schoolId: string,
  staffId: string,
  count: number,
): Promise<AccountRow[]> {
  return selectOfAccount(on, [schoolId, staffId, count])
}
