import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestCampus, paymentOf, type TestCampus } from '../testing/campus.ts'
import { createTransferCalls } from '../testing/transfers.ts'
import { checkBooks } from './check-books.ts'

let campus: TestCampus

beforeAll(async () => {
  campus = await createTestCampus()
  const { personId } = await campus.addPerson({ walletFen: 5000 })
  const poor = await campus.addPerson({ walletFen: 0, bankCard: true })
  for (const [orderNo, owner] of [
    ['paid', personId],
    ['reversed', personId],
    ['refunded', personId],
    ['from-card', poor.personId],
  ] as const) {
    paymentOf(await campus.pay({ orderNo, amountFen: 100, code: await campus.issueCode(owner) }))
  }
  await campus.reverse('reversed')
  await campus.refund('refunded', 'r1', 40)
  await campus.bindWechat(poor.personId)
  const wechatCode = campus.wechat.showCode(await campus.bindWechat(personId))
  paymentOf(await campus.pay({ orderNo: 'by-wechat', amountFen: 100, code: wechatCode }))
  const { topUp, withdraw } = createTransferCalls(campus)
  const saver = await campus.addPerson({ walletFen: 5000, bankCard: true })
  await topUp(saver.personId)
  await withdraw(saver.personId)
  campus.gateway.setFault('decline')
  await withdraw(saver.personId)
  campus.gateway.setFault('silent')
  await withdraw(saver.personId)
})
afterAll(() => campus.close())

test('the books of an ordinary day are right', async () => {
  expect(await checkBooks(campus.db.pool)).toEqual([])
})

// Each promise, and a change of the tables behind the core's back that breaks it.
test.each([
  ['a wallet equals what its postings add up to', `update payers set wallet_fen = wallet_fen + 1`],
  [
    'a wallet has as many postings as its version says, without a gap',
    `update payers set wallet_version = wallet_version + 1`,
  ],
  [
    'each posting of a wallet states the balance that it leaves',
    `update postings set wallet_fen = wallet_fen + 1 where wallet_version = 2`,
  ],
  [
    'a posting touches a wallet if and only if it has a wallet version',
    `update postings set wallet_version = null, wallet_fen = null where wallet_version = 2`,
  ],
  [
    'a paid order has one payment posting of its amount, an unpaid one none',
    `delete from postings where kind = 'payment' and debit_account = 'clearing/bank'`,
  ],
  [
    'an order that another system’s code paid touches no wallet and counts against no limit (R27, R28)',
    `update payments set spent_on = now() where means = 'wechat'`,
  ],
  [
    'what another system is asked for is an order that was paid with its code, and the other way round',
    `update external_movements set port = 'bank' where port = 'wechat'`,
  ],
  [
    'what another system is asked for is an order that was paid with its code, and the other way round',
    `update payments set means = 'code', channel = 'bank_card' where means = 'wechat'`,
  ],
  [
    'a WeChat is bound to nobody whose wallet is closed or who has left (R27)',
    `update payers set wallet_status = 'closed'`,
  ],
  ['a reversed order nets to zero', `delete from postings where kind = 'reversal'`],
  [
    'the refunds of an order are its refunded amount, and the settled ones are posted',
    `update refunds set amount_fen = amount_fen + 1`,
  ],
  [
    'no posting is about an order that does not exist',
    `update postings set payment_id = '${v7()}' where kind = 'refund'`,
  ],
  [
    'an order that waits outside has an open movement, a settled one has none',
    `update external_movements set state = 'open'`,
  ],
  [
    'clearing postings are what the outside systems were asked for and granted',
    `update external_movements set amount_fen = amount_fen + 1`,
  ],
  [
    'clearing postings are what the outside systems were asked for and granted',
    `update external_movements set outcome = 'declined' where kind = 'debit'`,
  ],
  [
    'clearing postings are what the outside systems were asked for and granted',
    `delete from postings where kind = 'withdrawal_posted'`,
  ],
  [
    'what is in transit is what the bank has not decided of withdrawals',
    `delete from postings where kind = 'withdrawal_voided'`,
  ],
  [
    'what is in transit is what the bank has not decided of withdrawals',
    `update external_movements set state = 'done', outcome = 'succeeded'
      where kind = 'withdrawal' and state = 'open'`,
  ],
  [
    'a withdrawal left its wallet, and was posted or given back as the bank decided',
    `update external_movements set outcome = 'declined'
      where kind = 'withdrawal' and outcome = 'succeeded'`,
  ],
])('sees it when broken: %s', async (invariant, sabotage) => {
  const tx = await campus.db.pool.connect()
  try {
    await tx.query('begin')
    await tx.query(sabotage)
    expect((await checkBooks(tx)).map((broken) => broken.invariant)).toContain(invariant)
  } finally {
    await tx.query('rollback')
    tx.release()
  }
})
