import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { v7 } from 'uuid'
import { openDatabase } from '../db/database.ts'
import { assertDurable } from '../db/durability.ts'
import { migrate } from '../db/migrate.ts'
import { createPayBatcher } from '../payments/pay.ts'

/**
 * A program for `npm run bench`: payments through `pay_batch` and its batcher, without HTTP and code
 * checks. Works on DATABASE_URL. Each line of its input is a JSON `Order`; each is answered by a line.
 */
export interface Order {
  /** How many payments are under way at any time. */
  inFlight: number
  ms: number
  /** How many of the merchants are paid, in turn. */
  merchants: number
}

export interface Load {
  payments: number
  ms: number
  p50Ms: number
  p99Ms: number
  /** Of this process alone. */
  cpuMs: number
}

const SCHOOL = '1001'
const [people = 20_000, merchants = 200] = process.argv.slice(2).map(Number)

const db = await openDatabase({ DATABASE_URL: process.env.DATABASE_URL })
await migrate(db.pool)
await assertDurable(db.pool)
await seed()
const payers = await readPayers()
const tills = await readTills()
const payBatch = createPayBatcher(db)
let next = 0

console.log('{"ready":true}')
for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(await run(JSON.parse(line))))
}
await db.close()

async function run({ inFlight, ms, merchants: count }: Order): Promise<Load> {
  const waits: number[] = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  const end = start + ms
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let sent = performance.now(); sent < end; ) {
        const { verdict, status, refusal } = await payBatch.submit(makeItem(count))
        if (verdict !== 'NEW' || status !== 'PAID') throw new Error(`${verdict} ${refusal}`)
        const now = performance.now()
        waits.push(now - sent)
        sent = now
      }
    }),
  )
  const took = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  waits.sort((a, b) => a - b)
  const at = (share: number) => waits[Math.ceil(waits.length * share) - 1] ?? 0
  return {
    payments: waits.length,
    ms: took,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMs: (user + system) / 1000,
  }
}

function makeItem(merchantCount: number) {
  const count = next++
  const payer = payers[count % payers.length]
  const till = tills[count % merchantCount]
  if (!payer || !till) throw new Error('nobody to pay, or to be paid')
  const orderNo = v7()
  return {
    school_id: SCHOOL,
    terminal_id: till.terminal_id,
    merchant_id: till.merchant_id,
    order_no: orderNo,
    payment_id: v7(),
    content_hash: createHash('sha256').update(orderNo).digest('hex'),
    key_id: till.key_id,
    nonce: v7(),
    person_id: payer.person_id,
    class: 'student',
    masked_name: '林*夏',
    list_fen: 1,
    amount_fen: 1,
    rule: null,
    account: 'wallet',
    device_id: payer.device_id,
    step: ++payer.step,
    present_step: payer.step,
    needs_password: false,
  }
}

/** Once per database: one school, each merchant with a till, each person with a wallet and a phone. */
async function seed(): Promise<void> {
  const { rows } = await db.pool.query('select from schools')
  if (rows.length > 0) return
  await db.pool.query(
    `insert into schools (school_id, name, name_en, accent, support_contact, origins, secret_hash)
     values ($1, 'bench', 'bench', '#000000', '', '{}', '\\x00')`,
    [SCHOOL],
  )
  await db.pool.query(
    `with m as (insert into merchants (school_id, merchant_id, name)
                select $1, gen_random_uuid(), 'm' || n from generate_series(1, $2::int) n
                returning merchant_id, name)
     insert into terminals (school_id, terminal_id, merchant_id, name, key_id, sealed_key)
     select $1, gen_random_uuid(), merchant_id, name, $1 || '.t.bench-' || name, '' from m`,
    [SCHOOL, merchants],
  )
  await db.pool.query(
    `with p as materialized (
       select n, gen_random_uuid() as person_id, gen_random_uuid() as device_id
         from generate_series(1, $2::int) n),
     w as (
       insert into people (school_id, person_id, card_no_index, sealed, masked_name, masked_card_no, class)
       select $1, person_id, decode(lpad(to_hex(n), 16, '0'), 'hex'), '', '林*夏', '', 'student' from p),
     b as (
       insert into payers (school_id, person_id, card_status, default_account, one_card_status, wallet_status,
                           wallet_fen, wallet_version, single_limit_fen, daily_limit_fen)
       select $1, person_id, 'active', 'wallet', 'open', 'open', 1000000, 1, 20000, 1000000 from p),
     t as (
       insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
                             person_id, wallet_version, wallet_fen)
       select $1, gen_random_uuid(), 'top_up', 'clearing/bank', 'wallet/' || person_id, 1000000,
              person_id, 1, 1000000 from p),
     s as (
       insert into device_slots (school_id, device_index, person_id, device_id)
       select $1, n, person_id, device_id from p)
     insert into devices (school_id, device_id, person_id, device_index, status, label, public_key,
                          grant_id, grant_salt, grant_issued_at, last_contact_at)
     select $1, device_id, person_id, n, 'active', 'bench', decode(repeat('04', 65), 'hex'),
            gen_random_uuid(), decode(repeat('00', 16), 'hex'), now(), now() + interval '1 day' from p`,
    [SCHOOL, people],
  )
  await db.pool.query('vacuum analyze')
}

async function readPayers(): Promise<{ person_id: string; device_id: string; step: number }[]> {
  // In an order that has nothing to do with where the rows lie.
  const { rows } = await db.pool.query(
    'select person_id, device_id, last_step as step from devices order by device_id limit 200000',
  )
  return rows
}

async function readTills(): Promise<
  { terminal_id: string; merchant_id: string; key_id: string }[]
> {
  const { rows } = await db.pool.query('select terminal_id, merchant_id, key_id from terminals')
  return rows
}
