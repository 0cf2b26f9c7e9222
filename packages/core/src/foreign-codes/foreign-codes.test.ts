import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Problem } from '@campus-ecode/protocol/problem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { matchDay } from '../matching/match-day.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { writeStatement } from '../statements/write-statement.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createOutsideAccount } from '../testing/outside-account.ts'
import { dayBefore, shiftOneDayBack } from '../testing/shift-days.ts'
import { type BoundPayer, type ForeignCodes, indexPayer } from './foreign-codes.ts'

const ALIPAY = '2812345678901234'
const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)

let core: HttpCore
let out: string
const account = createOutsideAccount()
const payers = new Map<string, BoundPayer>()
beforeAll(async () => {
  core = await createHttpCore()
  out = await mkdtemp(join(tmpdir(), 'foreign-'))
})
afterAll(async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
  await core.close()
  await rm(out, { recursive: true })
})

/** What a provider of Alipay would be, as far as the core sees it: it keeps who has bound what in memory. */
const alipay: ForeignCodes = {
  port: {
    findPayer: async (code) =>
      code === ALIPAY ? { openid: 'ali-1' } : { failed: 'invalid' as const },
    charge: ({ reference, amountFen, authCode, description }) =>
      account.debit({ reference, account: authCode, amountFen, memo: description }),
    query: account.query,
    reverse: account.reverse,
    refund: account.refund,
  },
  findPayer: async (_, schoolId, index) =>
    payers.get(`${schoolId}/${Buffer.from(index).toString('hex')}`),
  refusals: {
    notBound: 'CODE_NOT_RECOGNISED',
    declined: 'BANK_DECLINED',
    timedOut: 'PASSWORD_TIMED_OUT',
    unavailable: 'BANK_UNAVAILABLE',
  },
  takesBack: { reversalDays: 90, refundDays: 90, refundsMax: 100 },
  readBill: async () => [],
}

async function bind(personId: string): Promise<void> {
  const index = await indexPayer(core.services, 'alipay', SCHOOL, 'ali-1')
  const payer = { person_id: personId, class: 'student' as const, masked_name: '林*夏' }
  payers.set(`${SCHOOL}/${Buffer.from(index).toString('hex')}`, payer)
}

const pay = (orderNo: string, amountFen: number, code = ALIPAY) =>
  core.call('pay', { body: { orderNo, amountFen, code } })

async function step() {
  await core.db.pool.query(
    `update external_movements set next_attempt_at = now() where state = 'open'`,
  )
  await driveDueMovements(core.services)
}

it('R28: a kind that nobody takes is refused, and the answer names what is taken', async () => {
  const refused = async () => (await pay('nobody', 100)).body as Problem
  expect(await refused()).toMatchObject({
    code: 'CODE_FOREIGN_NOT_ACCEPTED',
    accepted: ['wechat'],
    message: {
      'zh-CN': '这里不收这种付款码，请出示校园付款码或微信付款码',
      en: "This kind of code is not accepted here; show the campus code or WeChat's",
    },
  })
  const { ports } = core.services
  const { foreignCodes } = ports
  ports.foreignCodes = {}
  expect((await refused()).message['zh-CN']).toBe('这里不收这种付款码，请出示校园付款码')
  ports.foreignCodes = foreignCodes
  const order = await core.call('getPayment', { params: { orderNo: 'nobody' } })
  expect(order.body.code).toBe('ORDER_NOT_FOUND')
})

it('R28: a provider that is given switches its kind on: paid, asked after, reversed, refunded, in bill, statement and matching under its own word', async () => {
  core.services.ports.foreignCodes.alipay = alipay
  expect((await pay('unbound', 1_000)).body.code).toBe('CODE_NOT_RECOGNISED')
  const { personId } = await core.addPerson({ personClass: 'student' })
  await bind(personId)
  expect((await pay('other', 1_000, '2812345678901235')).body.code).toBe('CODE_NOT_RECOGNISED')

  const paid = { status: 'PAID', channel: 'alipay', means: 'alipay', amountFen: 900 }
  expect((await pay('kept', 1_000)).body).toMatchObject(paid)
  expect((await pay('kept', 1_000)).body).toMatchObject(paid)
  expect(account.calls.filter((call) => call === 'debit')).toHaveLength(1)
  expect((await core.payer(personId)).wallet_fen).toBe(10_000)

  account.setFault('drop_answer')
  expect((await pay('late', 2_000)).body).toMatchObject({ status: 'UNKNOWN', means: 'alipay' })
  account.setFault('none')
  await step()
  const late = await core.call('getPayment', { params: { orderNo: 'late' } })
  expect(late.body).toMatchObject({ ...paid, amountFen: 1_800 })

  account.setFault('decline')
  expect((await pay('declined', 500)).body.code).toBe('BANK_DECLINED')
  account.setFault('down')
  expect((await pay('down', 500)).body.code).toBe('BANK_UNAVAILABLE')
  account.setFault('none')

  await pay('undone', 3_000)
  const undone = await core.call('reverse', { params: { orderNo: 'undone' }, body: {} })
  expect(undone.body.status).toBe('REVERSED')
  const refund = { params: { orderNo: 'kept' }, body: { refundNo: 'r', amountFen: 400 } }
  expect((await core.call('refund', refund)).body).toMatchObject({
    status: 'REFUNDED',
    channel: 'alipay',
  })
  expect(account.netFen()).toBe(900 - 400 + 1_800)

  const bill = await core.call('getBill', {
    params: { personId },
    query: { month, channel: 'alipay' },
  })
  expect(bill.body).toMatchObject({ outFen: 900 + 1_800 + 2_700, inFen: 2_700 + 400 })
  expect(bill.body.entries[0]).toMatchObject({ kind: 'refund', channel: 'alipay' })

  await shiftOneDayBack(core.db.pool)
  const day = await dayBefore(core.db.pool, 1)
  const written = await writeStatement(
    core.services,
    { schoolId: SCHOOL, day, merchantId: null },
    { out },
  )
  if ('refused' in written) throw new Error(written.refused)
  const channels = written.statement.merchants.flatMap((merchant) => merchant.channels)
  expect(channels).toMatchObject([{ channel: 'alipay', netFen: 2_300, reversalFen: 2_700 }])
  const table = await readFile(join(written.folder, 'entries-1.csv'), 'utf8')
  expect(table).toContain('支付宝付款码,支付宝,学生')

  const { rows } = await core.db.pool.query<{ reference: string; fen: number }>(
    `select reference, case kind when 'refund' then -amount_fen else amount_fen end as fen
       from external_movements where port = 'alipay' and outcome = 'succeeded'`,
  )
  const matched = await matchDay(core.db, { schoolId: SCHOOL, port: 'alipay', day }, () => rows)
  expect(matched).toMatchObject({ matched: { here_fen: 2_300, there_fen: 2_300 }, differences: [] })
})

it('what is taken no more is not forgotten: an order that is open waits until somebody takes its kind again', async () => {
  const { ports } = core.services
  account.setFault('silent')
  expect((await pay('open', 700)).body.status).toBe('UNKNOWN')
  account.setFault('none')
  delete ports.foreignCodes.alipay
  await step()
  const look = async () =>
    (await core.call('getPayment', { params: { orderNo: 'open' } })).body.status
  expect(await look()).toBe('UNKNOWN')
  ports.foreignCodes.alipay = alipay
  await core.db.pool.query(`update external_movements set created_at = now() - interval '2 minutes'
                             where state = 'open'`)
  await step()
  expect(await look()).toBe('REFUSED')
})
