import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { setPassword } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, type TestKeypad } from '../testing/keypad.ts'

let core: HttpCore
let keypad: TestKeypad
beforeAll(async () => {
  core = await createHttpCore()
  keypad = await createTestKeypad(core)
})
afterEach(() => {
  core.setSms('accepted')
  core.gateway.setFault('none')
})
afterAll(async () => {
  await keypad.close()
  await core.close()
})

const BY_PHONE = { means: 'school_phone' } as const
const start = (personId: string, body: object = BY_PHONE) =>
  core.call('startVerification', { params: { personId }, body })
const confirm = (personId: string, verificationId: string, smsCode: string) =>
  core.call('confirmVerification', { params: { personId, verificationId }, body: { smsCode } })
const codeOf = async (reply: Promise<{ body: { code?: string } }>) => (await reply).body.code
const lastSmsCode = () => core.messages.at(-1)?.params.code ?? ''
const wrong = (code: string) => (code === '000000' ? '000001' : '000000')

/** A person with a card at the bank. */
async function addCardHolder() {
  const personId = await keypad.addPerson()
  const cardId = v7()
  const token = `tok-${cardId}`
  const cardNo = `6222${String(Math.random()).slice(2, 14).padEnd(12, '0')}`
  const card = { name: '林半夏', idNumber: '110101', cardNo, phone: '13900139000' }
  core.gateway.addCard({ ...card, bankName: '建设银行', token })
  await core.services.db.pool.query(
    `insert into bank_cards (school_id, card_id, person_id, token, bank_name, tail)
     values ($1, $2, $3, $4, '建设银行', $5)`,
    [SCHOOL, cardId, personId, token, cardNo.slice(-4)],
  )
  return { personId, cardId, body: { means: 'bank_card', cardId } }
}

const pass = (personId: string, interval: string) =>
  core.services.db.pool.query(
    `update verifications set sent_at = sent_at - $2::interval where person_id = $1`,
    [personId, interval],
  )

describe('a verification by the school’s phone (R16)', () => {
  it('sends a code and lets a first password be set', async () => {
    const personId = await keypad.addPerson()
    const { status, body } = await start(personId)
    expect(status).toBe(201)
    expect(body.phoneTail).toBe('8000')
    expect(core.messages.at(-1)).toMatchObject({ template: 'verify-person' })
    const { verificationId } = body
    const action = { kind: 'set_password', verificationId }
    const returnTo = 'https://school.example/'
    const ask = () =>
      core.refused('startApproval', { params: { personId }, body: { action, returnTo } })
    expect(await ask()).toBe('VERIFICATION_INVALID')
    expect((await confirm(personId, verificationId, lastSmsCode())).status).toBe(200)
    // Again, because the answer was lost.
    expect((await confirm(personId, verificationId, lastSmsCode())).status).toBe(200)
    expect(
      (await keypad.ask(personId, { kind: 'set_password', verificationId })).ticket,
    ).toBeTruthy()
    const age = (minutes: number) =>
      core.services.db.pool.query(
        `update verifications set confirmed_at = now() - make_interval(mins => $2)
          where verification_id = $1`,
        [verificationId, minutes],
      )
    await age(11)
    expect(await ask()).toBe('VERIFICATION_INVALID')
    expect(await codeOf(confirm(personId, verificationId, lastSmsCode()))).toBe(
      'VERIFICATION_INVALID',
    )
  })

  it('is not for who has a card, or had a password', async () => {
    const { personId } = await addCardHolder()
    expect(await codeOf(start(personId))).toBe('VERIFY_BY_BANK_CARD')
    for (const locked of [false, true]) {
      const other = await keypad.addPerson()
      await setPassword(core, other, { locked })
      expect(await codeOf(start(other))).toBe('PASSWORD_RESET_AT_OFFICE')
    }
  })

  it('needs a phone number', async () => {
    const { personId } = await core.addPerson()
    expect(await codeOf(start(personId))).toBe('PHONE_MISSING')
  })

  it('is sent once a minute and ten times a day', async () => {
    const personId = await keypad.addPerson()
    await start(personId)
    const soon = await start(personId)
    expect(soon.body.code).toBe('SMS_TOO_SOON')
    expect(Number(soon.headers['retry-after'])).toBeGreaterThan(50)
    for (let i = 1; i < 10; i++) {
      await pass(personId, '61 seconds')
      expect((await start(personId)).status).toBe(201)
    }
    await pass(personId, '61 seconds')
    expect(await codeOf(start(personId))).toBe('RATE_LIMITED')
  })

  it('counts a message unless it surely was not sent', async () => {
    const personId = await keypad.addPerson()
    core.setSms('NOT_SENT')
    expect(await codeOf(start(personId))).toBe('SMS_UNAVAILABLE')
    core.setSms('UNKNOWN')
    expect(await codeOf(start(personId))).toBe('SMS_UNAVAILABLE')
    core.setSms('accepted')
    expect(await codeOf(start(personId))).toBe('SMS_TOO_SOON')
  })

  it('counts what the SMS service refuses, though it need not be waited after', async () => {
    const personId = await keypad.addPerson()
    core.setSms('REFUSED')
    for (let i = 0; i < 10; i++) expect(await codeOf(start(personId))).toBe('SMS_UNAVAILABLE')
    const { body, headers } = await start(personId)
    expect(body.code).toBe('RATE_LIMITED')
    expect(Number(headers['retry-after'])).toBeGreaterThan(80_000)
  })

  it('takes five tries, also at once, for ten minutes', async () => {
    const personId = await keypad.addPerson()
    const { verificationId } = (await start(personId)).body
    const code = lastSmsCode()
    const tries = Array.from({ length: 10 }, () =>
      codeOf(confirm(personId, verificationId, wrong(code))),
    )
    const codes = await Promise.all(tries)
    expect(codes.filter((one) => one === 'SMS_CODE_WRONG')).toHaveLength(4)
    expect(codes.filter((one) => one === 'SMS_TRIES_EXHAUSTED')).toHaveLength(6)
    expect(await codeOf(confirm(personId, verificationId, code))).toBe('SMS_TRIES_EXHAUSTED')

    await pass(personId, '61 seconds')
    const late = (await start(personId)).body.verificationId
    await core.services.db.pool.query(
      'update verifications set expires_at = now() where verification_id = $1',
      [late],
    )
    expect(await codeOf(confirm(personId, late, lastSmsCode()))).toBe('SMS_CODE_EXPIRED')
  })

  it('is nobody else’s', async () => {
    const [personId, other] = [await keypad.addPerson(), await keypad.addPerson()]
    const { verificationId } = (await start(personId)).body
    expect(await codeOf(confirm(other, verificationId, lastSmsCode()))).toBe('VERIFICATION_INVALID')
    expect(await codeOf(confirm(personId, v7(), lastSmsCode()))).toBe('VERIFICATION_INVALID')
  })
})

describe('a verification by the bank', () => {
  it('sets a password again that is locked, or forgotten', async () => {
    for (const locked of [true, false]) {
      const { personId, body } = await addCardHolder()
      await setPassword(core, personId, { locked })
      const started = await start(personId, body)
      expect(started.body.phoneTail).toBe('9000')
      const { verificationId } = started.body
      const code = core.gateway.readSmsCode(verificationId)
      expect((await confirm(personId, verificationId, code)).status).toBe(200)
      const page = await keypad.openPage(personId, { kind: 'set_password', verificationId })
      expect((await keypad.enter(page, '580362', '银杏')).code).toBe('approved')
      const approve = await keypad.openPage(personId, { kind: 'sign_agreement' })
      expect((await keypad.enter(approve, '580362')).code).toBe('approved')
    }
  })

  it('needs a card that is bound and alive', async () => {
    const { personId, cardId } = await addCardHolder()
    const other = await addCardHolder()
    expect(await codeOf(start(personId, { means: 'bank_card', cardId: other.cardId }))).toBe(
      'CARD_NOT_BOUND',
    )
    const { pool } = core.services.db
    await pool.query('update bank_cards set unbound_at = now() where card_id = $1', [cardId])
    expect(await codeOf(start(personId, { means: 'bank_card', cardId }))).toBe('CARD_NOT_BOUND')
    const closed = await addCardHolder()
    core.gateway.addCard({
      ...{ name: 'x', idNumber: '1', cardNo: '1', phone: '1', bankName: 'x' },
      ...{ token: 'tok-closed', status: 'closed' },
    })
    await pool.query("update bank_cards set token = 'tok-closed' where card_id = $1", [
      closed.cardId,
    ])
    expect(await codeOf(start(closed.personId, closed.body))).toBe('BANK_CARD_CLOSED')
  })

  it('counts what the bank turns down, though it need not be waited after', async () => {
    const { pool } = core.services.db
    const closed = await addCardHolder()
    const unknown = await addCardHolder()
    const token = `tok-${v7()}`
    core.gateway.addCard({
      ...{ name: 'x', idNumber: '1', cardNo: '2', phone: '1', bankName: 'x' },
      ...{ token, status: 'closed' },
    })
    const point = 'update bank_cards set token = $2 where card_id = $1'
    await pool.query(point, [closed.cardId, token])
    await pool.query(point, [unknown.cardId, 'tok-nobody'])
    for (const [{ personId, body }, code] of [
      [closed, 'BANK_CARD_CLOSED'],
      [unknown, 'BANK_NOT_REACHABLE'],
    ] as const) {
      for (let i = 0; i < 10; i++) expect(await codeOf(start(personId, body))).toBe(code)
      expect(await codeOf(start(personId, body))).toBe('RATE_LIMITED')
    }
  })

  it('takes five tries, and costs none while the bank is silent', async () => {
    const { personId, body } = await addCardHolder()
    const { verificationId } = (await start(personId, body)).body
    const code = core.gateway.readSmsCode(verificationId)
    core.gateway.setFault('silent')
    for (let i = 0; i < 6; i++) {
      expect(await codeOf(confirm(personId, verificationId, code))).toBe('BANK_NOT_REACHABLE')
    }
    core.gateway.setFault('none')
    for (let i = 0; i < 4; i++) {
      expect(await codeOf(confirm(personId, verificationId, wrong(code)))).toBe('SMS_CODE_WRONG')
    }
    expect(await codeOf(confirm(personId, verificationId, wrong(code)))).toBe('SMS_TRIES_EXHAUSTED')
    expect(await codeOf(confirm(personId, verificationId, code))).toBe('SMS_TRIES_EXHAUSTED')
  })

  it('ends with the bank’s code, and counts a message unless it surely was not sent', async () => {
    const { personId, body } = await addCardHolder()
    core.gateway.setFault('down')
    expect(await codeOf(start(personId, body))).toBe('BANK_NOT_REACHABLE')
    core.gateway.setFault('none')
    const { verificationId } = (await start(personId, body)).body
    const code = core.gateway.readSmsCode(verificationId)
    core.gateway.expireSmsCode(verificationId)
    expect(await codeOf(confirm(personId, verificationId, code))).toBe('SMS_CODE_EXPIRED')
    await pass(personId, '61 seconds')
    core.gateway.setFault('silent')
    expect(await codeOf(start(personId, body))).toBe('BANK_NOT_REACHABLE')
    core.gateway.setFault('none')
    expect(await codeOf(start(personId, body))).toBe('SMS_TOO_SOON')
  })
})
