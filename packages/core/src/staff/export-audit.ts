import { Readable } from 'node:stream'
import type { Queryable } from '../db/database.ts'
import { toCsv } from '../statements/table.ts'
import { type AuditRow, findAuditRows } from './audit-store.ts'
import type { StaffContext, StaffOutcome } from './context.ts'

const BATCH_COUNT = 1_000
const columns = [
  ...['时间 time', '登录名 name', '姓名 full name', '操作 operation', '结果 outcome'],
  ...['关于谁 person', '关于什么 about', '金额（元）amount', '原因 reason', '来自 address'],
  '请求编号 request',
]

/** All of it, newest first, as a table that no spreadsheet takes for formulas; page by page, in bounded memory. */
export async function exportAudit(ctx: StaffContext<'exportAudit'>): StaffOutcome<'exportAudit'> {
  const { services, staff } = ctx
  const day = new Date(services.now()).toISOString().slice(0, 10)
  const stream = Readable.from(writeTable(services.db.pool, staff.schoolId))
  return { status: 200, body: { name: `audit-${staff.schoolId}-${day}.csv`, stream } }
}

async function* writeTable(on: Queryable, schoolId: string): AsyncGenerator<string> {
  yield toCsv([columns], { isFirst: true })
  let before: string | undefined
  do {
    const rows = await findAuditRows(on, schoolId, { before }, BATCH_COUNT)
    if (rows.length > 0) yield toCsv(rows.map(toCells), { isFirst: false })
    before = rows.length === BATCH_COUNT ? rows.at(-1)?.audit_id : undefined
  } while (before)
}

function toCells(row: AuditRow): string[] {
  const person = row.masked_name ? `${row.masked_name} ${row.masked_card_no}` : ''
  return [
    row.at.toISOString(),
    row.staff_name ?? '',
    row.display_name ?? '',
    row.operation,
    row.outcome,
    person,
    row.ref ?? '',
    row.amount_fen === null ? '' : (row.amount_fen / 100).toFixed(2),
    row.reason ?? '',
    row.address,
    row.request_id,
  ]
}
