import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { dayBefore } from '../testing/shift-days.ts'
import { matchDay } from './match-day.ts'
import type { OutsideLine } from './outside-line.ts'

const COUNT = 4_000

let campus: TestCampus
beforeAll(async () => {
  campus = await createTestCampus()
})
afterAll(() => campus.close())

/** What is done to one in forty of the day's references, by its number; the others are right. */
const plants = [
  ...['right', 'omitted', 'omitted for a day', 'other amount', 'twice', 'undone there'],
  ...[
    'undone here',
    'undone by both',
    'declined here',
    'open here',
    'last hour',
    'unknown',
    'unknown and undone',
  ],
] as const
type Plant = (typeof plants)[number]
const plantOf = (n: number): Plant => plants[n % 40] ?? 'right'
const unseen: readonly Plant[] = ['declined here', 'open here', 'unknown', 'unknown and undone']

interface Seeded {
  n: number
  reference: string
  fen: number
}

/** Debits at the bank with their postings, spread over the day; those that are not posted have none. */
async function seed(day: string): Promise<Seeded[]> {
  const numbers = Array.from({ length: COUNT }, (_, index) => index)
  const numbersOf = (...wanted: Plant[]) => numbers.filter((n) => wanted.includes(plantOf(n)))
  const { rows } = await campus.db.pool.query<Seeded>(
    `with made as materialized (
       select n, gen_random_uuid() as id, 100 + n % 900 as fen,
              ($2::date::timestamp at time zone 'Asia/Shanghai')
              + case when n = any($6) then interval '23 hours 30 minutes' else n * (interval '20 hours' / $3::int) end as at
         from generate_series(0, $3::int - 1) n),
     moved as (
       insert into external_movements (school_id, movement_id, kind, port, reference, person_id, amount_fen,
                                       state, outcome, next_attempt_at, created_at, settled_at)
       select $1, id, 'debit', 'bank', 'pay-' || id, id, fen, case when n = any($5) then 'open' else 'done' end,
              case when n = any($5) then null when n = any($4) then 'declined'
                   when n = any($7) then 'reversed' else 'succeeded' end,
              at, at, case when n = any($5) then null else at end
         from made where n <> all($8)),
     posted as (
       insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
                             payment_id, person_id, posted_at)
       select $1, gen_random_uuid(), kind, case kind when 'payment' then 'clearing/bank' else 'merchant/x' end,
              case kind when 'payment' then 'merchant/x' else 'clearing/bank' end, fen, id, id, at
         from made join (values ('payment'), ('reversal')) k(kind) on kind = 'payment' or n = any($7)
        where n <> all($9))
     select n, 'pay-' || id as reference, fen from made order by n`,
    [
      ...[SCHOOL, day, COUNT, numbersOf('declined here'), numbersOf('open here')],
      ...[numbersOf('last hour'), numbersOf('undone here', 'undone by both')],
      ...[numbersOf('unknown', 'unknown and undone'), numbersOf(...unseen)],
    ],
  )
  return rows
}

function linesOf({ n, reference, fen }: Seeded): OutsideLine[] {
  const took = { reference, fen }
  const gave = { reference, fen: -fen }
  switch (plantOf(n)) {
    case 'omitted':
    case 'omitted for a day':
    case 'last hour':
      return []
    case 'other amount':
      return [{ reference, fen: fen + 1 }]
    case 'twice':
      return [took, took]
    case 'undone there':
    case 'undone by both':
    case 'unknown and undone':
      return [took, gave]
    default:
      return [took]
  }
}

const kindOf: Partial<Record<Plant, string>> = {
  omitted: 'missing_there',
  'omitted for a day': 'missing_there',
  'other amount': 'amount',
  twice: 'amount',
  'undone there': 'status',
  'undone here': 'status',
  'declined here': 'status',
  'open here': 'late',
  'last hour': 'late',
  unknown: 'missing_here',
}

async function match(daysAgo: number, lines: OutsideLine[]) {
  const day = await dayBefore(campus.db.pool, daysAgo)
  const scope = { schoolId: SCHOOL, port: 'bank', day } as const
  const result = await matchDay(campus.db, scope, () => lines)
  if ('refused' in result) throw new Error(result.refused)
  const found = result.differences.map(({ reference, kind, cleared_by: clearedBy }) => [
    reference,
    kind ?? clearedBy ?? '',
  ])
  return Object.fromEntries(found) as Record<string, string>
}

it('R34: finds every planted difference as what it is, invents none, and clears what comes', async () => {
  const seeded = await seed(await dayBefore(campus.db.pool, 2))
  const byPlant = (...wanted: Plant[]) => seeded.filter(({ n }) => wanted.includes(plantOf(n)))
  expect(byPlant('right').length).toBeGreaterThan(COUNT / 2)

  const found = await match(2, seeded.flatMap(linesOf))
  const planted = seeded.flatMap(({ n, reference }) => {
    const kind = kindOf[plantOf(n)]
    return kind ? [[reference, kind]] : []
  })
  expect(planted).toHaveLength((COUNT / 40) * 10)
  expect(found).toEqual(Object.fromEntries(planted))

  // The next day brings what was late there; what was open here turns out to have been declined.
  await campus.db.pool.query(
    `update external_movements set state = 'done', outcome = 'declined', settled_at = now() - interval '1 day'
      where state = 'open'`,
  )
  const arrivals = byPlant('omitted for a day', 'last hour')
  const later = await match(
    1,
    arrivals.map(({ reference, fen }) => ({ reference, fen })),
  )
  const cleared = Object.fromEntries(arrivals.map(({ reference }) => [reference, 'arrival']))
  const turned = Object.fromEntries(
    byPlant('open here').map(({ reference }) => [reference, 'status']),
  )
  expect(later).toEqual({ ...Object.fromEntries(planted), ...cleared, ...turned })

  const sums = await campus.db.pool.query(
    `select sum(here_fen) as here, sum(there_fen) as there from matched_days`,
  )
  const total = (lines: OutsideLine[]) => lines.reduce((sum, { fen }) => sum + fen, 0)
  const theirs = total(seeded.flatMap(linesOf)) + total(arrivals)
  expect(Number(sums.rows[0].there)).toBe(theirs)
  const books = await campus.db.pool.query(
    `select sum(case when debit_account = 'clearing/bank' then amount_fen else -amount_fen end) as fen
       from postings where 'clearing/bank' in (debit_account, credit_account)`,
  )
  expect(Number(sums.rows[0].here)).toBe(Number(books.rows[0].fen))
  const broken = (await checkBooks(campus.db.pool)).map(({ invariant }) => invariant)
  expect(broken.filter((invariant) => /stands open|finished day/.test(invariant))).toEqual([])
})
