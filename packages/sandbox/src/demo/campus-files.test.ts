import { readFileSync } from 'node:fs'
import { campusSchema } from '@campus-ecode/protocol/campus'
import { balanceFenSchema } from '@campus-ecode/protocol/shapes'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const accountsSchema = z.array(
  z.strictObject({ account: z.string().min(1).max(64), balanceFen: balanceFenSchema.min(0) }),
)
const campus = campusSchema.parse(read('campus.json'))
const outside = z
  .strictObject({ bank: accountsSchema, oneCard: accountsSchema })
  .parse(read('outside-accounts.json'))
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

  it('prices by class at every merchant (R4), with at least two tills', () => {
    expect(campus.merchants).toHaveLength(2)
    expect(campus.merchants.flatMap(({ terminals }) => terminals).length).toBeGreaterThan(1)
    for (const { priceRules } of campus.merchants) {
      const permille = Object.fromEntries(priceRules.map((rule) => [rule.class, rule.permille]))
      expect(permille).toEqual({ student: 900, external: 1150 })
    }
  })

  it('keeps a bank account for every bound card, holding at least its first top-up', () => {
    const cards = people.flatMap(({ wallet }) =>
      wallet?.bankCard ? [{ token: wallet.bankCard.token, topUpFen: wallet.topUpFen }] : [],
    )
    expect(names(outside.bank)).toEqual(cards.map(({ token }) => token).sort())
    expect(isDistinct(cards.map(({ token }) => token))).toBe(true)
    for (const { token, topUpFen } of cards) {
      expect(balanceOf(outside.bank, token)).toBeGreaterThanOrEqual(topUpFen)
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

function names(accounts: z.infer<typeof accountsSchema>): string[] {
  return accounts.map(({ account }) => account).sort()
}

function balanceOf(accounts: z.infer<typeof accountsSchema>, name: string): number {
  const found = accounts.find(({ account }) => account === name)
  if (!found) throw new Error('no such outside account')
  return found.balanceFen
}

function isDistinct(values: unknown[]): boolean {
  return new Set(values).size === values.length
}
