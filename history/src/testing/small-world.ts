import type { WorldLine } from '../diary.ts'

export const BEGAN_MS = Date.UTC(2026, 8, 1, 4)

/** Three people, two merchants, three tills: enough for every way to pay. */
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
    },
    { id: 'bob', class: 'teacher', walletFen: 500, bankAccount: 'card-bob', oneCardAccount: null },
    { id: 'cid', class: 'external', walletFen: 0, bankAccount: null, oneCardAccount: 'n3' },
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
  singleLimitFen: 20_000,
  dailyLimitFen: 50_000,
}
