import { readFileSync } from 'node:fs'
import { campusSchema } from '@campus-ecode/protocol/campus'
import { describe, expect, it } from 'vitest'
import { type OutsideAccounts, outsideAccountsSchema } from '../outside-accounts.ts'

const campus = campusSchema.parse(read('campus.json'))
const outside = outsideAccountsSchema.parse(read('outside-accounts.json'))
const bankCards = outside.bank.map(({ account, card }) => {
  if (!card) throw new Error('an account of nobody')
  return { account, ...card }
})
const { people } = campus

describe('the demo campus', () => {
  it('has every class, one unclaimed card and one person without a wallet', () => {
    const count = (wanted: string) => people.filter((person) => person.class === wanted).length
    expect(count('student')).toBeGreaterThanOrEqual(6)
    expect([count('teacher'), count('external'), count('visitor')]).toEqual([1, 1, 1])
    expect(people.filter(({ claimed }) => !claimed)).toHaveLength(1)
    expect(people.filter((person) => person.claimed && !person.wallet)).toHaveLength(1)
  })

  it('tells people apart by card number, name and the end of the phone number', () => {
    expect(isDistinct(people.map(({ cardNo }) => cardNo))).toBe(true)
    expect(isDistinct(people.map(({ name }) => name))).toBe(true)
    for (const { phone } of people) expect(phone).toMatch(/^\d{11}$/)
    expect(isDistinct(people.map(({ phone }) => phone?.slice(-4)))).toBe(true)
  })

  it('prices by class at every merchant with tills (R4), of which there are at least two', () => {
    const shops = campus.merchants.filter(({ terminals }) =>
      terminals.some(({ kind }) => kind === 'till'),
    )
    expect(shops).toHaveLength(2)
    expect(shops.flatMap(({ terminals }) => terminals).length).toBeGreaterThan(1)
    for (const { priceRules } of shops) {
      const permille = Object.fromEntries(priceRules.map((rule) => [rule.class, rule.permille]))
      expect(permille).toEqual({ student: 900, external: 1150 })
    }
  })

  it('has the one-card office know everybody by name and class, with a password (R2b)', () => {
    for (const { cardNo, name, class: kind } of people) {
      const holder = outside.cardHolders.find((known) => known.cardNo === cardNo)
      expect(holder).toMatchObject({ name, class: kind, left: false })
      expect(holder?.password).toBe(cardNo.slice(-6))
    }
  })

  it('keeps a bank account for every bound card, holding at least its first top-up', () => {
    const cards = people.flatMap(({ wallet }) =>
      wallet?.bankCard ? [{ token: wallet.bankCard.token, topUpFen: wallet.topUpFen }] : [],
    )
    expect(isDistinct(cards.map(({ token }) => token))).toBe(true)
    for (const { token, topUpFen } of cards) {
      expect(balanceOf(outside.bank, token)).toBeGreaterThanOrEqual(topUpFen)
    }
  })

  it('has the bank know a bound card by the same holder, bank and tail', () => {
    for (const { name, phone, wallet } of people) {
      if (!wallet?.bankCard) continue
      const { token, bankName, tail } = wallet.bankCard
      const known = bankCards.find(({ account }) => account === token)
      expect(known).toMatchObject({ name, phone, bankName, status: 'active' })
      expect(known?.cardNo.slice(-4)).toBe(tail)
    }
  })

  it('has bank cards of its own people to bind: well-formed, plainly invented, one number each', () => {
    const phones = new Map(people.map(({ name, phone }) => [name, phone]))
    for (const { name, idNumber, cardNo, phone } of bankCards) {
      expect(phones.get(name)).toBe(phone)
      // No area has this number, and no issuer this one (ISO/IEC 7812: 9 is for national use).
      expect(idNumber).toMatch(/^9901\d{13}[\dX]$/)
      expect(hasCheckCharacter(idNumber)).toBe(true)
      expect(cardNo).toMatch(/^9990\d{12}$/)
      expect(passesLuhn(cardNo)).toBe(true)
    }
    expect(isDistinct(bankCards.map(({ cardNo }) => cardNo))).toBe(true)
    expect(isDistinct(bankCards.map(({ account }) => account))).toBe(true)
    const idNumbers = new Map(bankCards.map(({ name, idNumber }) => [name, idNumber]))
    for (const { name, idNumber } of bankCards) expect(idNumbers.get(name)).toBe(idNumber)
  })

  it('can show several cards of one person at several banks, a closed card and an unsupported bank', () => {
    const ofLin = bankCards.filter(({ name, status }) => name === '林知夏' && status === 'active')
    expect(new Set(ofLin.map(({ bankName }) => bankName)).size).toBeGreaterThanOrEqual(3)
    const count = (wanted: string) => bankCards.filter(({ status }) => status === wanted).length
    expect([count('closed'), count('not_supported')]).toEqual([1, 1])
    const bound = new Set(people.flatMap(({ wallet }) => wallet?.bankCard?.token ?? []))
    const free = bankCards.filter(
      ({ account, status }) => status === 'active' && !bound.has(account),
    )
    for (const { name } of people.filter(({ wallet }) => !wallet?.bankCard)) {
      expect(free.map((card) => card.name)).toContain(name)
    }
  })

  it('has showers where people are who can pay for one (R26, R40)', () => {
    const bath = campus.merchants.find(({ terminals }) =>
      terminals.some(({ kind }) => kind === 'shower'),
    )
    expect(bath?.terminals.map(({ kind }) => kind)).toEqual(['shower', 'shower'])
    const near = people.filter((person) => person.campus === bath?.campus)
    expect(near.some(({ wallet }) => (wallet?.topUpFen ?? 0) >= 1_500)).toBe(true)
  })

  it('has a room or account behind each of its utilities (R39)', () => {
    expect(campus.utilities.map(({ kind }) => kind)).toEqual(['electricity', 'water', 'network'])
    for (const { kind, campus: place } of campus.utilities) {
      const known = outside.utilities.filter(
        (account) =>
          account.utility === kind && (!place || !account.campus || account.campus === place),
      )
      expect(known.length).toBeGreaterThan(1)
    }
  })

  it('tops up nobody who has no card to take it from', () => {
    for (const { wallet } of people) {
      if (wallet && !wallet.bankCard) expect(wallet.topUpFen).toBe(0)
    }
  })

  it('keeps a one-card account for everybody who has one', () => {
    const cardNos = people.filter(({ oneCard }) => oneCard).map(({ cardNo }) => cardNo)
    expect(names(outside.oneCard)).toEqual(cardNos.sort())
  })

  it('can show the bank fallback (R13), a bank that declines, and too little of everything', () => {
    const price = 1350 // A ¥15.00 lunch for a student.
    const poor = people.filter(({ wallet }) => wallet && wallet.topUpFen < price)
    const bankLeft = poor.map(({ wallet }) =>
      wallet?.bankCard ? balanceOf(outside.bank, wallet.bankCard.token) - wallet.topUpFen : null,
    )
    expect(bankLeft.some((left) => left === null)).toBe(true)
    expect(bankLeft.some((left) => left !== null && left < price)).toBe(true)
    expect(bankLeft.some((left) => left !== null && left > 100_000)).toBe(true)
  })
})

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../demo/${name}`, import.meta.url), 'utf8'))
}

function names(accounts: OutsideAccounts['oneCard']): string[] {
  return accounts.map(({ account }) => account).sort()
}

function balanceOf(accounts: OutsideAccounts['bank'], name: string): number {
  const found = accounts.find(({ account }) => account === name)
  if (!found) throw new Error('no such outside account')
  return found.balanceFen
}

function isDistinct(values: unknown[]): boolean {
  return new Set(values).size === values.length
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

/** ISO 7064, MOD 11-2, as GB 11643 has it. */
function hasCheckCharacter(idNumber: string): boolean {
  const rest = [...idNumber].reduce(
    (sum, character) => (sum * 2 + (character === 'X' ? 10 : Number(character))) % 11,
    0,
  )
  return rest === 1
}
