import { holdAllocations } from '@campus-ecode/protocol/testing/allocations'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createTestCampus, paymentOf } from '../testing/campus.ts'

// Budgets without noise: what a payment costs in round trips, rows and garbage, whatever the machine.

const PEOPLE = 60
const ROUNDS = 5

test('a payment takes one statement to look and one to pay, and reads no more rows the more were paid', async () => {
  // Fresh from the migrations and never analyzed: the planner has nothing to go by.
  const campus = await createTestCampus()
  const people = []
  for (let at = 0; at < PEOPLE; at++) people.push((await campus.addPerson()).personId)
  let statements = 0
  campus.db.pool.on('acquire', () => {
    statements++
  })
  const pay = async (personId: string, orderNo: string) => {
    const code = await campus.issueCode(personId)
    const before = statements
    await campus.pay({ orderNo, amountFen: 100, code })
    return statements - before
  }

  for (let round = 0; round < ROUNDS; round++) {
    for (const personId of people) expect(await pay(personId, `${personId}-${round}`)).toBe(2)
  }
  const perPayment = (await countRowsRead(campus.db.url)) / (ROUNDS * PEOPLE)
  expect(perPayment).toBeGreaterThan(5)
  // A walk over the orders of the school would be some 200 rows for each payment here.
  expect(perPayment).toBeLessThan(40)
  await campus.close()
})

test('a payment is made within its budget of the heap', async ({ annotate }) => {
  const campus = await createTestCampus()
  const count = 100
  const people = await Promise.all(Array.from({ length: count }, () => campus.addPerson()))
  let codes: string[] = []
  let orders = 0
  await annotate(
    await holdAllocations({
      name: 'a payment from the wallet',
      bytesMax: 60_000,
      count,
      async prepare() {
        codes = await Promise.all(people.map(({ personId }) => campus.issueCode(personId)))
      },
      async run() {
        for (const code of codes) {
          const answer = await campus.pay({ orderNo: `o-${++orders}`, amountFen: 100, code })
          if (paymentOf(answer).status !== 'PAID') throw new Error('a payment was not paid')
        }
      },
    }),
  )
  await campus.close()
})

/** Rows and index entries that all statements have read: backends tell at their end at the latest. */
async function countRowsRead(url: string): Promise<number> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const others = `from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
    await client.query(`select pg_terminate_backend(pid) ${others}`)
    while ((await client.query(`select ${others}`)).rowCount) {
      await new Promise((done) => setTimeout(done, 20))
    }
    const { rows } = await client.query(
      `select (select sum(seq_tup_read) from pg_stat_user_tables)
            + (select sum(idx_tup_read) from pg_stat_user_indexes) as count`,
    )
    return Number(rows[0].count)
  } finally {
    await client.end()
  }
}
