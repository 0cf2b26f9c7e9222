import { createHash, randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { v7 } from 'uuid'
import { openDatabase } from '../db/database.ts'
import { assertDurable } from '../db/durability.ts'
import { migrate } from '../db/migrate.ts'
import { createPayBatcher } from '../payments/pay.ts'
import { ANALYZE, SCHOOL, seedPast, seedPeople, seedSchool, seedTills } from './seed-campus.ts'

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

const [people = 20_000, merchants = 200, ordersEach = 0] = process.argv.slice(2).map(Number)

const PEOPLE_AT_ONCE = 50_000

const db = await openDatabase({ DATABASE_URL: process.env.DATABASE_URL })
await migrate(db.pool)
await assertDurable(db.pool)
await seed()
const payers = await readPayers()
const tills = await readTills()
const payBatch = createPayBatcher(db)
let next = 0
const run = Date.now().toString(36)

console.log('{"ready":true}')
for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(await load(JSON.parse(line))))
}
await db.close()

async function load({ inFlight, ms, merchants: count }: Order): Promise<Load> {
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
  const orderNo = `bench-${run}-${count}`
  return {
    school_id: SCHOOL,
    terminal_id: till.terminal_id,
    merchant_id: till.merchant_id,
    order_no: orderNo,
    payment_id: v7(),
    content_hash: createHash('sha256').update(orderNo).digest('hex'),
    key_id: till.key_id,
    nonce: randomBytes(16).toString('base64url'),
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
    means: 'code' as const,
  }
}

/** Once per database. */
async function seed(): Promise<void> {
  const { rows } = await db.pool.query('select from schools')
  if (rows.length > 0) return
  await seedSchool(db.pool)
  await seedTills(db.pool, merchants)
  const publicKey = Buffer.alloc(65, 4)
  const grantSalt = Buffer.alloc(16)
  for (let done = 0; done < people; done += PEOPLE_AT_ONCE) {
    const length = Math.min(PEOPLE_AT_ONCE, people - done)
    const phones = Array.from({ length }, (_, at) => ({ index: done + at, publicKey, grantSalt }))
    await seedPeople(db.pool, phones)
  }
  const slow = await openDatabase({
    DATABASE_URL: `${process.env.DATABASE_URL}?statement_timeout=0`,
  })
  if (ordersEach > 0) await seedPast(slow.pool, ordersEach)
  await slow.pool.query(ANALYZE)
  await slow.close()
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
