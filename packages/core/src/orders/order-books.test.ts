import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { payFromPhone } from '../payments/pay-from-phone.ts'
import { setPassword } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createOnlineTerminal } from './testing/online-terminal.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
  const { key } = await createOnlineTerminal(core)
  const { personId } = await core.addPerson({ walletFen: 50_000 })
  const { personId: poor } = await core.addPerson({ walletFen: 1 })
  await setPassword(core, personId)
  const create = async () => {
    const body = { orderNo: v7(), amountFen: 1_000, description: '午餐', expiresInSeconds: 900 }
    return (await core.call('createOrder', { key, body })).body
  }
  const pay = (orderId: string, who: string) => {
    const body = { paymentNo: v7(), account: 'wallet' }
    return core.call('payOrder', { params: { personId: who, orderId }, body })
  }
  const [paid, closed] = [await create(), await create(), await create()]
  await pay(paid.orderId, poor)
  await pay(paid.orderId, personId)
  await core.call('closeOrder', { key, params: { orderNo: closed.orderNo }, body: {} })
  const caller = { kind: 'bff', keyId: 'bff-1' } as const
  const ctx = { caller, nonce: v7(), proofJti: undefined, claimNonce: async () => {} }
  await payFromPhone(core.services, ctx, {
    ...{ schoolId: SCHOOL, personId, merchantId: core.merchantId, orderNo: v7() },
    ...{ terminalId: core.terminal.terminalId, contentHash: Buffer.alloc(32), listFen: 100 },
    ...{ account: 'wallet', means: 'collection', needsPassword: true },
  })
})
afterAll(() => core.close())

test('the books of an ordinary day are right', async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
})

const PAID = "select terminal_id, order_no from payments where means = 'order' and status = 'PAID'"

// Each promise, and a change of the tables behind the core's back that breaks it.
test.each([
  [
    'an online order is marked with the one payment that paid it (R38)',
    'update online_orders set payment_id = null',
  ],
  [
    'an online order is marked with the one payment that paid it (R38)',
    'update online_orders set payment_id = gen_random_uuid() where payment_id is not null',
  ],
  [
    'an online order has one payment at most that is paid or under way (R38)',
    `drop index payments_of_orders;
     update payments p set status = 'AWAITING_PASSWORD'
       from (${PAID}) paid
      where p.status = 'REFUSED' and p.terminal_id = paid.terminal_id`,
  ],
  [
    'a closed online order has a tombstone where its next payment would stand (R38)',
    'update online_orders set closed_at = now() where payment_id is null',
  ],
  [
    'a closed online order has a tombstone where its next payment would stand (R38)',
    'delete from payments where content_hash is null',
  ],
  [
    'a payment of an online order names one, and its price (R38)',
    'update online_orders set list_fen = list_fen + 1',
  ],
  [
    'what static codes took in a day is what counts against their ceiling (R15)',
    'update payers set static_fen = static_fen + 1',
  ],
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
