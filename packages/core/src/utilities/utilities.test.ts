import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { findWaitingPayment } from '../approvals/store.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { addUtility } from '../testing/utilities.ts'
import { refundTopUpAgain } from './refund-again.ts'

const ROOM = '3-0412'

let core: HttpCore
let utilityId: string

beforeAll(async () => {
  core = await createHttpCore()
  utilityId = await addUtility(core)
})
afterEach(() => {
  core.utility.setFault('none')
  core.bank.setFault('none')
})
afterAll(async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
  await core.close()
})

const walletOf = async (personId: string) => (await core.payer(personId)).wallet_fen
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) =>
  body.code ?? status

async function addPerson(options: Parameters<HttpCore['addPerson']>[0] = {}): Promise<string> {
  const { personId } = await core.addPerson(options)
  await setPassword(core, personId)
  return personId
}

const begin = (personId: string, { topUpId = v7(), accountNo = ROOM, amountFen = 5_000 } = {}) =>
  core.call('topUpUtility', {
    params: { personId, utilityId },
    body: { topUpId, accountNo, amountFen },
  })

async function confirm(personId: string, paymentId: string) {
  const approvalId = await approve(core, personId, { kind: 'pay', paymentId })
  return core.call('confirmPayment', { params: { personId, paymentId }, body: { approvalId } })
}

/** Begun and paid with the password; not yet delivered. */
async function pay(personId: string, options: Parameters<typeof begin>[1] = {}): Promise<string> {
  const { body } = await begin(personId, options)
  expect(body.status).toBe('AWAITING_PASSWORD')
  await confirm(personId, body.entry.paymentId)
  return body.topUpId
}

/** Lets the worker try now what it would try later. */
async function drive(): Promise<void> {
  await core.db.pool.query(
    `update external_movements set next_attempt_at = now() where state = 'open'`,
  )
  await driveDueMovements(core.services)
}

const look = async (personId: string, topUpId: string) =>
  (await core.call('getUtilityTopUp', { params: { personId, topUpId } })).body

describe('a top-up of a utility (R39)', () => {
  it('waits for the password, takes the wallet, and is delivered with a receipt', async () => {
    const personId = await addPerson()
    const begun = await begin(personId)
    expect([begun.status, begun.body]).toMatchObject([
      202,
      {
        ...{ status: 'AWAITING_PASSWORD', accountNo: ROOM, label: '3号楼 412', receipt: null },
        entry: { means: 'utility', amountFen: 5_000, status: 'AWAITING_PASSWORD' },
      },
    ])
    const { topUpId, entry } = begun.body
    expect(await walletOf(personId)).toBe(10_000)
    expect((await confirm(personId, entry.paymentId)).status).toBe(200)
    expect(await walletOf(personId)).toBe(5_000)
    expect((await look(personId, topUpId)).status).toBe('PROCESSING')
    await drive()
    expect(await look(personId, topUpId)).toMatchObject({
      ...{ status: 'CONFIRMED', receipt: '3021-4410', entry: { status: 'PAID' } },
    })
    const { rows } = await core.db.pool.query(
      `select detail ->> 'change' as change from events where person_id = $1 and kind = 'wallet'`,
      [personId],
    )
    expect(rows).toEqual([{ change: 'utility' }])
  })

  it('is begun once, whatever is repeated, and refuses the id for anything else', async () => {
    const personId = await addPerson()
    const topUpId = v7()
    const first = await begin(personId, { topUpId })
    core.utility.setFault('down')
    const again = await begin(personId, { topUpId })
    expect(again.body).toEqual(first.body)
    core.utility.setFault('none')
    for (const other of [{ amountFen: 5_001 }, { accountNo: '3-0413' }]) {
      expect(codeOf(await begin(personId, { topUpId, ...other }))).toBe('TRANSFER_ID_REUSED')
    }
    expect(codeOf(await begin(await addPerson(), { topUpId }))).toBe('TRANSFER_ID_REUSED')
    const stranger = { params: { personId: await addPerson(), topUpId } }
    expect(await core.refused('getUtilityTopUp', stranger)).toBe('TRANSFER_NOT_FOUND')
  })

  it('is refunded to the wallet, all of it, when the utility will not take it', async () => {
    for (const fault of ['refuse', 'wrong_room'] as const) {
      const personId = await addPerson()
      const before = core.utility.creditedFen()
      core.utility.setFault(fault)
      const topUpId = await pay(personId)
      await drive()
      expect(await look(personId, topUpId)).toMatchObject({ status: 'REFUNDED', receipt: null })
      expect(await walletOf(personId)).toBe(10_000)
      await drive()
      expect(await walletOf(personId)).toBe(10_000)
      expect(core.utility.creditedFen()).toBe(before)
    }
  })

  it('gives the day its allowance back with the money, though refunds give none (R15)', async () => {
    const personId = await addPerson()
    core.utility.setFault('refuse')
    await pay(personId)
    expect((await core.payer(personId)).spent_fen).toBe(5_000)
    await drive()
    expect((await core.payer(personId)).spent_fen).toBe(0)
  })

  it('stays open, with an alarm, while the utility says that it credited another amount', async () => {
    const personId = await addPerson()
    core.utility.setFault('yuan_for_fen')
    const topUpId = await pay(personId)
    await drive()
    expect((await look(personId, topUpId)).status).toBe('PROCESSING')
    expect(core.logged.join('')).toContain('alarm: another amount was moved outside')
    // Put right by whoever looks after it there.
    core.utility.setFault('none')
    await drive()
    expect((await look(personId, topUpId)).status).toBe('CONFIRMED')
  })

  it('names the room where the password is typed, as the utility named it when it was begun', async () => {
    const personId = await addPerson()
    const { body } = await begin(personId)
    const { paymentId } = body.entry
    const named = await findWaitingPayment(core.db.pool, '1001', paymentId, personId)
    expect(named).toEqual({ amount_fen: 5_000, merchant: `${body.name} 3号楼 412` })
    await core.call('declinePayment', { params: { personId, paymentId } })
  })

  it('is refunded at once when the utility was not there at all', async () => {
    const personId = await addPerson()
    const { body } = await begin(personId)
    core.utility.setFault('down')
    await confirm(personId, body.entry.paymentId)
    await drive()
    expect((await look(personId, body.topUpId)).status).toBe('REFUNDED')
    expect(await walletOf(personId)).toBe(10_000)
  })

  it('stays open when the utility knows no such room any more and then is not there', async () => {
    const personId = await addPerson()
    const { body } = await begin(personId)
    core.utility.setFault('wrong_room')
    await confirm(personId, body.entry.paymentId)
    const { cancel } = core.utility
    core.utility.cancel = async () => ({ ok: false, reason: 'NOT_SENT' })
    await drive()
    core.utility.cancel = cancel
    expect((await look(personId, body.topUpId)).status).toBe('PROCESSING')
    expect(await walletOf(personId)).toBe(5_000)
    await drive()
    expect((await look(personId, body.topUpId)).status).toBe('REFUNDED')
    expect(await walletOf(personId)).toBe(10_000)
  })

  it('stays open while the utility is silent, and ends as the utility says', async () => {
    const personId = await addPerson()
    const before = core.utility.creditedFen()
    const { body } = await begin(personId)
    core.utility.setFault('silent')
    await confirm(personId, body.entry.paymentId)
    await drive()
    await drive()
    expect((await look(personId, body.topUpId)).status).toBe('PROCESSING')
    expect(await walletOf(personId)).toBe(5_000)
    core.utility.setFault('none')
    await drive()
    expect((await look(personId, body.topUpId)).status).toBe('CONFIRMED')
    expect(core.utility.creditedFen() - before).toBe(5_000)
  })

  it('is credited once when the answer was lost', async () => {
    const personId = await addPerson()
    const before = core.utility.creditedFen()
    const { body } = await begin(personId)
    core.utility.setFault('drop_answer')
    await confirm(personId, body.entry.paymentId)
    await drive()
    await drive()
    expect((await look(personId, body.topUpId)).status).toBe('PROCESSING')
    core.utility.setFault('none')
    await drive()
    expect((await look(personId, body.topUpId)).status).toBe('CONFIRMED')
    expect(core.utility.creditedFen() - before).toBe(5_000)
  })

  it('is called off, and only then refunded, when it never arrived for ten minutes', async () => {
    const personId = await addPerson()
    const { body } = await begin(personId)
    core.utility.setFault('silent')
    await confirm(personId, body.entry.paymentId)
    await drive()
    await core.db.pool.query(
      `update external_movements set created_at = created_at - interval '11 minutes'
        where kind = 'utility_top_up' and state = 'open'`,
    )
    core.utility.setFault('none')
    core.utility.calls.length = 0
    await drive()
    expect(core.utility.calls).toEqual(['query', 'cancel'])
    expect((await look(personId, body.topUpId)).status).toBe('REFUNDED')
    expect(await walletOf(personId)).toBe(10_000)
  })

  it('stays refunded when a late answer says that it was credited after all, and an alarm says so', async () => {
    const personId = await addPerson()
    const { topUp } = core.utility
    let sayYes: (() => void) | undefined
    core.utility.topUp = ({ reference, amountFen }) =>
      new Promise((resolve) => {
        const at = new Date().toISOString()
        const value = { reference, status: 'CONFIRMED', amountFen, receipt: null, at } as const
        sayYes = () => resolve({ ok: true, value })
      })
    const topUpId = await pay(personId)
    const hanging = drive()
    await vi.waitFor(() => expect(sayYes).toBeDefined(), 10_000)
    core.utility.topUp = topUp
    await core.db.pool.query(
      `update external_movements set created_at = created_at - interval '11 minutes'
        where kind = 'utility_top_up' and state = 'open'`,
    )
    await drive()
    expect((await look(personId, topUpId)).status).toBe('REFUNDED')
    sayYes?.()
    await hanging
    expect((await look(personId, topUpId)).status).toBe('REFUNDED')
    expect(await walletOf(personId)).toBe(10_000)
    expect(core.logged.join('')).toContain('alarm: a top-up was credited after its no')
  })

  it('waits for a utility that decides later', async () => {
    const personId = await addPerson()
    core.utility.setFault('processing')
    const topUpId = await pay(personId)
    await drive()
    await drive()
    expect((await look(personId, topUpId)).status).toBe('PROCESSING')
    expect(await walletOf(personId)).toBe(5_000)
    const { rows } = await core.db.pool.query(
      `select reference from external_movements where kind = 'utility_top_up' and state = 'open'`,
    )
    await core.utility.cancel(rows[0].reference)
    await drive()
    expect((await look(personId, topUpId)).status).toBe('REFUNDED')
  })

  it('takes the card where the wallet is short, and gives back to the card (R13)', async () => {
    const personId = await addPerson({ walletFen: 100, bankCard: true })
    const takenFen = core.bank.netFen()
    core.utility.setFault('refuse')
    const topUpId = await pay(personId)
    expect(core.bank.netFen() - takenFen).toBe(5_000)
    await drive()
    expect(await look(personId, topUpId)).toMatchObject({
      ...{ status: 'REFUNDED', entry: { channel: 'bank_card' } },
    })
    expect(core.bank.netFen()).toBe(takenFen)
    expect(await walletOf(personId)).toBe(100)
  })

  it('is still on its way back while the bank is silent about the refund', async () => {
    const personId = await addPerson({ walletFen: 0, bankCard: true })
    core.utility.setFault('refuse')
    const topUpId = await pay(personId)
    core.bank.setFault('silent')
    await drive()
    expect((await look(personId, topUpId)).status).toBe('PROCESSING')
    core.bank.setFault('none')
    await drive()
    expect((await look(personId, topUpId)).status).toBe('REFUNDED')
  })

  it('stays open, with an alarm, when the bank will not take the refund', async () => {
    const personId = await addPerson({ walletFen: 0, bankCard: true })
    const takenFen = core.bank.netFen()
    core.utility.setFault('refuse')
    const topUpId = await pay(personId)
    core.bank.setFault('decline')
    await drive()
    expect((await look(personId, topUpId)).status).toBe('PROCESSING')
    expect(core.bank.netFen() - takenFen).toBe(5_000)
    expect(core.logged.join('')).toContain('alarm: a top-up could not be refunded')

    // Whoever looks after it asks again, once the bank says that it will: one refund, whoever asks how often.
    const { rows } = await core.db.pool.query(
      'select payment_id, school_id from payments where order_no = $1',
      [topUpId],
    )
    const { payment_id: paymentId, school_id: schoolId } = rows[0]
    const again = () => refundTopUpAgain(core.services, schoolId, paymentId)
    expect(await again()).toBe('DECLINED')
    expect(await checkBooks(core.db.pool)).toEqual([])
    core.bank.setFault('none')
    const outcomes = await Promise.all([again(), again()])
    expect(outcomes.sort()).toEqual(['REFUNDED', undefined])
    expect((await look(personId, topUpId)).status).toBe('REFUNDED')
    expect(core.bank.netFen()).toBe(takenFen)
    expect(await again()).toBeUndefined()
  })

  it('is not returned by hand where it was delivered, or may be yet', async () => {
    const personId = await addPerson({ walletFen: 10_000 })
    const paymentOf = async (topUpId: string) =>
      (await core.db.pool.query('select * from payments where order_no = $1', [topUpId])).rows[0]
    const delivered = await paymentOf(await pay(personId))
    core.utility.setFault('processing')
    const open = await paymentOf(await pay(personId))
    for (const { school_id: schoolId, payment_id: paymentId } of [delivered, open]) {
      expect(await refundTopUpAgain(core.services, schoolId, paymentId)).toBeUndefined()
    }
    expect(await refundTopUpAgain(core.services, '1001', v7())).toBeUndefined()
    core.utility.setFault('none')
    await drive()
  })

  it('keeps the wallet open as long as it may come back', async () => {
    const personId = await addPerson({ walletFen: 5_000 })
    core.utility.setFault('processing')
    await pay(personId)
    await drive()
    const close = async () => {
      const approvalId = await approve(core, personId, { kind: 'close_wallet' })
      return codeOf(await core.call('closeWallet', { params: { personId }, body: { approvalId } }))
    }
    expect(await close()).toBe('TRANSFER_PENDING')
    const { rows } = await core.db.pool.query(
      `select reference from external_movements
        where kind = 'utility_top_up' and state = 'open' and person_id = $1`,
      [personId],
    )
    await core.utility.cancel(rows[0].reference)
    await drive()
    expect(await walletOf(personId)).toBe(5_000)
    expect(await close()).toBe('BALANCE_NOT_ZERO')
  })

  it('comes to nothing when the person declines, and the room gets nothing', async () => {
    const personId = await addPerson()
    const { body } = await begin(personId)
    const { paymentId } = body.entry
    await core.call('declinePayment', { params: { personId, paymentId } })
    core.utility.calls.length = 0
    await drive()
    expect((await look(personId, body.topUpId)).status).toBe('REFUSED')
    expect(core.utility.calls).toEqual([])
  })

  it('gives the room the whole amount where the price differs by class (R4)', async () => {
    const name = { 'zh-CN': '学生补贴', en: 'Student subsidy' }
    const subsidised = await addUtility(core, {
      rules: [{ class: 'student', permille: 900, name }],
    })
    const personId = await addPerson({ personClass: 'student' })
    const before = core.utility.creditedFen()
    const { body } = await core.call('topUpUtility', {
      params: { personId, utilityId: subsidised },
      body: { topUpId: v7(), accountNo: ROOM, amountFen: 5_000 },
    })
    await confirm(personId, body.entry.paymentId)
    await drive()
    expect(await walletOf(personId)).toBe(5_500)
    expect(core.utility.creditedFen() - before).toBe(5_000)
  })
})

describe('what refuses a top-up', () => {
  it('a utility that is not the person’s campus’s, or is switched off (R40)', async () => {
    const personId = await addPerson()
    await core.db.pool.query(`update people set campus = '西校区' where person_id = $1`, [personId])
    const body = { topUpId: v7(), accountNo: ROOM, amountFen: 1 }
    for (const other of [
      await addUtility(core, { campus: '东校区' }),
      await addUtility(core, { enabled: false }),
      v7(),
    ]) {
      const params = { personId, utilityId: other }
      expect(await core.refused('topUpUtility', { params, body })).toBe('UTILITY_UNKNOWN')
    }
  })

  it('a room that the utility does not know, and a utility that does not answer', async () => {
    const personId = await addPerson()
    expect(codeOf(await begin(personId, { accountNo: '9-9999' }))).toBe('UTILITY_ACCOUNT_UNKNOWN')
    for (const fault of ['silent', 'down'] as const) {
      core.utility.setFault(fault)
      expect(codeOf(await begin(personId))).toBe('UTILITY_NOT_REACHABLE')
    }
    expect(await walletOf(personId)).toBe(10_000)
  })

  it('what refuses any payment: no password, no money, over a limit', async () => {
    const { personId } = await core.addPerson()
    expect(codeOf(await begin(personId))).toBe('PASSWORD_REQUIRED')
    expect(codeOf(await begin(await addPerson({ walletFen: 4_999 })))).toBe('INSUFFICIENT_FUNDS')
    expect(codeOf(await begin(await addPerson(), { amountFen: 20_001 }))).toBe('OVER_SINGLE_LIMIT')
  })
})

describe('looking for a room', () => {
  const find = (personId: string, accountNo: string) =>
    core.call('findUtilityAccount', { params: { personId, utilityId }, body: { accountNo } })

  it('tells its name and balance, which may be owed', async () => {
    const personId = await addPerson()
    const { body } = await find(personId, ROOM)
    expect(body).toEqual({ accountNo: ROOM, label: '3号楼 412', balanceFen: -250 })
    expect(codeOf(await find(personId, '9-9999'))).toBe('UTILITY_ACCOUNT_UNKNOWN')
  })

  it('is limited, so that nobody leafs through a house', async () => {
    const personId = await addPerson()
    await core.db.pool.query(
      `insert into utility_look_ups (school_id, person_id) select '1001', $1 from generate_series(1, 30)`,
      [personId],
    )
    core.utility.calls.length = 0
    const refused = await find(personId, ROOM)
    expect(codeOf(refused)).toBe('RATE_LIMITED')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(codeOf(await begin(personId))).toBe('RATE_LIMITED')
    expect(core.utility.calls).toEqual([])
  })
})

describe('the list of utilities', () => {
  it('has those of the person’s campus with the rooms topped up before', async () => {
    const personId = await addPerson()
    await core.db.pool.query(`update people set campus = '西校区' where person_id = $1`, [personId])
    const there = await addUtility(core, { campus: '西校区' })
    const elsewhere = await addUtility(core, { campus: '东校区' })
    await pay(personId)
    await begin(personId) // Not paid: not shown.
    const { body } = await core.call('getUtilities', { params: { personId } })
    const byId = new Map(
      body.utilities.map((one: { utilityId: string }) => [one.utilityId, one] as const),
    )
    expect(byId.has(elsewhere)).toBe(false)
    expect(byId.get(there)).toMatchObject({ recent: [] })
    expect(byId.get(utilityId)).toMatchObject({
      kind: 'electricity',
      accountWord: { en: 'Room' },
      recent: [{ accountNo: ROOM, label: '3号楼 412' }],
    })
    await drive()
  })

  it('is empty where no utility can be reached at all', async () => {
    const without = await createHttpCore((services) => ({
      ...services,
      ports: { ...services.ports, utility: undefined },
    }))
    const { personId } = await without.addPerson()
    const other = await addUtility(without)
    const { body } = await without.call('getUtilities', { params: { personId } })
    expect(body).toEqual({ utilities: [] })
    const params = { personId, utilityId: other }
    const find = { params, body: { accountNo: ROOM } }
    expect(await without.refused('findUtilityAccount', find)).toBe('UTILITY_NOT_REACHABLE')
    await without.close()
  })
})

describe('the books of utilities', () => {
  const PROMISE =
    'a paid utility was delivered or refunded or is on its way, and never two of these'

  it.each([
    [
      `update external_movements set outcome = 'declined' where kind = 'utility_top_up' and outcome = 'succeeded'`,
    ],
    [
      `update external_movements set outcome = 'succeeded' where kind = 'utility_top_up' and outcome = 'declined'`,
    ],
    [`delete from external_movements where kind = 'utility_top_up'`],
    [`update external_movements set amount_fen = amount_fen + 1 where kind = 'utility_top_up'`],
  ])('see it when broken: %s', async (sabotage) => {
    const confirmed = await pay(await addPerson())
    await drive()
    core.utility.setFault('refuse')
    await pay(await addPerson())
    await drive()
    expect(confirmed).toBeTruthy()
    const tx = await core.db.pool.connect()
    try {
      await tx.query('begin')
      await tx.query(sabotage)
      expect((await checkBooks(tx)).map(({ invariant }) => invariant)).toContain(PROMISE)
    } finally {
      await tx.query('rollback')
      tx.release()
    }
  })
})
