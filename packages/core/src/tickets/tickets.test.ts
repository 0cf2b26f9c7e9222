import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { keepOpenid, saveSignInBinding } from '../sign-ins/binding-store.ts'
import { findBinding } from '../sign-ins/find-binding.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createSecret } from './secret.ts'
import { insertTicket } from './store.ts'

const bffOrigin = 'https://bff.example'
const target = 'https://school.example/card'
let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
  await core.services.db.pool.query(`update schools set origins = '{https://school.example}'`)
})
afterAll(() => core.close())

const newVerifier = () => randomBytes(32).toString('base64url')
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
const create = (personId: string, more: object = {}) => ({
  params: { personId },
  body: { target, bffOrigin, channel: 'school', binding: '', ...more },
})
const redeem = (ticket: string, verifier: string) => ({ body: { ticket, verifier } })
async function ticketFor(personId: string): Promise<string> {
  return (await core.call('createTicket', create(personId))).body.ticket
}

describe('a ticket', () => {
  it('is redeemed by the first who comes, and by nobody else after that', async () => {
    const { personId } = await core.addPerson()
    const made = await core.call('createTicket', create(personId))
    expect(made.status).toBe(201)
    expect(made.body.ticket).toMatch(/^1001[\w-]{43}$/)
    expect(Date.parse(made.body.expiresAt) - Date.now()).toBeLessThan(61_000)
    const verifier = newVerifier()
    for (let i = 0; i < 2; i++) {
      const { body } = await core.call('redeemTicket', redeem(made.body.ticket, verifier))
      expect(body).toEqual({
        ...{ personId, channel: 'school', binding: '' },
        origins: ['https://school.example'],
      })
    }
    const other = redeem(made.body.ticket, newVerifier())
    expect(await core.refused('redeemTicket', other)).toBe('TICKET_INVALID')
    // Who has it goes on having it.
    expect((await core.call('redeemTicket', redeem(made.body.ticket, verifier))).status).toBe(200)
  })

  it('is redeemed by one of two who come at once', async () => {
    const ticket = await ticketFor((await core.addPerson()).personId)
    const both = await Promise.all(
      [newVerifier(), newVerifier()].map((verifier) =>
        core.call('redeemTicket', redeem(ticket, verifier)),
      ),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403])
  })

  it('that was made for a page is of no use to others, and to none after they have tried', async () => {
    const { personId } = await core.addPerson()
    const [own, others] = [newVerifier(), newVerifier()]
    const make = async () => {
      const { secret, hash } = createSecret(SCHOOL)
      await inTransaction(core.services.db.pool, (tx) =>
        insertTicket(tx, {
          ...{ schoolId: SCHOOL, ticketHash: hash, personId },
          ...{ channel: 'school', challenge: challengeOf(own) },
        }),
      )
      return secret
    }
    expect((await core.call('redeemTicket', redeem(await make(), own))).status).toBe(200)
    const stolen = await make()
    expect(await core.refused('redeemTicket', redeem(stolen, others))).toBe('TICKET_INVALID')
    expect(await core.refused('redeemTicket', redeem(stolen, own))).toBe('TICKET_INVALID')
  })

  it('is good for a minute, and guessed by nobody', async () => {
    const ticket = await ticketFor((await core.addPerson()).personId)
    await core.services.db.pool.query('update sign_in_tickets set expires_at = now()')
    expect(await core.refused('redeemTicket', redeem(ticket, newVerifier()))).toBe('TICKET_INVALID')
    const guessed = `${SCHOOL}${newVerifier()}`
    expect(await core.refused('redeemTicket', redeem(guessed, newVerifier()))).toBe(
      'TICKET_INVALID',
    )
    const elsewhere = { ...redeem(guessed, newVerifier()), params: { schoolId: '1002' } }
    expect(await core.refused('redeemTicket', elsewhere)).toBe('TICKET_INVALID')
  })

  it('leads to pages of the school and the BFF alone', async () => {
    const { personId } = await core.addPerson()
    for (const fine of [target, `${bffOrigin}/h5/1001?screen=pay`]) {
      expect((await core.call('createTicket', create(personId, { target: fine }))).status).toBe(201)
    }
    for (const wrong of [
      'https://evil.example/',
      'https://school.example.evil.example/',
      'https://school.example@evil.example/',
      'https://user@school.example/',
      'http://school.example/',
      'https://school.example:8443/',
    ]) {
      expect(await core.refused('createTicket', create(personId, { target: wrong }))).toBe(
        'RETURN_ADDRESS_NOT_ALLOWED',
      )
    }
  })

  it('is made for nobody whose sign-in is over, and does not outlast it', async () => {
    const { personId } = await core.addPerson()
    const none = create(personId, { channel: 'wechat' })
    expect(await core.refused('createTicket', none)).toBe('SIGN_IN_ENDED')
    const openid = await keepOpenid(core.services, SCHOOL, 'official_account', 'o-ticket')
    await inTransaction(core.services.db.pool, (tx) =>
      saveSignInBinding(tx, SCHOOL, personId, 'official_account', openid),
    )
    const binding = await findBinding(core.services.db.pool, SCHOOL, personId, 'wechat')
    const byWechat = create(personId, { channel: 'wechat', binding })
    const { ticket } = (await core.call('createTicket', byWechat)).body
    const spare = (await core.call('createTicket', byWechat)).body.ticket
    const verifier = newVerifier()
    expect((await core.call('redeemTicket', redeem(ticket, verifier))).body.channel).toBe('wechat')
    await core.call('endWechatSignIn', { params: { personId } })
    for (const gone of [ticket, spare]) {
      expect(await core.refused('redeemTicket', redeem(gone, verifier))).toBe('TICKET_INVALID')
    }
    const nobody = create('0190d1a2-0000-7000-8000-000000000001')
    expect(await core.refused('createTicket', nobody)).toBe('SIGN_IN_ENDED')
  })

  it('is made thirty times in ten minutes at most', async () => {
    const { personId } = await core.addPerson()
    const made = await Promise.all(Array.from({ length: 30 }, () => ticketFor(personId)))
    expect(new Set(made).size).toBe(30)
    expect(await core.refused('createTicket', create(personId))).toBe('RATE_LIMITED')
  })

  it('lies nowhere readable', async () => {
    const { personId } = await core.addPerson()
    const ticket = await ticketFor(personId)
    const verifier = newVerifier()
    await core.call('redeemTicket', redeem(ticket, verifier))
    const { rows } = await core.services.db.pool.query(
      'select t::text as row from sign_in_tickets t',
    )
    const stored = rows.map(({ row }) => row).join() + core.logged.join()
    for (const secret of [ticket, verifier]) expect(stored).not.toContain(secret)
  })
})
