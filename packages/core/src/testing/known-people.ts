import type { CardHolder } from '@campus-ecode/protocol/people-port'
import type { PeoplePort } from '../ports/people-port.ts'

/** A one-card system's people with their campus-card passwords, in memory. */
export function createKnownPeople() {
  const holders = new Map<string, CardHolder & { password: string }>()
  const checks: string[] = []
  let isAway = false
  const port: PeoplePort = {
    async lookUp(cardNo) {
      if (isAway) return { ok: false, reason: 'UNKNOWN' }
      const holder = holders.get(cardNo)
      if (!holder) return { ok: false, reason: 'REFUSED', error: 'ACCOUNT_UNKNOWN' }
      const { password: _, ...value } = holder
      return { ok: true, value }
    },
    async checkPassword(cardNo, password) {
      checks.push(cardNo)
      if (isAway) return { ok: false, reason: 'UNKNOWN' }
      return { ok: true, value: { matches: holders.get(cardNo)?.password === password } }
    },
  }
  return {
    ...port,
    /** Card numbers whose password was asked about. */
    passwordChecks: checks,
    givePassword(cardNo: string, password: string, more: Partial<CardHolder> = {}) {
      const holder = { cardNo, name: '林半夏', class: 'teacher', left: false } as const
      holders.set(cardNo, { ...holder, ...more, password })
    },
    /** Of the part that knows people; its money is another matter. */
    setPeopleAway(away: boolean) {
      isAway = away
    },
  }
}
