import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { send, signCall, TestSandbox } from '../testing/test-sandbox.ts'
import type { UtilityEntry } from './top-up-book.ts'

let sandbox: TestSandbox
beforeEach(async () => {
  sandbox = await TestSandbox.open({
    bank: [],
    oneCard: [],
    utilities: [
      { utility: 'electricity', accountNo: '3-0412', label: '3号楼 412', balanceFen: -250 },
      {
        ...{ utility: 'network', campus: '云谷校区', accountNo: 'u1', label: '校园网 u1' },
        ...{ balanceFen: 0, tellsBalance: false },
      },
    ],
  })
})
afterEach(() => sandbox.remove())

const where = { schoolId: '1001', utility: 'electricity', campus: '云谷校区' }
const find = (accountNo = '3-0412', more: object = {}) =>
  sandbox.call(sandbox.urls.utilityUrl, 'POST', '/v1/utility-accounts/find', {
    ...{ ...where, accountNo },
    ...more,
  })
const order = (reference: string, amountFen: number, accountNo: string) => ({
  ...{ ...where, reference, accountNo, amountFen },
})
const topUp = (reference = 'utility-1', amountFen = 5_000, accountNo = '3-0412') =>
  sandbox.call(
    sandbox.urls.utilityUrl,
    'POST',
    '/v1/utility-top-ups',
    order(reference, amountFen, accountNo),
  )
const query = (reference = 'utility-1') =>
  sandbox.call(sandbox.urls.utilityUrl, 'GET', `/v1/utility-top-ups/${reference}`)
const cancel = (reference = 'utility-1') =>
  sandbox.call(sandbox.urls.utilityUrl, 'POST', `/v1/utility-top-ups/${reference}/cancel`, {})
const journal = async () =>
  (await sandbox.read<UtilityEntry>('/utility/journal')).map(({ kind }) => kind)

describe('rooms', () => {
  test('have a name and a balance, which top-ups raise', async () => {
    expect((await find()).body).toEqual({
      ...{ accountNo: '3-0412', label: '3号楼 412', balanceFen: -250 },
    })
    await topUp()
    expect((await find()).body.balanceFen).toBe(4_750)
  })

  test('are known by utility and campus, and some tell no balance', async () => {
    const network = { utility: 'network' }
    expect((await find('u1', network)).body.balanceFen).toBeNull()
    for (const more of [{ utility: 'water' }, { ...network, campus: '青江校区' }]) {
      expect(await find('u1', more)).toMatchObject({
        status: 404,
        body: { error: 'ACCOUNT_UNKNOWN' },
      })
    }
  })
})

describe('a top-up', () => {
  test('is credited once per reference and refuses another content under it', async () => {
    const first = await topUp()
    expect(first.body).toMatchObject({ status: 'CONFIRMED', receipt: expect.any(String) })
    expect((await topUp()).body).toEqual(first.body)
    expect((await query()).body).toEqual(first.body)
    expect((await topUp('utility-1', 5_001)).body).toEqual({ error: 'REFERENCE_REUSED' })
    expect(await journal()).toEqual(['confirmed'])
  })

  test('of an unknown room is nothing, and its reference may still be used', async () => {
    expect((await topUp('utility-1', 1, '9-9999')).body).toEqual({ error: 'ACCOUNT_UNKNOWN' })
    expect((await query()).body).toEqual({ error: 'NOT_FOUND' })
    expect((await topUp()).body.status).toBe('CONFIRMED')
  })

  test('cancelled before it came never happens; one that was credited stays', async () => {
    expect((await cancel()).body.status).toBe('REFUSED')
    expect((await topUp()).body.status).toBe('REFUSED')
    await topUp('utility-2')
    expect((await cancel('utility-2')).body.status).toBe('CONFIRMED')
    expect((await find()).body.balanceFen).toBe(4_750)
  })

  test('outlives a restart, which decides what was only accepted', async () => {
    await topUp('utility-1')
    await sandbox.setFault('utility', 'processing', { delayMs: 60_000 })
    expect((await topUp('utility-2')).body.status).toBe('PROCESSING')
    await sandbox.stop()
    await sandbox.start()
    expect((await query('utility-2')).body.status).toBe('CONFIRMED')
    expect((await find()).body.balanceFen).toBe(9_750)
  })
})

describe('faults of a utility', () => {
  test('decline refuses for ever, wrong_room says that there is no such room', async () => {
    await sandbox.setFault('utility', 'decline', { count: 1 })
    expect((await topUp()).body.status).toBe('REFUSED')
    expect((await topUp()).body.status).toBe('REFUSED')
    await sandbox.setFault('utility', 'wrong_room', { count: 1 })
    expect((await topUp('utility-2')).body).toEqual({ error: 'ACCOUNT_UNKNOWN' })
  })

  test('debit_then_drop credits and cuts, twice credits once', async () => {
    await sandbox.setFault('utility', 'debit_then_drop', { count: 1 })
    await expect(topUp()).rejects.toThrow()
    expect((await query()).body.status).toBe('CONFIRMED')
    await sandbox.setFault('utility', 'twice', { count: 1 })
    expect((await topUp('utility-2')).body.status).toBe('CONFIRMED')
    expect((await find()).body.balanceFen).toBe(9_750)
  })

  test('down: connections are refused, until it is back', async () => {
    await sandbox.setFault('utility', 'down')
    await expect(query()).rejects.toThrow()
    await sandbox.setFault('utility', 'none')
    expect((await query()).status).toBe(404)
  })
})

test('nobody but the core gets in', async () => {
  const base = sandbox.urls.utilityUrl
  const call = signCall(base, 'POST', '/v1/utility-top-ups', order('utility-1', 1, '3-0412'))
  const { body, ...rest } = call
  const answer = await send(base, {
    ...rest,
    body: body?.replace('"amountFen":1', '"amountFen":9'),
  })
  expect(answer.status).toBe(401)
})
