import type { AuditEntry } from '@campus-ecode/protocol/staff-api'
import { type AuditRow, findAuditRows } from './audit-store.ts'
import type { StaffContext, StaffOutcome } from './context.ts'

const PAGE_COUNT = 50

/** A page of the audit log, newest first. */
export async function getAudit(ctx: StaffContext<'getAudit'>): StaffOutcome<'getAudit'> {
  const { services, staff, query, about } = ctx
  about.personId = query.personId
  const rows = await findAuditRows(services.db.pool, staff.schoolId, query, PAGE_COUNT + 1)
  const entries = rows.slice(0, PAGE_COUNT).map(toAuditEntry)
  const next = rows.length > PAGE_COUNT ? (entries.at(-1)?.auditId ?? null) : null
  return { status: 200, body: { entries, next } }
}

export function toAuditEntry(row: AuditRow): AuditEntry {
  return {
    auditId: row.audit_id,
    at: row.at.toISOString(),
    staffName: row.staff_name,
    displayName: row.display_name,
    operation: row.operation,
    outcome: row.outcome,
    personId: row.person_id,
    person: row.masked_name && `${row.masked_name} ${row.masked_card_no}`,
    ref: row.ref,
    reason: row.reason,
    amountFen: row.amount_fen,
    address: row.address,
    requestId: row.request_id,
  }
}
