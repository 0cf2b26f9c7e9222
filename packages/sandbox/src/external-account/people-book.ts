import { timingSafeEqual } from 'node:crypto'
import { cardHolderSchema } from '@campus-ecode/protocol/people-port'
import { z } from 'zod'

/** Somebody whom the one-card office has given a card and a password. */
export const knownHolderSchema = cardHolderSchema
  .extend({
    left: z.boolean().default(false),
    password: z.string().min(1).max(64).describe('Invented, and nobody’s elsewhere'),
  })
  .strict()
export type KnownHolder = z.output<typeof knownHolderSchema>

const WRONG_MAX = 10
const LOCK_MS = 10 * 60_000

/** What a one-card office knows of people. Ten wrong passwords lock a card's for ten minutes. */
export function createPeopleBook(holders: readonly KnownHolder[], now = () => Date.now()) {
  const wrong = new Map<string, { count: number; untilMs: number }>()
  const find = (cardNo: string) => holders.find((holder) => holder.cardNo === cardNo)
  return {
    lookUp(cardNo: string) {
      const holder = find(cardNo)
      if (!holder) return { error: 'ACCOUNT_UNKNOWN' } as const
      const { name, class: kind, left } = holder
      return { cardNo, name, class: kind, left }
    },
    /** Wrong, locked and unknown are told alike. */
    checkPassword(cardNo: string, password: string): { cardNo: string; matches: boolean } {
      const holder = find(cardNo)
      const before = wrong.get(cardNo)
      const count = before && before.untilMs > now() ? before.count : 0
      const isRight = holder !== undefined && isSame(holder.password, password)
      const matches = isRight && count < WRONG_MAX
      if (matches) wrong.delete(cardNo)
      else wrong.set(cardNo, { count: count + 1, untilMs: now() + LOCK_MS })
      return { cardNo, matches }
    },
  }
}
export type PeopleBook = ReturnType<typeof createPeopleBook>

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
