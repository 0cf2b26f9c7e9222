import { createInterface } from 'node:readline'
import { type BillKey, findBillPage, sumBill } from '../bill/store.ts'
import { openDatabase, prepare } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import type { Place } from '../db/place.ts'
import { SCHOOL, seedPeople, seedSchool, seedTills } from './seed-campus.ts'

/**
 * A program for `npm run bench`: one person's month of `rows` payments beside those of others. Works on
 * DATABASE_URL. Each line of its input is a JSON `Look`; each is answered by a line.
 */
export interface Look {
  /** The page that opens with its sums; the last page by cursor; its payments alone, by OFFSET. */
  what: 'opening' | 'last' | 'last_by_offset'
  count: number
}

export interface Looked {
  p50Ms: number
  p99Ms: number
}

const PAGE_COUNT = 50
const selectByOffset = prepare(
  `select * from payments where school_id = $1 and person_id = $2
    order by created_at desc, payment_id desc offset $3 limit $4`,
)
const [rows = 10_000, others = 0] = process.argv.slice(2).map(Number)

const db = await openDatabase({ DATABASE_URL: `${process.env.DATABASE_URL}?statement_timeout=0` })
await migrate(db.pool)
await seedSchool(db.pool)
await seedTills(db.pool, 50)
const phones = Array.from({ length: 1_000 }, (_, index) => index)
await seedPeople(
  db.pool,
  phones.map((index) => ({ index, publicKey: Buffer.alloc(65, 4), grantSalt: Buffer.alloc(16) })),
)
const { rows: people } = await db.pool.query<{ person_id: string }>('select person_id from payers')
const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
const personId = people[0]?.person_id ?? ''
await seedMonth([personId], rows)
if (others > 0) {
  const rest = people.slice(1).map((person) => person.person_id)
  await seedMonth(rest, Math.ceil(others / rest.length))
}
await db.pool.query('analyze')
const key: BillKey = { schoolId: SCHOOL, personId, month, filter: {} }
const cursor = await findLastPage()

const readers = {
  async opening() {
    const [page] = await Promise.all([
      findBillPage(db.pool, key, undefined, PAGE_COUNT),
      sumBill(db.pool, key),
    ])
    return page
  },
  last: () => findBillPage(db.pool, key, cursor, PAGE_COUNT),
  last_by_offset: () => selectByOffset(db.pool, [SCHOOL, personId, rows - PAGE_COUNT, PAGE_COUNT]),
}

console.log('{"ready":true}')
for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(await look(JSON.parse(line))))
}
await db.close()

async function look({ what, count }: Look): Promise<Looked> {
  const waits: number[] = []
  for (let at = 0; at < count; at++) {
    const start = performance.now()
    const page = await readers[what]()
    waits.push(performance.now() - start)
    if (page.length !== PAGE_COUNT) throw new Error('a page is not full')
  }
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.ceil(waits.length * share) - 1] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Paid orders from the month's first second on, two seconds apart for whoever has thousands. */
async function seedMonth(personIds: string[], count: number): Promise<void> {
  await db.pool.query(
    `insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, merchant_id,
                           person_id, class, masked_name, list_fen, amount_fen, account, channel,
                           paid_at, settled_at, created_at)
     select $1, t.terminal_id, o.id::text, o.id, '\\x00', 'PAID', t.merchant_id,
            o.person_id, 'student', '林*夏', 1, 1, 'wallet', 'wallet', o.at, o.at, o.at
       from (select gen_random_uuid() as id, p as person_id, n,
                    date_trunc('month', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai'
                    + n * interval '2 seconds' as at
               from unnest($2::uuid[]) p cross join generate_series(1, $3::int) n) o
       join (select *, row_number() over () as at from terminals) t on t.at = 1 + o.n % 50`,
    [SCHOOL, personIds, count],
  )
}

/** Where the last page begins. */
async function findLastPage(): Promise<Place> {
  const [row] = await findBillPage(db.pool, key, undefined, rows - PAGE_COUNT).then((all) =>
    all.slice(-1),
  )
  if (!row) throw new Error('the month is empty')
  return { atMicros: row.at_micros, id: row.entry_id }
}
