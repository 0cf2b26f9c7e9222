import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, type TestKeypad } from '../testing/keypad.ts'

const PAYMENT = '417290'
const WATER = '580362'
const ACTION = { kind: 'set_water_password' } as const

let core: HttpCore
let keypad: TestKeypad

beforeAll(async () => {
  core = await createHttpCore()
  keypad = await createTestKeypad(core)
})
afterAll(async () => {
  await keypad.close()
  await core.close()
})

async function rowOf(personId: string) {
  const { rows } = await core.db.pool.query(
    'select bath_no, hash, wrong_count, locked_at from water_passwords where person_id = $1',
    [personId],
  )
  return rows[0]
}

describe('setting a water password (R26)', () => {
  it('takes the payment password and the new one, allocates a bath number and keeps a hash alone', async () => {
    const personId = await keypad.addPersonWithPassword(PAYMENT)
    const page = await keypad.openPage(personId, ACTION)
    expect((await keypad.enter(page, PAYMENT + WATER)).code).toBe('approved')
    expect(await keypad.stateOf(personId, page)).toBe('spent')
    const row = await rowOf(personId)
    expect(row).toMatchObject({ wrong_count: 0, locked_at: null })
    expect(row.bath_no).toMatch(/^\d{8}$/)
    expect(row.hash).toMatch(/^\$argon2id\$/)
    expect(await keypad.changesOf(personId)).toEqual(['password_set', 'water'])
  })

  it('keeps the bath number and opens what was locked when it is set again', async () => {
    const personId = await keypad.addPersonWithPassword(PAYMENT)
    await keypad.enter(await keypad.openPage(personId, ACTION), PAYMENT + WATER)
    const first = await rowOf(personId)
    await core.db.pool.query(
      'update water_passwords set wrong_count = 5, locked_at = now() where person_id = $1',
      [personId],
    )
    await keypad.enter(await keypad.openPage(personId, ACTION), `${PAYMENT}195043`)
    const second = await rowOf(personId)
    expect(second).toMatchObject({ bath_no: first.bath_no, wrong_count: 0, locked_at: null })
    expect(second.hash).not.toBe(first.hash)
  })

  it('counts a wrong payment password as everywhere, and locks after five', async () => {
    const personId = await keypad.addPersonWithPassword(PAYMENT)
    const page = await keypad.openPage(personId, ACTION)
    expect((await keypad.enter(page, `417291${WATER}`)).body).toMatchObject({
      code: 'PASSWORD_WRONG',
      triesLeft: 4,
    })
    for (let i = 0; i < 3; i++) await keypad.enter(page, `417291${WATER}`)
    expect((await keypad.enter(page, `417291${WATER}`)).code).toBe('PASSWORD_LOCKED')
    expect(await rowOf(personId)).toBeUndefined()
  })

  it('refuses one that is too simple, the payment password itself, and six digits alone', async () => {
    const personId = await keypad.addPersonWithPassword(PAYMENT)
    const page = await keypad.openPage(personId, ACTION)
    expect((await keypad.enter(page, `${PAYMENT}123456`)).code).toBe('PASSWORD_TOO_SIMPLE')
    expect((await keypad.enter(page, PAYMENT + PAYMENT)).code).toBe('WATER_PASSWORD_SAME')
    expect((await keypad.enter(page, PAYMENT)).code).toBe('BAD_REQUEST')
    expect(await rowOf(personId)).toBeUndefined()
    expect((await keypad.passwordRow(personId))?.wrong_count).toBe(0)
    expect((await keypad.enter(page, PAYMENT + WATER)).code).toBe('approved')
  })

  it('is never the payment password afterwards either: controllers have seen it', async () => {
    const personId = await keypad.addPersonWithPassword(PAYMENT)
    await keypad.enter(await keypad.openPage(personId, ACTION), PAYMENT + WATER)
    const change = await keypad.openPage(personId, { kind: 'change_password' })
    expect((await keypad.enter(change, PAYMENT + WATER)).code).toBe('WATER_PASSWORD_SAME')
    expect((await keypad.passwordRow(personId))?.wrong_count).toBe(0)
    // Forgotten, and verified by the bank.
    const { rows } = await core.db.pool.query(
      `insert into verifications (school_id, verification_id, person_id, means, expires_at, confirmed_at)
       values ('1001', $1, $2, 'bank_card', now() + interval '10 minutes', now())
       returning verification_id as id`,
      [v7(), personId],
    )
    const [{ id: verificationId }] = rows
    const reset = await keypad.openPage(personId, { kind: 'set_password', verificationId })
    expect((await keypad.enter(reset, WATER, '海棠')).code).toBe('WATER_PASSWORD_SAME')
    expect((await keypad.enter(reset, '195043', '海棠')).code).toBe('approved')
    const again = await keypad.openPage(personId, ACTION)
    expect((await keypad.enter(again, `195043${PAYMENT}`)).code).toBe('approved')
  })
})
