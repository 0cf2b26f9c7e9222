import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestSandbox } from '../testing/test-sandbox.ts'
import { createPeopleBook } from './people-book.ts'

const lin = {
  cardNo: '2023010417',
  name: '林知夏',
  class: 'student',
  left: false,
  password: '010417',
} as const
let sandbox: TestSandbox
beforeEach(async () => {
  sandbox = await TestSandbox.open({ bank: [], oneCard: [], cardHolders: [lin] })
})
afterEach(() => sandbox.remove())

const lookUp = (cardNo: string) =>
  sandbox.call(sandbox.urls.oneCardUrl, 'POST', '/v1/people/look-ups', { cardNo })
const check = (cardNo: unknown, password: unknown) =>
  sandbox.call(sandbox.urls.oneCardUrl, 'POST', '/v1/password-checks', { cardNo, password })

describe('people of the one-card system (R2b)', () => {
  it('are told by number, without their password', async () => {
    const { status, body } = await lookUp(lin.cardNo)
    expect(status).toBe(200)
    expect(body).toEqual({ cardNo: lin.cardNo, name: '林知夏', class: 'student', left: false })
    expect((await lookUp('1')).body).toEqual({ error: 'ACCOUNT_UNKNOWN' })
  })

  it('have a password; a wrong one and an unknown number are answered alike', async () => {
    expect((await check(lin.cardNo, '010417')).body).toEqual({ cardNo: lin.cardNo, matches: true })
    for (const [cardNo, password] of [
      [lin.cardNo, '010418'],
      ['1', '010417'],
    ]) {
      expect((await check(cardNo, password)).body).toEqual({ cardNo, matches: false })
    }
    expect((await check(lin.cardNo, '')).body).toEqual({ error: 'BAD_REQUEST' })
  })

  it('are nobody’s at the bank', async () => {
    const { bankUrl } = sandbox.urls
    const asked = sandbox.call(bankUrl, 'POST', '/v1/people/look-ups', { cardNo: lin.cardNo })
    await expect(asked).rejects.toThrow('404')
  })

  it('are locked by ten wrong passwords, for ten minutes', () => {
    let nowMs = 0
    const book = createPeopleBook([lin], () => nowMs)
    const guess = (password: string) => book.checkPassword(lin.cardNo, password).matches
    for (let i = 0; i < 9; i++) expect(guess('wrong')).toBe(false)
    expect(guess(lin.password)).toBe(true)
    for (let i = 0; i < 10; i++) expect(guess('wrong')).toBe(false)
    expect(guess(lin.password)).toBe(false)
    nowMs += 10 * 60_000 + 1
    expect(guess(lin.password)).toBe(true)
  })
})
