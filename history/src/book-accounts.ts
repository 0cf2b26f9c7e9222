import type { WorldLine } from './diary.ts'

export type AccountKind = 'wallet' | 'merchant' | 'clearing' | 'transit'

/** The books' accounts of a world: `wallet/<person>`, `merchant/<merchant>`, `clearing/<port>`, `transit/bank`. */
export function listBookAccounts(world: WorldLine): Map<string, AccountKind> {
  return new Map<string, AccountKind>([
    ...world.people.map(({ id }) => [`wallet/${id}`, 'wallet'] as const),
    ...world.merchants.map(({ id }) => [`merchant/${id}`, 'merchant'] as const),
    ['clearing/bank', 'clearing'],
    ['clearing/one_card', 'clearing'],
    ['transit/bank', 'transit'],
  ])
}
