import { createHash } from 'node:crypto'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGates, type TestGate } from '../testing/gates.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
let gates: ReturnType<typeof createGates>
beforeAll(async () => {
  core = await createHttpCore()
  gates = createGates(core)
})
afterAll(() => core.close())

const issue = async (personId: string) =>
  (await core.call('issueIdentityCode', { params: { personId } })).body
const check = (gate: TestGate, code: string) =>
  core.call('checkIdentity', { key: gate.key, body: { code } })
const refusal = async (gate: TestGate, code: string) => (await check(gate, code)).body.code
const addDesk = (zone = '图书馆') => gates.addGate({ zone, permissions: ['identity'] })

describe('an identity code (R5)', () => {
  it('tells a verifier class and masked name, and a name that is good in its zone alone (R4)', async () => {
    const { personId } = await core.addPerson({ personClass: 'student' })
    const issued = await issue(personId)
    expect(issued.code).toMatch(/^7210011\d{17}$/)
    expect(Date.parse(issued.expiresAt) - Date.parse(issued.issuedAt)).toBe(60_000)
    const desk = await addDesk()
    const { status, body } = await check(desk, issued.code)
    expect([status, body]).toEqual([
      200,
      { class: 'student', maskedName: '林*夏', holder: expect.stringMatching(/^[\w-]{22}$/) },
    ])
    expect((await check(await addDesk(), (await issue(personId)).code)).body.holder).toBe(
      body.holder,
    )
    const elsewhere = await check(await addDesk('医务室'), (await issue(personId)).code)
    expect(elsewhere.body.holder).not.toBe(body.holder)
    const { personId: other } = await core.addPerson()
    expect((await check(desk, (await issue(other)).code)).body.holder).not.toBe(body.holder)
  })

  it('belongs to the first verifier that asks, who may ask again', async () => {
    const { personId } = await core.addPerson()
    const { code } = await issue(personId)
    const desks = await Promise.all([addDesk(), addDesk(), addDesk()])
    const replies = await Promise.all(desks.map((desk) => check(desk, code)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const [i, desk] of desks.entries()) {
      const again = await check(desk, code)
      expect(again.body.code).toBe(replies[i]?.body.code)
      if (again.status !== 200) expect(again.body.code).toBe('IDENTITY_CODE_INVALID')
    }
  })

  it('IDENTITY_CODE_INVALID from 60 seconds on, after the next was drawn, and of a card that is locked', async () => {
    const { personId } = await core.addPerson()
    const desk = await addDesk()
    const old = await issue(personId)
    core.moveClock(60_000)
    expect(await refusal(desk, old.code)).toBe('IDENTITY_CODE_INVALID')
    core.moveClock(-60_000)
    const [before, last] = [await issue(personId), await issue(personId)]
    expect(await refusal(desk, before.code)).toBe('IDENTITY_CODE_INVALID')
    expect((await check(desk, last.code)).status).toBe(200)
    await core.call('lockCard', { params: { personId } })
    expect(await refusal(desk, last.code)).toBe('IDENTITY_CODE_INVALID')
  })

  it('IDENTITY_CODE_INVALID for another school’s, which counts as no guess', async () => {
    const desk = await addDesk()
    const { code } = await issue((await core.addPerson()).personId)
    for (let i = 0; i < 4; i++) {
      expect(await refusal(desk, code.replace(/^721001/, '722002'))).toBe('IDENTITY_CODE_INVALID')
    }
    expect((await check(desk, code)).status).toBe(200)
  })

  it('IDENTITY_CODE_OTHER_KIND for every other code, 71 for 72 included', async () => {
    const { personId } = await core.addPerson()
    const desk = await addDesk()
    const payment = (
      await core.call('issueCode', { params: { personId }, body: { account: 'wallet' } })
    ).body.code
    const identity = (await issue(personId)).code
    for (const code of [
      payment,
      identity.replace(/^72/, '71'),
      '130123456789012345',
      `${identity}\n`,
      identity.slice(1),
      'hello',
      '',
    ]) {
      expect(await refusal(desk, code)).toBe('IDENTITY_CODE_OTHER_KIND')
    }
    expect((await check(desk, identity)).status).toBe(200)
  })

  it('never pays, nor does a payment code that is made of it', async () => {
    const { personId } = await core.addPerson()
    const { code } = await issue(personId)
    const pay = (digits: string) =>
      core.refused('pay', { body: { orderNo: v7(), amountFen: 1, code: digits } })
    expect(await pay(code)).toBe('CODE_IDENTITY_ONLY')
    expect(await pay(code.replace(/^721001.(.*)$/, '7110017$1'))).toBe('CODE_NOT_RECOGNISED')
    expect((await core.payer(personId)).wallet_fen).toBe(10_000)
    // Asking for it at a till has not used it up.
    expect((await check(await addDesk(), code)).status).toBe(200)
  })

  it('RATE_LIMITED for five seconds after three of nobody in a row, for this gate alone', async () => {
    const { personId } = await core.addPerson()
    const [desk, other] = [await addDesk(), await addDesk()]
    const wrong = (i: number) => `7210011${String(i).padStart(17, '0')}`
    for (let i = 0; i < 2; i++) {
      expect(await refusal(desk, wrong(i))).toBe('IDENTITY_CODE_INVALID')
    }
    // A genuine one ends the row.
    expect((await check(desk, (await issue(personId)).code)).status).toBe(200)
    for (let i = 0; i < 3; i++) {
      expect(await refusal(desk, wrong(i))).toBe('IDENTITY_CODE_INVALID')
    }
    const paused = await check(desk, (await issue(personId)).code)
    expect(paused.body).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 5 })
    expect((await check(other, (await issue(personId)).code)).status).toBe(200)
    core.moveClock(5_100)
    expect((await check(desk, (await issue(personId)).code)).status).toBe(200)
    core.moveClock(-5_100)
  })

  it.each([
    ['CARD_NOT_CLAIMED', 'unclaimed'],
    ['CARD_LOCKED', 'locked'],
    ['CARD_CLOSED', 'closed'],
  ])('%s for a card that is %s', async (code, cardStatus) => {
    const { personId } = await core.addPerson({ cardStatus })
    expect(await core.refused('issueIdentityCode', { params: { personId } })).toBe(code)
  })

  it('stands nowhere in the database or the log', async () => {
    const { personId } = await core.addPerson()
    const { code } = await issue(personId)
    await check(await addDesk(), code)
    const { rows } = await core.db.pool.query('select * from identity_codes where person_id = $1', [
      personId,
    ])
    expect(rows[0].code_hash).toEqual(createHash('sha256').update(code).digest())
    expect(JSON.stringify(rows)).not.toContain(code)
    expect(core.logged.join('')).not.toContain(code)
  })
})
