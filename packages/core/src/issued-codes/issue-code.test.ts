import { parsePaymentCode } from '@campus-ecode/protocol/payment-code'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(() => core.close())

async function issue(personId: string, body: object = { account: 'wallet' }) {
  return (await core.call('issueCode', { params: { personId }, body })).body
}

async function pay(code: string) {
  const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen: 100, code } })
  return body.code ?? body.status
}

describe('issueCode', () => {
  it('draws a code that pays once within its minute, from the account that it names', async () => {
    const { personId } = await core.addPerson()
    const issued = await issue(personId)
    expect(parsePaymentCode(issued.code)).toMatchObject({
      school: '1001',
      mode: 7,
      account: 'wallet',
    })
    expect(Date.parse(issued.expiresAt) - Date.parse(issued.issuedAt)).toBe(60_000)
    expect(await pay(issued.code)).toBe('PAID')
    expect(await pay(issued.code)).toBe('CODE_USED')
    const oneCard = await issue(personId, { account: 'one_card' })
    expect(parsePaymentCode(oneCard.code)).toMatchObject({ mode: 6, account: 'one_card' })
  })

  it('CODE_EXPIRED after its minute, and after a newer code or a switch of accounts', async () => {
    const { personId } = await core.addPerson()
    const first = await issue(personId)
    const second = await issue(personId, { account: 'one_card' })
    const third = await issue(personId)
    expect(await pay(first.code)).toBe('CODE_EXPIRED')
    expect(await pay(second.code)).toBe('CODE_EXPIRED')
    await core.services.db.pool.query(
      `update issued_codes set expires_at = now() where code_id = $1`,
      [third.codeId],
    )
    expect(await pay(third.code)).toBe('CODE_EXPIRED')
  })

  it('R18: a code scanned at the moment of renewal still pays, and then the new one dies', async () => {
    const { personId } = await core.addPerson()
    const renew = () => issue(personId, { account: 'wallet', keepEarlier: true })
    const [oldest, earlier, newest] = [await issue(personId), await renew(), await renew()]
    expect(await pay(oldest.code)).toBe('CODE_EXPIRED')
    expect(await pay(earlier.code)).toBe('PAID')
    expect(await pay(newest.code)).toBe('CODE_EXPIRED')
  })

  it('leaves other people’s codes alone', async () => {
    const [one, two] = [await core.addPerson(), await core.addPerson()]
    const { code } = await issue(one.personId)
    await issue(two.personId)
    expect(await pay(code)).toBe('PAID')
  })

  it('PASSWORD_REQUIRED when its digits were shown', async () => {
    const { personId } = await core.addPerson()
    const { code, revealed } = await issue(personId, { account: 'wallet', revealed: true })
    expect(revealed).toBe(true)
    expect(await pay(code)).toBe('PASSWORD_REQUIRED')
  })

  it('keeps of each code nothing but a hash', async () => {
    const { personId } = await core.addPerson()
    const { code } = await issue(personId)
    const { rows } = await core.services.db.pool.query(
      'select issued_codes::text as row from issued_codes where person_id = $1',
      [personId],
    )
    expect(rows).toHaveLength(1)
    expect(rows[0].row).not.toContain(code.slice(7))
    expect(core.logged.join('')).not.toContain(code.slice(7))
  })

  it('never draws the same twice, and every digit anywhere', async () => {
    const { personId } = await core.addPerson()
    const codes = new Set<string>()
    const seen = Array.from({ length: 17 }, () => new Set<string>())
    for (let i = 0; i < 120; i++) {
      const { code } = await issue(personId)
      codes.add(code)
      for (const [at, digit] of [...code.slice(7)].entries()) seen[at]?.add(digit)
    }
    expect(codes.size).toBe(120)
    for (const digits of seen) expect(digits.size).toBeGreaterThan(7)
  })

  it('of many asked for at once leaves one that pays', async () => {
    const { personId } = await core.addPerson()
    const issued = await Promise.all(Array.from({ length: 10 }, () => issue(personId)))
    const results = await Promise.all(issued.map(({ code }) => pay(code)))
    expect(results.filter((result) => result === 'PAID')).toHaveLength(1)
    expect(results.filter((result) => result === 'CODE_EXPIRED')).toHaveLength(9)
  })

  it.each([
    ['CARD_NOT_CLAIMED', { cardStatus: 'unclaimed' }, 'wallet'],
    ['CARD_LOCKED', { cardStatus: 'locked' }, 'wallet'],
    ['CARD_CLOSED', { cardStatus: 'closed' }, 'wallet'],
    ['ACCOUNT_NOT_OPEN', { wallet: 'closed', walletFen: 0 }, 'wallet'],
    ['ACCOUNT_NOT_OPEN', { oneCardStatus: 'not_open' }, 'one_card'],
  ])('%s', async (code, person, account) => {
    const { personId } = await core.addPerson(person)
    expect(await core.refused('issueCode', { params: { personId }, body: { account } })).toBe(code)
  })
})
