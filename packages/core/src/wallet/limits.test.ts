import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { approve } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createWalletPages } from './testing/wallet-pages.ts'

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
})
afterEach(() => core.bank.setFault('none'))
afterAll(async () => {
  expect(await checkBooks(core.services.db.pool)).toEqual([])
  await core.close()
})

const query = (sql: string, values: unknown[]) => core.services.db.pool.query(sql, values)

async function addPerson(walletFen = 0): Promise<string> {
  return (await core.addPerson({ walletFen, bankCard: true })).personId
}

interface Limits {
  singleFen: number
  dailyFen: number
}

/** @param approved What the person approved; nothing without it. */
async function setLimits(personId: string, limits: Limits, approved?: Limits) {
  const approvalId =
    approved && (await approve(core, personId, { kind: 'raise_limits', ...approved }))
  return core.call('setLimits', { params: { personId }, body: { ...limits, approvalId } })
}

async function pay(personId: string, amountFen: number, code?: string): Promise<string> {
  const body = { orderNo: v7(), amountFen, code: code ?? (await core.issueCode(personId)) }
  const { body: answer } = await core.call('pay', { body })
  return answer.code ?? answer.status
}

const LOW = { singleFen: 5_000, dailyFen: 10_000 }
const START = { singleFen: 20_000, dailyFen: 100_000 }

describe('setLimits (R15)', () => {
  it('lowers at once, without the password, and tells it once', async () => {
    const personId = await addPerson(50_000)
    const happened = await pages.watch(personId)
    for (let i = 0; i < 2; i++) {
      const { status, body } = await setLimits(personId, LOW)
      expect([status, body.limits]).toMatchObject([200, LOW])
    }
    expect(await happened()).toEqual(['limits'])
    expect(await pay(personId, 5_001)).toBe('OVER_SINGLE_LIMIT')
    expect([await pay(personId, 5_000), await pay(personId, 4_000)]).toEqual(['PAID', 'PAID'])
    expect(await pay(personId, 1_001)).toBe('OVER_DAILY_LIMIT')
    expect((await pages.getWallet(personId)).limits).toMatchObject({ spentTodayFen: 9_000 })
    const accounts = await core.call('getAccounts', { params: { personId } })
    expect(accounts.body.limits).toEqual({ ...LOW, spentTodayFen: 9_000 })
  })

  it('raises with an approval of just these limits', async () => {
    const personId = await addPerson()
    await setLimits(personId, LOW)
    const higher = { singleFen: 6_000, dailyFen: 10_000 }
    for (const approved of [undefined, LOW, { ...higher, dailyFen: 10_001 }]) {
      const { body } = await setLimits(personId, higher, approved)
      expect(body.code).toBe('APPROVAL_INVALID')
    }
    expect((await pages.getWallet(personId)).limits).toMatchObject(LOW)
    expect((await setLimits(personId, higher, higher)).body.limits).toMatchObject(higher)
    // Said again it rises no more, so no approval is needed: an answer that was lost does no harm.
    expect((await setLimits(personId, higher)).body.limits).toMatchObject(higher)
  })

  it('needs the password when either limit rises, though the other falls', async () => {
    const personId = await addPerson()
    await setLimits(personId, LOW)
    for (const limits of [
      { singleFen: 4_000, dailyFen: 10_001 },
      { singleFen: 5_001, dailyFen: 9_000 },
    ]) {
      expect((await setLimits(personId, limits)).body.code).toBe('APPROVAL_INVALID')
      expect((await setLimits(personId, limits, limits)).status).toBe(200)
      await setLimits(personId, LOW, LOW)
    }
  })

  it('LIMIT_ABOVE_CEILING above what the school’s contract allows, to the fen', async () => {
    const personId = await addPerson()
    const { ceilingFen } = (await pages.getWallet(personId)).limits
    const ceiling = { singleFen: ceilingFen, dailyFen: ceilingFen }
    expect((await setLimits(personId, ceiling, ceiling)).status).toBe(200)
    for (const above of [
      { singleFen: ceilingFen, dailyFen: ceilingFen + 1 },
      { singleFen: ceilingFen + 1, dailyFen: ceilingFen },
    ]) {
      expect((await setLimits(personId, above, above)).body.code).toBe('LIMIT_ABOVE_CEILING')
    }
    expect((await pages.getWallet(personId)).limits).toMatchObject(ceiling)
  })

  it('LIMIT_SINGLE_ABOVE_DAILY, and AMOUNT_INVALID for what is no amount', async () => {
    const personId = await addPerson()
    const crossed = await setLimits(personId, { singleFen: 5_001, dailyFen: 5_000 })
    expect(crossed.body.code).toBe('LIMIT_SINGLE_ABOVE_DAILY')
    for (const singleFen of [0, -1, 0.5]) {
      const { body } = await setLimits(personId, { singleFen, dailyFen: 5_000 })
      expect(body.code).toBe('AMOUNT_INVALID')
    }
    expect((await pages.getWallet(personId)).limits).toMatchObject(START)
  })

  it('spends one approval of two at once with the same', async () => {
    const personId = await addPerson()
    await setLimits(personId, LOW)
    const approvalId = await approve(core, personId, { kind: 'raise_limits', ...START })
    const raise = () =>
      core.call('setLimits', { params: { personId }, body: { ...START, approvalId } })
    expect(await pages.statusesOf([raise(), raise()])).toEqual(['200', '200'])
    await setLimits(personId, LOW)
    expect((await raise()).body.code).toBe('APPROVAL_INVALID')
  })
})

describe('a limit that is lowered in mid-payment', () => {
  it('lets the payment end that the bank is being asked for, and meets the next', async () => {
    const personId = await addPerson()
    core.bank.setFault('silent')
    expect(await pay(personId, 8_000)).toBe('UNKNOWN')
    expect((await setLimits(personId, LOW)).status).toBe(200)
    core.bank.setFault('none')
    await query('update external_movements set next_attempt_at = now() where person_id = $1', [
      personId,
    ])
    await driveDueMovements(core.services)
    const { rows } = await query('select status, amount_fen from payments where person_id = $1', [
      personId,
    ])
    expect(rows).toEqual([{ status: 'PAID', amount_fen: 8_000 }])
    expect(await pay(personId, 2_001)).toBe('OVER_DAILY_LIMIT')
    expect(await pay(personId, 2_000)).toBe('PAID')
  })

  it('refuses the payment that waited for it', async () => {
    const personId = await addPerson(50_000)
    const code = await core.issueCode(personId)
    const paid = await pages.whileHeld(
      personId,
      () => pay(personId, 5_001, code),
      (tx) =>
        tx.query('update payers set single_limit_fen = 5000 where person_id = $1', [personId]),
    )
    expect(paid).toBe('OVER_SINGLE_LIMIT')
  })

  it('waits for a payment, and never undoes what that has written', async () => {
    const personId = await addPerson(50_000)
    const lowered = await pages.whileHeld(
      personId,
      () => setLimits(personId, LOW),
      (tx) =>
        tx.query(
          `update payers set spent_on = (now() at time zone 'Asia/Shanghai')::date, spent_fen = 9999
            where person_id = $1`,
          [personId],
        ),
    )
    expect(lowered.body.limits).toMatchObject({ ...LOW, spentTodayFen: 9_999 })
    expect(await pay(personId, 2)).toBe('OVER_DAILY_LIMIT')
  })

  it('holds from its answer on: what began later stays below it, with many at once', async () => {
    const personId = await addPerson(90_000)
    const codes = await Promise.all(Array.from({ length: 30 }, () => core.issueCode(personId)))
    const early = codes.slice(0, 15).map((code) => pay(personId, 2_000, code))
    const lowered = await setLimits(personId, LOW)
    expect(lowered.status).toBe(200)
    const late = codes.slice(15).map((code) => pay(personId, 2_000, code))
    const paid = (await Promise.all([...early, ...late])).filter((status) => status === 'PAID')
    const { limits, balanceFen } = await pages.getWallet(personId)
    expect(limits.spentTodayFen).toBe(2_000 * paid.length)
    expect(balanceFen).toBe(90_000 - 2_000 * paid.length)
    const alreadyFen = 2_000 * (await Promise.all(early)).filter((s) => s === 'PAID').length
    expect(limits.spentTodayFen).toBeLessThanOrEqual(Math.max(alreadyFen, 10_000))
  })
})

describe('fifty payments of one person at the edge of the day’s limit at once', () => {
  // A success ends the person's other codes (R18), so that each payment needs one that is drawn alone.
  async function payWith(personId: string, amountFen: number): Promise<string> {
    for (;;) {
      const status = await pay(personId, amountFen)
      if (status !== 'CODE_EXPIRED') return status
    }
  }

  it.each([
    ['the wallet', 90_000],
    ['the bank card', 0],
  ])('never go over it, and reach it: from %s', async (_, walletFen) => {
    const personId = await addPerson(walletFen)
    await setLimits(personId, { singleFen: 700, dailyFen: 10_000 })
    const statuses = await Promise.all(Array.from({ length: 50 }, () => payWith(personId, 700)))
    const count = (wanted: string) => statuses.filter((status) => status === wanted).length
    expect([count('PAID'), count('OVER_DAILY_LIMIT')]).toEqual([14, 36])
    const { rows } = await query(
      `select sum(amount_fen) as fen from payments where person_id = $1 and status = 'PAID'`,
      [personId],
    )
    expect(Number(rows[0].fen)).toBe(9_800)
    expect((await pages.getWallet(personId)).limits.spentTodayFen).toBe(9_800)
  })
})
