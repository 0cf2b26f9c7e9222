import { randomBytes } from 'node:crypto'
import { EPOCH_SECONDS } from '@campus-ecode/protocol/alias-epoch'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestCampus, paymentOf, type TestCampus, type TestPhone } from '../testing/campus.ts'

let campus: TestCampus
let phone: TestPhone
let personId: string
let orders = 0

beforeAll(async () => {
  campus = await createTestCampus()
  // Of a school that takes no other wallets' codes.
  campus.services.ports.foreignCodes = {}
  personId = (await campus.addPerson()).personId
  phone = await campus.enrolPhone(personId)
})
afterAll(() => campus.close())

/** Pays one fen with a code at a till of its own, so that abuse counters never meet. */
async function pay(code: string) {
  const answer = await campus.pay(
    { orderNo: `o-${++orders}`, amountFen: 1, code },
    await campus.addTerminal(),
  )
  return 'refused' in answer ? answer.refused : paymentOf(answer).status
}

/** Moves the clock to a whole step, so that ages below are exact. */
function alignToStep(): void {
  campus.moveClock(10_000 - (campus.services.now() % 10_000))
}

describe('a device code', () => {
  test('R18: lives until its minute is over, and 61 s always fails', async () => {
    alignToStep()
    const code = await campus.drawCode(phone)
    campus.moveClock(59_500)
    expect(await pay(code)).toBe('PAID')
    alignToStep()
    const late = await campus.drawCode(phone)
    campus.moveClock(61_000)
    expect(await pay(late)).toBe('CODE_EXPIRED')
  })

  test('is taken from a phone up to ten seconds fast and no faster', async () => {
    alignToStep()
    expect(await pay(await campus.drawCode(phone, { secondsAgo: -10 }))).toBe('PAID')
    campus.moveClock(30_000)
    alignToStep()
    expect(await pay(await campus.drawCode(phone, { secondsAgo: -20 }))).toBe('CODE_NOT_YET_VALID')
  })

  test('is not recognised when school, account or digits are changed', async () => {
    campus.moveClock(60_000)
    const code = await campus.drawCode(phone)
    const flipped = code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10)
    expect(await pay(flipped)).toBe('CODE_NOT_RECOGNISED')
    expect(await pay(`${code.slice(0, 6)}1${code.slice(7)}`)).toBe('CODE_NOT_RECOGNISED')
    expect(await pay(`711002${code.slice(6)}`)).toBe('CODE_OTHER_SCHOOL')
    expect(await pay(code)).toBe('PAID')
  })

  test('is not recognised with the alias of another epoch', async () => {
    campus.moveClock(60_000)
    const code = await campus.drawCode(phone, { epochShift: -2 })
    expect(await pay(code)).toBe('CODE_NOT_RECOGNISED')
  })

  test('is taken across the boundary of two epochs', async () => {
    const now = campus.services.now() / 1000
    const boundary = (Math.floor(now / EPOCH_SECONDS) + 1) * EPOCH_SECONDS
    campus.moveClock((boundary - 5 - now) * 1000)
    const before = await campus.drawCode(phone)
    campus.moveClock(20_000)
    expect(await pay(before)).toBe('PAID')
    // And back, so that the database's clock and ours agree again.
    campus.moveClock(-(campus.services.now() - Date.now()))
  })

  test('pays under the next grant, and under the previous one for a minute', async () => {
    const { personId: owner } = await campus.addPerson()
    const other = await campus.enrolPhone(owner)
    const nextSalt = randomBytes(16)
    await campus.db.pool.query(
      `update devices set next_grant_id = $2, next_grant_salt = $3, next_grant_issued_at = now()
        where device_id = $1`,
      [other.deviceId, '0199aaaa-0000-7000-8000-000000000000', nextSalt],
    )
    const old = await campus.drawCode(other, { secondsAgo: 30 })
    const older = await campus.drawCode(other, { secondsAgo: 40 })
    const grants = async () =>
      (await campus.db.pool.query('select * from devices where device_id = $1', [other.deviceId]))
        .rows[0]

    expect(await pay(older)).toBe('PAID')
    expect((await grants()).next_grant_id).not.toBeNull()
    await campus.db.pool.query('update devices set last_step = 0 where device_id = $1', [
      other.deviceId,
    ])
    // First use of the new grant ends the old one in a minute.
    expect(await pay(await campus.drawCode(other, { salt: nextSalt }))).toBe('PAID')
    expect(await grants()).toMatchObject({ next_grant_id: null, grant_salt: nextSalt })
    await campus.db.pool.query('update devices set last_step = 0 where device_id = $1', [
      other.deviceId,
    ])
    expect(await pay(old)).toBe('PAID')
    await campus.db.pool.query(
      `update devices set last_step = 0, previous_grant_ends_at = now() where device_id = $1`,
      [other.deviceId],
    )
    expect(await pay(await campus.drawCode(other))).toBe('CODE_NOT_RECOGNISED')
  })

  test('of a removed device is refused', async () => {
    const { personId: owner } = await campus.addPerson()
    const gone = await campus.enrolPhone(owner)
    await campus.db.pool.query(`update devices set status = 'removed' where device_id = $1`, [
      gone.deviceId,
    ])
    expect(await pay(await campus.drawCode(gone))).toBe('DEVICE_REMOVED')
  })
})

describe('an issued code', () => {
  test('R18: expires after 60 s and dies when another is asked for', async () => {
    expect(await pay(await campus.issueCode(personId, { secondsAgo: 59 }))).toBe('PAID')
    expect(await pay(await campus.issueCode(personId, { secondsAgo: 60 }))).toBe('CODE_EXPIRED')
    const revoked = await campus.issueCode(personId)
    await campus.db.pool.query('update issued_codes set revoked_at = now() where used_at is null')
    expect(await pay(revoked)).toBe('CODE_EXPIRED')
  })

  test('that nobody issued is not recognised', async () => {
    expect(await pay(`7110017${'0'.repeat(17)}`)).toBe('CODE_NOT_RECOGNISED')
  })
})

describe('other codes', () => {
  test.each([
    ['CODE_IDENTITY_ONLY', `7210011${'3'.repeat(17)}`],
    ['CODE_FOREIGN_NOT_ACCEPTED', '134567890123456789'],
    ['CODE_FOREIGN_NOT_ACCEPTED', '2812345678901234'],
    ['CODE_FOREIGN_NOT_ACCEPTED', '6212345678901234567'],
    ['CODE_ACCESS_ONLY', `ECA1:${'A'.repeat(272)}`],
    ['CODE_NOT_RECOGNISED', ''],
    ['CODE_NOT_RECOGNISED', '711001'],
    ['CODE_NOT_RECOGNISED', `7110019${'0'.repeat(17)}`],
  ])('R28: are told apart by their form: %s', async (refused, code) => {
    expect(await pay(code)).toBe(refused)
  })

  test('leave no order behind, so that its number can be used with a good code', async () => {
    const request = { orderNo: 'fresh', amountFen: 1, code: '134567890123456789' }
    expect(await campus.pay(request)).toEqual({
      refused: 'CODE_FOREIGN_NOT_ACCEPTED',
      accepted: [],
    })
    expect(await campus.query('fresh')).toEqual({ refused: 'ORDER_NOT_FOUND' })
    const code = await campus.issueCode(personId)
    expect(paymentOf(await campus.pay({ ...request, code })).status).toBe('PAID')
  })
})

describe('the phone is told (R22)', () => {
  test('when its code was used or expired, and never about a guess', async () => {
    const { personId: owner } = await campus.addPerson()
    const own = await campus.enrolPhone(owner)
    const code = await campus.drawCode(own)
    await pay(code)
    await pay(code)
    await pay(await campus.drawCode(own, { secondsAgo: 120 }))
    await pay(code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10))
    const { rows } = await campus.db.pool.query(
      `select kind, detail->'entry'->'refusal'->>'code' as code, detail->>'deviceId' as device_id
         from events where person_id = $1 order by event_id`,
      [owner],
    )
    expect(rows).toEqual([
      { kind: 'payment', code: null, device_id: null },
      { kind: 'scan_refused', code: 'CODE_USED', device_id: own.deviceId },
      { kind: 'scan_refused', code: 'CODE_EXPIRED', device_id: own.deviceId },
    ])
  })
})
