import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { createKeyOperations } from '../keys/derive-keys.ts'
import { openKeyring } from '../keys/keyring.ts'
import type { Keys } from '../keys/keys.ts'
import { verifyStatement } from '../statements/verify-statement.ts'
import { writeStatement } from '../statements/write-statement.ts'
import { SCHOOL, seedSchool, seedTills } from './seed-campus.ts'

/**
 * A program: `statement-day.js PAYMENTS`. Fills an empty database at DATABASE_URL, or an embedded one under
 * DATA_DIR, with two days of that many payments over four channels, one in a hundred refunded and one in two
 * hundred reversed, and writes, signs and verifies the statement of the second. Prints what it took.
 */
const count = Number(process.argv[2] ?? 1_000_000)
const db = await openDatabase({
  DATABASE_URL: process.env.DATABASE_URL && `${process.env.DATABASE_URL}?statement_timeout=0`,
  DATA_DIR: process.env.DATA_DIR,
})
await migrate(db.pool)
await seedSchool(db.pool)
await seedTills(db.pool, 200)
const { rows: days } = await db.pool.query<{ day: string }>(
  `select ((now() at time zone 'Asia/Shanghai')::date - n)::text as day from generate_series(2, 1, -1) n`,
)
const seed = await db.pool.connect()
await seed.query('set statement_timeout = 0')
await time('seed', async () => {
  for (const { day } of days) await seedDay(day)
  await seed.query('vacuum analyze payments, postings, refunds')
})
seed.release(true)

const out = await mkdtemp(join(tmpdir(), 'statement-day-'))
const operations = createKeyOperations(await openKeyring(join(out, 'keys')))
const keys = {
  signStatement: async (...args) => operations.signStatement(...args),
} satisfies Partial<Keys> as unknown as Keys
const day = days.at(-1)?.day ?? ''
const before = process.resourceUsage().maxRSS
for (const round of ['statement', 'statement again']) {
  await time(round, async () => {
    const scope = { schoolId: SCHOOL, day, merchantId: null }
    const written = await writeStatement({ db, keys }, scope, { out })
    if ('refused' in written) throw new Error(written.refused)
    const { rowCount, total, files } = written.statement
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    return { rowCount, netFen: total.netFen, bytes, folder: written.folder }
  })
}
const folder = join(out, `statement-${SCHOOL}-${day}`)
await time('verify', () => verifyStatement(folder, operations.statementKey(SCHOOL, 1)))
console.log(`peak RSS ${toMb(process.resourceUsage().maxRSS)} MB, before ${toMb(before)} MB`)
await rm(out, { recursive: true })
await db.close()

async function time<T>(what: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await run()
  const seconds = (performance.now() - start) / 1000
  const { rowCount } = Object(result) as { rowCount?: number }
  const rate = rowCount ? `, ${rowCount} entries, ${Math.round(rowCount / seconds)} a second` : ''
  console.log(`${what}: ${seconds.toFixed(1)} s${rate}`)
  return result
}

function toMb(kib: number): number {
  return Math.round(kib / 1024)
}

async function seedDay(day: string): Promise<void> {
  const at = `($2::date::timestamp at time zone 'Asia/Shanghai') + n * (interval '23 hours' / $3::int)`
  await seed.query(
    `with made as materialized (
       select n, uuidv7() as id, gen_random_uuid() as person_id, ${at} as at,
              100 + n % 2000 as fen,
              (array['wallet', 'wallet', 'wallet', 'one_card', 'bank_card', 'wechat'])[1 + n % 6] as channel
         from generate_series(1, $3::int) n),
     paid as (
       insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, merchant_id,
                             person_id, class, masked_name, list_fen, amount_fen, account, channel, spent_on,
                             paid_at, settled_at, created_at, means, refunded_fen)
       select $1, t.terminal_id, to_char($2::date, 'YYYYMMDD') || lpad(n::text, 12, '0'), m.id, '\\x00',
              case when n % 200 = 7 then 'REVERSED' else 'PAID' end, t.merchant_id, m.person_id, 'student', '林*夏',
              m.fen, m.fen, 'wallet', m.channel, $2::date, m.at, m.at, m.at, 'code',
              case when n % 100 = 1 then m.fen else 0 end
         from made m
         join (select *, row_number() over (order by terminal_id) as at from terminals) t on t.at = 1 + m.n % 200
       returning payment_id, terminal_id, order_no, merchant_id, person_id, amount_fen, channel, paid_at, status,
                 refunded_fen),
     sides as materialized (
       select *, case channel when 'wallet' then 'wallet/' || person_id
                              when 'bank_card' then 'clearing/bank' else 'clearing/' || channel end as source
         from paid),
     refunded as (
       insert into refunds (school_id, terminal_id, order_no, refund_no, refund_id, payment_id, person_id,
                            amount_fen, status, created_at, settled_at)
       select $1, terminal_id, order_no, 'r1', uuidv7(), payment_id, person_id, amount_fen, 'REFUNDED', paid_at,
              paid_at + interval '1 minute'
         from sides where refunded_fen > 0)
     insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
                           payment_id, person_id, wallet_version, wallet_fen, posted_at)
     select $1, uuidv7(), e.kind, case when e.kind = 'payment' then source else 'merchant/' || merchant_id end,
            case when e.kind = 'payment' then 'merchant/' || merchant_id else source end, amount_fen, payment_id,
            person_id, case when channel = 'wallet' then e.version end, case when channel = 'wallet' then 0 end,
            paid_at + e.after
       from sides
       join (values ('payment', 1, interval '0'), ('reversal', 2, interval '1 minute'),
                    ('refund', 3, interval '1 minute')) e(kind, version, after)
         on e.kind = 'payment' or (e.kind = 'reversal' and status = 'REVERSED')
            or (e.kind = 'refund' and refunded_fen > 0)
      order by paid_at + e.after`,
    [SCHOOL, day, count],
  )
}
