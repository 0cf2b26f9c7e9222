import type pg from 'pg'
import type { LedgerDump } from './diary.ts'

// Times leave PostgreSQL as text in UTC, days as they stand.
const instant = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`

const tables: Record<keyof LedgerDump, string> = {
  payers: `select person_id, wallet_fen, wallet_version, spent_on::text, spent_fen, daily_limit_fen
             from payers where school_id = $1 order by person_id`,
  payments: `select terminal_id, order_no, payment_id, status, refusal, merchant_id, person_id,
                    list_fen, amount_fen, account, channel, device_id, code_id, spent_on::text,
                    ${instant('paid_at')}, refunded_fen, ${instant('created_at')},
                    ${instant('settled_at')}, ${instant('confirm_by')}, means,
                    ${instant('agreement_signed_at')}
               from payments where school_id = $1 order by payments.created_at, payment_id`,
  refunds: `select terminal_id, order_no, refund_no, refund_id, payment_id, amount_fen, status
              from refunds where school_id = $1 order by created_at, refund_id`,
  movements: `select movement_id, kind, port, reference, person_id, amount_fen, state, outcome,
                     ${instant('created_at')}
                from external_movements where school_id = $1 order by external_movements.created_at, movement_id`,
  agreements: `select person_id, data ->> 'change' as change, ${instant('at')}
                 from notices where school_id = $1 and kind = 'agreement' order by notices.at`,
  approvals: `select approval_id, person_id, action ->> 'paymentId' as payment_id, status
                from approvals where school_id = $1 and action ->> 'kind' = 'pay'
               order by approvals.created_at, approval_id`,
  static_days: `select person_id, static_on::text, static_fen from payers
                 where school_id = $1 and static_fen > 0 order by person_id`,
  water_sessions: `select terminal_id, session_no, session_id, person_id, class, status, hold_fen,
                          fen_per_10_litres, litres_per_minute_max, total_ml, amount_fen, ended_by, ${instant('started_at')},
                          ${instant('ended_at')}
                     from water_sessions where school_id = $1 order by water_sessions.started_at, session_id`,
  online_orders: `select terminal_id, order_no, order_id, list_fen, payment_id, ${instant('closed_at')}
                    from online_orders where school_id = $1 order by created_at, order_id`,
  utility_top_ups: `select top_up_id, person_id, account_no, amount_fen, delivery_id
                      from utility_top_ups where school_id = $1 order by created_at, top_up_id`,
  postings: `select transaction_id, kind, debit_account, credit_account, amount_fen, payment_id,
                    person_id, wallet_version, wallet_fen, ${instant('posted_at')}
               from postings where school_id = $1 order by tx, transaction_id`,
}

/** Reads the books of a school, all tables at one moment, by SQL of our own. */
export async function dumpLedger(client: pg.ClientBase, schoolId: string): Promise<LedgerDump> {
  await client.query('begin isolation level repeatable read read only')
  try {
    const dump: Record<string, unknown[]> = {}
    for (const [table, text] of Object.entries(tables)) {
      const { rows } = await client.query<Record<string, unknown>>({ text, values: [schoolId] })
      dump[table] = rows.map(readRow)
    }
    return dump as unknown as LedgerDump
  } finally {
    await client.query('rollback')
  }
}

/** Amounts and versions come as text. */
function readRow(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      /_(fen|version|ml|litres)$/.test(name) && typeof value === 'string'
        ? readInteger(name, value)
        : value,
    ]),
  )
}

function readInteger(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`${name} is ${text}, which is no safe integer`)
  return value
}
