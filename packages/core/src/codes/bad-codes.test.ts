import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestCampus, paymentOf, type TestCampus } from '../testing/campus.ts'

let campus: TestCampus
let orders = 0
const nobody = `7110017${'0'.repeat(17)}`

beforeAll(async () => {
  campus = await createTestCampus()
})
afterAll(() => campus.close())

test('three codes of nobody in a row pause a terminal for five seconds', async () => {
  const till = await campus.addTerminal()
  const { personId } = await campus.addPerson()
  const pay = (code: string) => campus.pay({ orderNo: `b-${++orders}`, amountFen: 1, code }, till)
  for (let wrong = 0; wrong < 3; wrong++)
    expect(await pay(nobody)).toEqual({ refused: 'CODE_NOT_RECOGNISED' })
  const code = await campus.issueCode(personId)
  expect(await pay(code)).toEqual({ refused: 'TERMINAL_PAUSED', retryAfterSeconds: 5 })
  campus.moveClock(5_100)
  expect(paymentOf((await pay(code)) as never).status).toBe('PAID')
  campus.moveClock(-5_100)
})

test('a genuine code in between ends the row, and an order that exists is answered in the pause', async () => {
  const till = await campus.addTerminal()
  const { personId } = await campus.addPerson()
  const pay = (code: string, orderNo = `b-${++orders}`) =>
    campus.pay({ orderNo, amountFen: 1, code }, till)
  const code = await campus.issueCode(personId)
  await pay(nobody)
  await pay(nobody)
  const first = await pay(code, 'kept')
  for (let wrong = 0; wrong < 2; wrong++)
    expect(await pay(nobody)).toEqual({ refused: 'CODE_NOT_RECOGNISED' })
  await pay(nobody)
  expect(await pay(await campus.issueCode(personId))).toMatchObject({ refused: 'TERMINAL_PAUSED' })
  expect(await pay(code, 'kept')).toEqual(first)
})

test('ten within five minutes lock a terminal, which opens by itself', async () => {
  const till = await campus.addTerminal()
  const { personId } = await campus.addPerson()
  const pay = (code: string) => campus.pay({ orderNo: `b-${++orders}`, amountFen: 1, code }, till)
  for (let wrong = 1; wrong <= 10; wrong++) {
    expect(await pay(nobody)).toEqual({ refused: 'CODE_NOT_RECOGNISED' })
    if (wrong % 3 === 0) {
      await campus.db.pool.query(
        'update terminals set paused_until = null where terminal_id = $1',
        [till.terminalId],
      )
    }
  }
  expect(await pay(await campus.issueCode(personId))).toMatchObject({ refused: 'TERMINAL_LOCKED' })
  campus.moveClock(15 * 60_000)
  expect(await pay(nobody)).toEqual({ refused: 'CODE_NOT_RECOGNISED' })
  campus.moveClock(-15 * 60_000)
})

test('five wrong one-time parts switch a device’s codes off, not its issued ones', async () => {
  const { personId } = await campus.addPerson()
  const phone = await campus.enrolPhone(personId)
  const code = await campus.drawCode(phone)
  const wrong = code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10)
  for (let tries = 0; tries < 5; tries++) {
    const till = await campus.addTerminal()
    expect(await campus.pay({ orderNo: 'w', amountFen: 1, code: wrong }, till)).toEqual({
      refused: 'CODE_NOT_RECOGNISED',
    })
  }
  expect(await campus.pay({ orderNo: 'paused', amountFen: 1, code })).toEqual({
    refused: 'DEVICE_CODES_PAUSED',
  })
  const issued = await campus.issueCode(personId)
  expect(
    paymentOf((await campus.pay({ orderNo: 'ok', amountFen: 1, code: issued })) as never).status,
  ).toBe('PAID')
})

test('without contact for ten minutes a device’s codes are capped by amount, day and count', async () => {
  const { personId } = await campus.addPerson({ walletFen: 100_000 })
  const phone = await campus.enrolPhone(personId)
  await campus.db.pool.query(
    `update devices set last_contact_at = now() - interval '11 minutes' where device_id = $1`,
    [phone.deviceId],
  )
  const pay = async (amountFen: number) => {
    await campus.db.pool.query('update devices set last_step = 0 where device_id = $1', [
      phone.deviceId,
    ])
    const code = await campus.drawCode(phone)
    const answer = await campus.pay({ orderNo: `off-${++orders}`, amountFen, code })
    return 'refused' in answer ? answer.refused : paymentOf(answer).status
  }
  expect(await pay(10_001)).toBe('DEVICE_OFFLINE_CAP')
  for (const amountFen of [10_000, 10_000, 9_000]) expect(await pay(amountFen)).toBe('PAID')
  expect(await pay(1_001)).toBe('DEVICE_OFFLINE_CAP')
  expect(await pay(1)).toBe('PAID')
  expect(await pay(1)).toBe('PAID')
  expect(await pay(1)).toBe('DEVICE_OFFLINE_CAP')
  expect(await campus.payer(personId)).toMatchObject({ offline_fen: 29_002, offline_count: 5 })
})
