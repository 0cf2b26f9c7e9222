import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { rollUpBalances } from '../ledger/roll-up-balances.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createShowers } from '../testing/showers.ts'

let core: HttpCore

beforeAll(async () => {
  core = await createHttpCore()
  const showers = createShowers(core)
  for (const isOver of [true, false]) {
    const shower = await showers.addShower()
    const sessionNo = await showers.begin(shower, (await showers.addBather()).bathNo)
    await showers.pass(sessionNo, 60)
    await showers.meter(shower, sessionNo, 1, 5_000)
    if (isOver) await showers.end(shower, sessionNo, 10_000)
  }
})
afterAll(() => core.close())

test('the books of a running shower and of one that ended are right', async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
})

test('no balance is kept of what one shower held: there would be a row for each for ever', async () => {
  const kinds = new Set<string>()
  // A roll-up stops at whatever other databases of the server have open.
  await vi.waitFor(async () => {
    await rollUpBalances(core.db)
    const { rows } = await core.db.pool.query('select account from balance_snapshots')
    for (const { account } of rows) kinds.add(account.split('/')[0])
    expect(kinds).toContain('merchant')
  }, 30_000)
  expect(kinds).not.toContain('hold')
})

const HELD = 'a shower holds what it may cost while it runs, and nothing once it ended'
const CHARGED = 'a shower that ended has the payment that it says, or none'

test.each([
  [HELD, `delete from postings where kind = 'release'`],
  [HELD, `delete from postings where kind = 'hold'`],
  [HELD, `update water_sessions set hold_fen = hold_fen + 1 where status = 'RUNNING'`],
  [HELD, `update postings set debit_account = 'hold/nothing' where kind = 'payment'`],
  [CHARGED, `update water_sessions set amount_fen = amount_fen - 1 where status = 'ENDED'`],
  [CHARGED, `update payments set means = 'code'`],
])('sees it when broken: %s', async (invariant, sabotage) => {
  const tx = await core.db.pool.connect()
  try {
    await tx.query('begin')
    await tx.query(sabotage)
    expect((await checkBooks(tx)).map((broken) => broken.invariant)).toContain(invariant)
  } finally {
    await tx.query('rollback')
    tx.release()
  }
})
