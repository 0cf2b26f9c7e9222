import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { approve } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createShowers, type Showers, type TestShower } from '../testing/showers.ts'
import { endIdleShowers } from './end-idle-showers.ts'

let core: HttpCore
let showers: Showers
let shower: TestShower

beforeAll(async () => {
  core = await createHttpCore()
  showers = createShowers(core)
  shower = await showers.addShower()
})
afterAll(async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
  await core.close()
})

const walletOf = async (personId: string) => (await core.payer(personId)).wallet_fen
const spentOf = async (personId: string) => (await core.payer(personId)).spent_fen
const mine = async (personId: string) =>
  (await core.call('getMyWater', { params: { personId } })).body
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) =>
  body.code ?? status

async function eventsOf(personId: string): Promise<string[]> {
  const { rows } = await core.db.pool.query(
    `select coalesce(detail ->> 'change', kind) as what from events
      where person_id = $1 order by at, tx, event_id`,
    [personId],
  )
  return rows.map(({ what }) => what)
}

describe('a shower (R26)', () => {
  it('holds, meters, charges what was metered and gives the rest back', async () => {
    const { personId, bathNo } = await showers.addBather({ walletFen: 5_000 })
    const started = await showers.start(shower, bathNo)
    expect([started.status, started.body]).toMatchObject([
      201,
      {
        ...{ status: 'RUNNING', holdFen: 1_500, maxMl: 150_000, litresMl: 0, amountFen: 0 },
        ...{ lastSeq: 0, leaseSeconds: 180, endedBy: null, endedAt: null },
      },
    ])
    const { sessionNo } = started.body
    expect([await walletOf(personId), await spentOf(personId)]).toEqual([3_500, 1_500])
    await showers.pass(sessionNo, 120)
    expect((await showers.meter(shower, sessionNo, 1, 12_345)).body).toMatchObject({
      ...{ status: 'RUNNING', litresMl: 12_345, amountFen: 123, lastSeq: 1 },
    })
    expect((await mine(personId)).session).toMatchObject({ amountFen: 123, status: 'RUNNING' })
    const ended = await showers.end(shower, sessionNo, 20_000)
    expect(ended.body).toMatchObject({
      ...{ status: 'ENDED', litresMl: 20_000, amountFen: 200, endedBy: 'controller' },
    })
    expect([await walletOf(personId), await spentOf(personId)]).toEqual([4_800, 200])
    expect(await eventsOf(personId)).toEqual(['water', 'payment', 'water'])
    const { body } = await core.call('getPayment', {
      key: shower.key,
      params: { orderNo: sessionNo },
    })
    expect(body).toMatchObject({
      status: 'PAID',
      amountFen: 200,
      means: 'water',
      channel: 'wallet',
    })
    const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
    const bill = await core.call('getBill', { params: { personId }, query: { month } })
    expect(bill.body.entries[0]).toMatchObject({
      means: 'water',
      amountFen: 200,
      litresMl: 20_000,
      terminalName: '1号',
    })
  })

  it('gives the same answer to the same start, and refuses the number for another', async () => {
    const { personId, bathNo } = await showers.addBather()
    const sessionNo = v7()
    const first = await showers.start(shower, bathNo, { sessionNo })
    const again = await showers.start(shower, bathNo, { sessionNo })
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.body).toEqual(first.body)
    const other = await showers.addBather()
    expect(codeOf(await showers.start(shower, other.bathNo, { sessionNo }))).toBe('ORDER_NO_REUSED')
    expect(await walletOf(personId)).toBe(8_500)
    await showers.end(shower, sessionNo, 0)
    expect((await showers.start(shower, bathNo, { sessionNo })).body.status).toBe('ENDED')
  })

  it('begins once when the same start arrives many times at once', async () => {
    const { personId, bathNo } = await showers.addBather()
    const sessionNo = v7()
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => showers.start(shower, bathNo, { sessionNo })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201])
    expect(await walletOf(personId)).toBe(8_500)
    await showers.end(shower, sessionNo, 0)
  })

  it('costs nothing when no water flowed, and leaves no payment', async () => {
    const { personId, bathNo } = await showers.addBather()
    const sessionNo = await showers.begin(shower, bathNo)
    expect((await showers.end(shower, sessionNo, 0)).body).toMatchObject({ amountFen: 0 })
    expect(await walletOf(personId)).toBe(10_000)
    const params = { orderNo: sessionNo }
    expect(await core.refused('getPayment', { key: shower.key, params })).toBe('ORDER_NOT_FOUND')
  })

  it('is priced for the class (R4)', async () => {
    const name = { 'zh-CN': '学生优惠', en: 'Student price' }
    const cheap = await showers.addShower(
      {},
      { rules: [{ class: 'student', permille: 500, name }] },
    )
    const { personId, bathNo } = await showers.addBather({ personClass: 'student' })
    const { body } = await showers.start(cheap, bathNo)
    expect(body.maxMl).toBe(300_000)
    await showers.pass(body.sessionNo, 600)
    await showers.end(cheap, body.sessionNo, 20_000)
    expect(await walletOf(personId)).toBe(9_900)
  })

  it('is only for the key of a shower, which in turn cannot take codes', async () => {
    const { bathNo } = await showers.addBather()
    const till = { ...shower, key: core.terminalKey }
    expect(codeOf(await showers.start(till, bathNo))).toBe('KEY_NOT_ALLOWED')
    const { personId } = await core.addPerson()
    const body = { orderNo: v7(), amountFen: 100, code: await core.issueCode(personId) }
    expect(await core.refused('pay', { key: shower.key, body })).toBe('KEY_NOT_ALLOWED')
  })
})

describe('who may turn on the water', () => {
  it('a wrong password and a number of nobody look alike, and both lock after five', async () => {
    const { personId, bathNo } = await showers.addBather()
    const nobody = '00000000'
    const answers: unknown[][] = []
    for (let i = 0; i < 5; i++) {
      const each = []
      for (const number of [bathNo, nobody]) {
        const fresh = await showers.addShower() // Each pauses after three.
        const { status, body } = await showers.start(fresh, number, { waterPassword: '111111' })
        each.push([status, body.code])
      }
      expect(each[0]).toEqual(each[1])
      answers.push(each[0] ?? [])
    }
    expect(answers.map(([, code]) => code)).toEqual([
      ...Array(4).fill('WATER_PASSWORD_WRONG'),
      'WATER_PASSWORD_LOCKED',
    ])
    const fresh = await showers.addShower()
    expect(codeOf(await showers.start(fresh, bathNo))).toBe('WATER_PASSWORD_LOCKED')
    expect(await mine(personId)).toMatchObject({ password: 'locked', bathNo })
    expect(await eventsOf(personId)).toEqual(['water'])
    expect(await walletOf(personId)).toBe(10_000)
  })

  it('forgets wrong ones after a right one, and counts a repeat once', async () => {
    const { personId, bathNo } = await showers.addBather()
    const fresh = await showers.addShower()
    const wrong = { sessionNo: v7(), waterPassword: '111111' }
    for (let i = 0; i < 4; i++) {
      expect(codeOf(await showers.start(fresh, bathNo, wrong))).toBe('WATER_PASSWORD_WRONG')
    }
    const count = async () =>
      (
        await core.db.pool.query('select wrong_count from water_passwords where person_id = $1', [
          personId,
        ])
      ).rows[0].wrong_count
    expect(await count()).toBe(1)
    await showers.end(fresh, await showers.begin(fresh, bathNo), 0)
    expect(await count()).toBe(0)
  })

  it('counts a repeat once that overtakes the first: one typing error locks nobody', async () => {
    const { personId, bathNo } = await showers.addBather()
    const fresh = await showers.addShower()
    const wrong = { sessionNo: v7(), waterPassword: '111111' }
    const codes = await Promise.all(
      Array.from({ length: 5 }, async () => codeOf(await showers.start(fresh, bathNo, wrong))),
    )
    expect(codes).toContain('WATER_PASSWORD_WRONG')
    const { rows } = await core.db.pool.query(
      `select p.wrong_count, p.locked_at, t.bad_streak, t.bad_window_count from water_passwords p, terminals t
        where p.person_id = $1 and t.terminal_id = $2`,
      [personId, fresh.terminalId],
    )
    expect(rows).toEqual([{ wrong_count: 1, locked_at: null, bad_streak: 1, bad_window_count: 1 }])
    await showers.end(fresh, await showers.begin(fresh, bathNo), 0)
  })

  it('says of the wrong one that locked the same when it is repeated', async () => {
    const { bathNo } = await showers.addBather()
    const fresh = await Promise.all([showers.addShower(), showers.addShower()])
    const last = { sessionNo: v7(), waterPassword: '111111' }
    for (const [at, one] of [0, 0, 1, 1].entries()) {
      const wrong = { waterPassword: `11111${at}` }
      await showers.start(fresh[one] ?? shower, bathNo, wrong)
    }
    const third = await showers.addShower()
    for (let i = 0; i < 2; i++) {
      expect(codeOf(await showers.start(third, bathNo, last))).toBe('WATER_PASSWORD_LOCKED')
    }
    const { rows } = await core.db.pool.query(
      'select bad_streak from terminals where terminal_id = $1',
      [third.terminalId],
    )
    expect(rows).toEqual([{ bad_streak: 1 }])
  })

  it('five at most of many guesses at once are looked at', async () => {
    const { bathNo } = await showers.addBather()
    const many = await Promise.all(Array.from({ length: 8 }, () => showers.addShower()))
    const codes = await Promise.all(
      many.map(async (one) =>
        codeOf(await showers.start(one, bathNo, { waterPassword: '111111' })),
      ),
    )
    expect(codes.filter((code) => code === 'WATER_PASSWORD_WRONG')).toHaveLength(4)
    expect(codes.filter((code) => code === 'WATER_PASSWORD_LOCKED')).toHaveLength(4)
  })

  it('pauses a controller after three wrong ones in a row, whatever the numbers', async () => {
    const fresh = await showers.addShower()
    for (const number of ['00000001', '00000002', '00000003']) {
      expect(codeOf(await showers.start(fresh, number))).toBe('WATER_PASSWORD_WRONG')
    }
    const { bathNo } = await showers.addBather()
    const paused = await showers.start(fresh, bathNo)
    expect(codeOf(paused)).toBe('TERMINAL_PAUSED')
    expect(Number(paused.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('counts a number that comes again with another password: nobody guesses by what was typed', async () => {
    const fresh = await showers.addShower()
    const { personId, bathNo } = await showers.addBather()
    const sessionNo = await showers.begin(fresh, bathNo)
    const codes: unknown[] = []
    for (const last of '0123') {
      const guess = { sessionNo, waterPassword: `58036${last}` }
      codes.push(codeOf(await showers.start(fresh, bathNo, guess)))
    }
    // The third is right: a repeat as any, which forgives nobody.
    expect(codes).toEqual(['ORDER_NO_REUSED', 'ORDER_NO_REUSED', 200, 'ORDER_NO_REUSED'])
    const other = { sessionNo, waterPassword: '580364' }
    expect(codeOf(await showers.start(fresh, bathNo, other))).toBe('TERMINAL_PAUSED')
    expect((await showers.meter(fresh, sessionNo, 1, 0)).status).toBe(200)
    await core.call('endMyWater', { params: { personId } })
  })

  it('keeps no water password in the clear, nor anything to find it by', async () => {
    const { bathNo } = await showers.addBather()
    const sessionNo = await showers.begin(shower, bathNo)
    const { rows } = await core.db.pool.query(
      `select w::text || p::text as text from water_sessions w join water_passwords p using (person_id)
        where session_no = $1`,
      [sessionNo],
    )
    expect(rows[0].text.replace(/:\d\d\.\d+/g, '')).not.toContain('580362')
    expect(core.logged.join('\n')).not.toContain(bathNo)
    await showers.end(shower, sessionNo, 0)
  })
})

describe('what refuses a shower', () => {
  it.each([
    ['WATER_BALANCE_TOO_LOW', { walletFen: 1_499, bankCard: true }],
    ['ACCOUNT_NOT_OPEN', { walletFen: 0, wallet: 'not_open' }],
    ['CARD_LOCKED', { cardStatus: 'locked' }],
    ['CARD_CLOSED', { cardStatus: 'closed' }],
    ['CARD_NOT_CLAIMED', { cardStatus: 'unclaimed' }],
  ])('%s', async (code, options) => {
    const { personId, bathNo } = await showers.addBather(options)
    const before = await core.payer(personId)
    expect(codeOf(await showers.start(shower, bathNo))).toBe(code)
    expect(await core.payer(personId)).toEqual(before)
  })

  it('limits of one payment and of the day, which the hold counts against (R15)', async () => {
    const { personId, bathNo } = await showers.addBather()
    const limit = (column: string, fen: number) =>
      core.db.pool.query(`update payers set ${column} = $2 where person_id = $1`, [personId, fen])
    await limit('single_limit_fen', 1_499)
    expect(codeOf(await showers.start(shower, bathNo))).toBe('OVER_SINGLE_LIMIT')
    await limit('single_limit_fen', 1_500)
    await limit('daily_limit_fen', 1_600)
    const sessionNo = await showers.begin(shower, bathNo)
    await showers.pass(sessionNo, 60)
    await showers.end(shower, sessionNo, 10_100)
    expect(codeOf(await showers.start(shower, bathNo))).toBe('OVER_DAILY_LIMIT')
  })

  it('a second one of the same person', async () => {
    const { bathNo } = await showers.addBather()
    const other = await showers.addShower()
    const sessionNo = await showers.begin(shower, bathNo)
    expect(codeOf(await showers.start(other, bathNo))).toBe('WATER_IN_USE')
    await showers.end(shower, sessionNo, 0)
  })

  it('a shower that is switched off, or whose merchant does not accept', async () => {
    const off = await showers.addShower()
    const { bathNo } = await showers.addBather()
    const { pool } = core.db
    await pool.query('update merchants set accepting = false where merchant_id = $1', [
      off.merchantId,
    ])
    expect(codeOf(await showers.start(off, bathNo))).toBe('MERCHANT_NOT_ACCEPTING')
    await pool.query('update terminals set enabled = false where terminal_id = $1', [
      off.terminalId,
    ])
    expect(codeOf(await showers.start(off, bathNo))).toBe('TERMINAL_DISABLED')
  })

  it('a number that was reversed before it arrived (R33)', async () => {
    const { bathNo } = await showers.addBather()
    const sessionNo = v7()
    await core.call('reverse', { key: shower.key, params: { orderNo: sessionNo }, body: {} })
    expect(codeOf(await showers.start(shower, bathNo, { sessionNo }))).toBe('ORDER_REVERSED')
  })
})

describe('readings', () => {
  async function running(seconds = 600) {
    const bather = await showers.addBather()
    const own = await showers.addShower()
    const sessionNo = await showers.begin(own, bather.bathNo)
    await showers.pass(sessionNo, seconds)
    return { ...bather, own, sessionNo }
  }

  it('late and repeated ones change nothing', async () => {
    const { own, sessionNo } = await running()
    await showers.meter(own, sessionNo, 2, 20_000)
    for (const [seq, totalMl] of [
      [1, 10_000],
      [2, 20_000],
      [2, 90_000],
    ] as const) {
      const { status, body } = await showers.meter(own, sessionNo, seq, totalMl)
      expect([status, body.litresMl, body.lastSeq]).toEqual([200, 20_000, 2])
    }
    await showers.end(own, sessionNo, 20_000)
  })

  it('a meter that lies upward is believed as far as the pipe can give, and never beyond the hold', async () => {
    const { personId, own, sessionNo } = await running(60)
    expect(codeOf(await showers.meter(own, sessionNo, 1, 900_000))).toBe('WATER_READING_IMPOSSIBLE')
    const { litresMl } = (await showers.look(own, sessionNo)).body
    expect(litresMl).toBeGreaterThanOrEqual(22_000)
    expect(litresMl).toBeLessThan(25_000)
    const { body } = await showers.end(own, sessionNo, 10_000_000)
    expect(body.litresMl).toBeLessThan(25_000)
    expect(await walletOf(personId)).toBe(10_000 - body.amountFen)
  })

  it('a meter that lies downward loses nothing of what was metered', async () => {
    const { personId, own, sessionNo } = await running()
    await showers.meter(own, sessionNo, 1, 30_000)
    expect(codeOf(await showers.meter(own, sessionNo, 2, 5))).toBe('WATER_READING_IMPOSSIBLE')
    expect((await showers.end(own, sessionNo, 0)).body).toMatchObject({
      ...{ litresMl: 30_000, amountFen: 300 },
    })
    expect(await walletOf(personId)).toBe(9_700)
  })

  it('the one that uses the hold up ends the shower', async () => {
    const { personId, own, sessionNo } = await running()
    const { status, body } = await showers.meter(own, sessionNo, 1, 150_400)
    expect([status, body]).toMatchObject([
      200,
      { status: 'ENDED', endedBy: 'used_up', amountFen: 1_500, litresMl: 150_000 },
    ])
    expect(await walletOf(personId)).toBe(8_500)
    expect(codeOf(await showers.meter(own, sessionNo, 2, 151_000))).toBe('WATER_SESSION_ENDED')
  })

  it('of a session that nobody knows, or of another shower, are refused', async () => {
    const { own, sessionNo } = await running()
    for (const number of [v7(), sessionNo]) {
      expect(codeOf(await showers.meter(shower, number, 1, 0))).toBe('WATER_SESSION_UNKNOWN')
      expect(codeOf(await showers.end(shower, number, 0))).toBe('WATER_SESSION_UNKNOWN')
      expect(codeOf(await showers.look(shower, number))).toBe('WATER_SESSION_UNKNOWN')
    }
    await showers.end(own, sessionNo, 0)
  })

  it('many ends at once charge once', async () => {
    const { personId, own, sessionNo } = await running()
    const ends = await Promise.all(
      [10_000, 20_000, 30_000].map((totalMl) => showers.end(own, sessionNo, totalMl)),
    )
    const [amountFen, ...others] = ends.map(({ body }) => body.amountFen)
    expect(others).toEqual([amountFen, amountFen])
    expect(await walletOf(personId)).toBe(10_000 - amountFen)
  })
})

describe('who else ends a shower', () => {
  async function running(walletFen = 10_000) {
    const bather = await showers.addBather({ walletFen })
    const own = await showers.addShower()
    const sessionNo = await showers.begin(own, bather.bathNo)
    await showers.pass(sessionNo, 300)
    await showers.meter(own, sessionNo, 1, 10_000)
    return { ...bather, own, sessionNo }
  }

  it('the phone, and the controller learns of it with its next reading', async () => {
    const { personId, own, sessionNo } = await running()
    const { body } = await core.call('endMyWater', { params: { personId } })
    expect(body.session).toMatchObject({ status: 'ENDED', endedBy: 'phone', amountFen: 100 })
    expect(codeOf(await showers.meter(own, sessionNo, 2, 11_000))).toBe('WATER_SESSION_ENDED')
    expect((await showers.end(own, sessionNo, 12_000)).body).toMatchObject({ amountFen: 100 })
    await core.call('endMyWater', { params: { personId } })
    expect(await walletOf(personId)).toBe(9_900)
  })

  it('silence, for what was heard before', async () => {
    const { personId, own, sessionNo } = await running()
    await showers.pass(sessionNo, 0, { heard: 175 })
    await endIdleShowers(core.services)
    expect((await showers.look(own, sessionNo)).body.status).toBe('RUNNING')
    await showers.pass(sessionNo, 0, { heard: 6 })
    await endIdleShowers(core.services)
    expect((await showers.look(own, sessionNo)).body).toMatchObject({
      ...{ status: 'ENDED', endedBy: 'idle', amountFen: 100 },
    })
    expect(await walletOf(personId)).toBe(9_900)
  })

  it('no water for ten minutes, however often its controller says that it is there', async () => {
    const { personId, own, sessionNo } = await running()
    const idle = async (seq: number, totalMl: number) => {
      await showers.pass(sessionNo, 0, { flowed: 599 })
      await showers.meter(own, sessionNo, seq, totalMl)
      await showers.pass(sessionNo, 0, { flowed: 2 })
      await endIdleShowers(core.services)
      return (await showers.look(own, sessionNo)).body
    }
    expect(await idle(2, 10_500)).toMatchObject({ status: 'RUNNING' })
    expect(await idle(3, 10_500)).toMatchObject({
      status: 'ENDED',
      endedBy: 'idle',
      amountFen: 105,
    })
    expect(codeOf(await showers.meter(own, sessionNo, 4, 10_500))).toBe('WATER_SESSION_ENDED')
    expect(await walletOf(personId)).toBe(9_895)
  })

  it('a lock of the card (R6)', async () => {
    const { personId, own, sessionNo } = await running()
    await core.call('lockCard', { params: { personId } })
    expect((await showers.look(own, sessionNo)).body).toMatchObject({
      ...{ status: 'ENDED', endedBy: 'locked', amountFen: 100 },
    })
    expect(await walletOf(personId)).toBe(9_900)
  })

  it('another shower begun at the same controller, which has lost the one before', async () => {
    const { personId, own, sessionNo } = await running()
    const next = await showers.addBather()
    await showers.begin(own, next.bathNo)
    expect((await showers.look(own, sessionNo)).body).toMatchObject({
      ...{ status: 'ENDED', endedBy: 'controller', amountFen: 100 },
    })
    expect(await walletOf(personId)).toBe(9_900)
    await core.call('endMyWater', { params: { personId: next.personId } })
  })

  it('no start that comes late, after it was reversed (R33), nor one that a card refuses', async () => {
    const { personId, bathNo, own, sessionNo } = await running(1_600)
    const late = await showers.addBather()
    const params = { orderNo: v7() }
    await core.call('reverse', { key: own.key, params, body: {} })
    const start = { sessionNo: params.orderNo }
    expect(codeOf(await showers.start(own, late.bathNo, start))).toBe('ORDER_REVERSED')
    const locked = await showers.addBather({ cardStatus: 'locked' })
    expect(codeOf(await showers.start(own, locked.bathNo))).toBe('CARD_LOCKED')
    expect((await showers.look(own, sessionNo)).body.status).toBe('RUNNING')
    // Whom the controller has lost may begin again there with what the hold gives back.
    expect(codeOf(await showers.start(own, bathNo))).toBe(201)
    expect((await showers.look(own, sessionNo)).body).toMatchObject({ status: 'ENDED' })
    await core.call('endMyWater', { params: { personId } })
  })

  it('another shower begun at the same moment: one valve has one shower', async () => {
    const shower = await showers.addShower()
    const bathers = await Promise.all([1, 2, 3, 4].map(() => showers.addBather()))
    const replies = await Promise.all(bathers.map(({ bathNo }) => showers.start(shower, bathNo)))
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    const { rows } = await core.db.pool.query(
      'select status from water_sessions where terminal_id = $1 order by status',
      [shower.terminalId],
    )
    expect(rows.map(({ status }) => status)).toEqual(['ENDED', 'ENDED', 'ENDED', 'RUNNING'])
  })

  it('phone, controller and silence at once charge once', async () => {
    const { personId, own, sessionNo } = await running()
    await showers.pass(sessionNo, 0, { heard: 200 })
    await Promise.all([
      core.call('endMyWater', { params: { personId } }),
      showers.end(own, sessionNo, 10_000),
      endIdleShowers(core.services),
      showers.meter(own, sessionNo, 2, 10_000),
    ])
    expect(await walletOf(personId)).toBe(9_900)
    expect(await eventsOf(personId)).toEqual(['water', 'payment', 'water'])
  })
})

describe('the money of a shower', () => {
  it('comes back by refund and by reversal to the wallet, as of any order', async () => {
    const { personId, bathNo } = await showers.addBather()
    const numbers: string[] = []
    for (let i = 0; i < 2; i++) {
      const sessionNo = await showers.begin(shower, bathNo)
      await showers.pass(sessionNo, 300)
      await showers.end(shower, sessionNo, 20_000)
      numbers.push(sessionNo)
    }
    const [first = '', second = ''] = numbers
    const { key } = shower
    const body = { refundNo: 'r', amountFen: 50 }
    await core.call('refund', { key, params: { orderNo: first }, body })
    expect(await walletOf(personId)).toBe(9_650)
    await core.call('reverse', { key, params: { orderNo: second }, body: {} })
    expect([await walletOf(personId), await spentOf(personId)]).toEqual([9_850, 200])
  })

  it('is charged nothing when the order was reversed while it ran (R33)', async () => {
    const { personId, bathNo } = await showers.addBather()
    const sessionNo = await showers.begin(shower, bathNo)
    await showers.pass(sessionNo, 300)
    await core.call('reverse', { key: shower.key, params: { orderNo: sessionNo }, body: {} })
    expect((await showers.end(shower, sessionNo, 20_000)).body).toMatchObject({ amountFen: 0 })
    expect(await walletOf(personId)).toBe(10_000)
  })

  it('counts against the day it began on, also when it ends, and comes back, on the next (R15)', async () => {
    const { personId, bathNo } = await showers.addBather()
    const sessionNo = await showers.begin(shower, bathNo)
    await showers.pass(sessionNo, 300)
    const { pool } = core.db
    await pool.query('update water_sessions set spent_on = spent_on - 1 where session_no = $1', [
      sessionNo,
    ])
    await pool.query('update payers set spent_fen = 700 where person_id = $1', [personId])
    await showers.end(shower, sessionNo, 20_000)
    expect([await walletOf(personId), await spentOf(personId)]).toEqual([9_800, 700])
    const params = { orderNo: sessionNo }
    await core.call('reverse', { key: shower.key, params, body: {} })
    expect([await walletOf(personId), await spentOf(personId)]).toEqual([10_000, 700])
  })

  it('keeps the wallet from being closed while it is held (R11)', async () => {
    const { personId, bathNo } = await showers.addBather({ walletFen: 1_500 })
    const sessionNo = await showers.begin(shower, bathNo)
    const approvalId = await approve(core, personId, { kind: 'close_wallet' })
    const close = { params: { personId }, body: { approvalId } }
    expect(await core.refused('closeWallet', close)).toBe('TRANSFER_PENDING')
    await showers.end(shower, sessionNo, 0)
    expect(await core.refused('closeWallet', close)).toBe('BALANCE_NOT_ZERO')
  })

  it('tells of a low balance by what was charged, not by what was held (R41)', async () => {
    const { personId, bathNo } = await showers.addBather({ walletFen: 2_000 })
    const { pool } = core.db
    await pool.query('update payers set low_balance_fen = 1900 where person_id = $1', [personId])
    const notices = async () =>
      (await pool.query('select data from notices where person_id = $1', [personId])).rows
    const little = await showers.begin(shower, bathNo)
    await showers.pass(little, 300)
    await showers.end(shower, little, 5_000)
    expect(await notices()).toEqual([])
    const more = await showers.begin(shower, bathNo)
    await showers.pass(more, 300)
    await showers.end(shower, more, 10_000)
    expect(await notices()).toMatchObject([{ data: { balanceFen: 1_850, thresholdFen: 1_900 } }])
  })
})

describe('the shower page', () => {
  it('shows what the person’s campus has (R40), and the shower that ended a moment ago', async () => {
    const { personId, bathNo } = await showers.addBather()
    await showers.addShower({ holdFen: 2_000 }, { campus: '东校区' })
    const { pool } = core.db
    await pool.query('update people set campus = $2 where person_id = $1', [personId, '西校区'])
    const page = await mine(personId)
    expect(page).toMatchObject({ offered: true, password: 'set', bathNo, session: null })
    expect(page.minBalanceFen).toBe(1_500)
    const { rows } = await pool.query(`select name from merchants where campus = '东校区'`)
    expect(page.places.join()).not.toContain(rows[0].name)
    const sessionNo = await showers.begin(shower, bathNo)
    await showers.end(shower, sessionNo, 0)
    expect((await mine(personId)).session).toMatchObject({ sessionNo, status: 'ENDED' })
    await pool.query(
      `update water_sessions set ended_at = ended_at - interval '11 minutes' where session_no = $1`,
      [sessionNo],
    )
    expect((await mine(personId)).session).toBeNull()
  })

  it('knows no bath number before a water password was set', async () => {
    const { personId } = await core.addPerson()
    expect(await mine(personId)).toMatchObject({ password: 'not_set', bathNo: null })
  })
})
