import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { microsOf } from '../db/place.ts'
import type { PaymentRow } from '../payments/store.ts'

const selectSince = prepare<PaymentRow & { at_micros: number }>(
  `select *, ${microsOf('paid_at')} as at_micros from payments
    where school_id = $1 and merchant_id = $2 and terminal_id = $3 and means = 'collection'
      and paid_at > 'epoch'::timestamptz + $4::bigint * interval '1 microsecond'
      and ($5::bigint is null or paid_at <= 'epoch'::timestamptz + $5::bigint * interval '1 microsecond')
    order by paid_at fetch first ($6::int) rows with ties`,
)
const selectNow = prepare<{ micros: number }>(`select ${microsOf('clock_timestamp()')} as micros`)

/** The clock that `paid_at` is by, in microseconds: a process whose own is fast would move a cursor past payments to come. */
export async function readIncomingClock(on: Queryable): Promise<number> {
  const [row] = await selectNow(on, [])
  if (!row) throw new Error('the database tells no time')
  return row.micros
}

/** What a till's code took after a time, up to another, in microseconds; oldest first, of one moment all. */
export async function findIncoming(
  on: Queryable,
  { schoolId, merchantId, terminalId }: Record<'schoolId' | 'merchantId' | 'terminalId', string>,
  { from, to, countMax }: { from: number; to?: number; countMax: number },
) {
  return selectSince(on, [schoolId, merchantId, terminalId, from, to ?? null, countMax])
}

export interface IncomingRow {
  payment_id: string
  amount_fen: number
  masked_name: string
  paid_at: Date
}

const selectLatest = prepare<IncomingRow>(
  `select payment_id, amount_fen, masked_name, paid_at from payments
    where school_id = $1 and merchant_id = $2 and means = 'collection' and status = 'PAID'
      and refunded_fen < amount_fen and paid_at > now() - interval '12 hours'
    order by paid_at desc limit $3`,
)

/** What all codes of a merchant took since this morning, newest first; not what was given back whole. */
export async function findLatestIncoming(
  on: Queryable,
  schoolId: string,
  merchantId: string,
  countMax: number,
): Promise<IncomingRow[]> {
  return selectLatest(on, [schoolId, merchantId, countMax])
}

const selectPage = prepare<{ school_id: string; merchant_id: string; merchant_name: string }>(
  `select i.school_id, i.merchant_id, m.name as merchant_name
     from incoming_pages i
     join merchants m on m.school_id = i.school_id and m.merchant_id = i.merchant_id
    where i.token_hash = $1 and i.withdrawn_at is null`,
)

export async function findIncomingPage(on: Queryable, tokenHash: Uint8Array) {
  return (await selectPage(on, [tokenHash]))[0]
}

const insertPageRow = prepare(
  `insert into incoming_pages (school_id, page_id, merchant_id, token_hash) values ($1, $2, $3, $4)`,
)

export async function insertIncomingPage(
  tx: Tx,
  page: { schoolId: string; pageId: string; merchantId: string; tokenHash: Uint8Array },
): Promise<void> {
  await insertPageRow(tx, [page.schoolId, page.pageId, page.merchantId, page.tokenHash])
}

const endPages = prepare<{ page_id: string }>(
  `update incoming_pages set withdrawn_at = now()
    where school_id = $1 and merchant_id = $2 and withdrawn_at is null
   returning page_id`,
)

/** @returns how many ended. */
export async function withdrawIncomingPages(
  tx: Tx,
  schoolId: string,
  merchantId: string,
): Promise<number> {
  return (await endPages(tx, [schoolId, merchantId])).length
}
