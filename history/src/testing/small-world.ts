import type { WorldLine } from '../diary.ts'

export const BEGAN_MS = Date.UTC(2026, 8, 1, 4)

const LIMITS = { singleLimitFen: 20_000, dailyLimitFen: 50_000 }

/**
 * Five people, two merchants, three tills: enough for every way to pay. Dan and Eve have payment
 * passwords; Eve has no card any more, and little room in wallet and day.
 */
export const smallWorld: WorldLine = {
  line: 'world',
  seed: 1,
  atMs: BEGAN_MS,
  schoolId: '1001',
  people: [
    {
      id: 'ann',
      class: 'student',
      walletFen: 60_000,
      bankAccount: 'card-ann',
      oneCardAccount: 'n1',
      ...LIMITS,
    },
    {
      ...{ id: 'bob', class: 'teacher', walletFen: 500, bankAccount: 'card-bob' },
      oneCardAccount: null,
      ...LIMITS,
    },
    {
      ...{ id: 'cid', class: 'external', walletFen: 0, bankAccount: null },
      oneCardAccount: 'n3',
      ...LIMITS,
    },
    {
      ...{ id: 'dan', class: 'visitor', walletFen: 300_000, bankAccount: 'card-dan' },
      oneCardAccount: 'n4',
      singleLimitFen: 50_000,
      dailyLimitFen: 300_000,
    },
    {
      ...{ id: 'eve', class: 'visitor', walletFen: 43_000, bankAccount: 'card-eve' },
      oneCardAccount: null,
      singleLimitFen: 40_000,
      dailyLimitFen: 45_000,
    },
  ],
  merchants: [
    {
      id: 'canteen',
      priceRules: [{ class: 'student', permille: 905, name: { 'zh-CN': '学生', en: 'Student' } }],
    },
    { id: 'shop', priceRules: [] },
  ],
  terminals: [
    { id: 't1', merchantId: 'canteen' },
    { id: 't2', merchantId: 'canteen' },
    { id: 't3', merchantId: 'shop' },
  ],
  passwordAboveFen: 20_000,
  passwordDailyFen: 100_000,
  passwordWaitMs: 45_000,
  ways: { people: [], terminals: [], staticDailyFen: 50_000 },
}
