import type { LedgerDump, WorldLine } from './diary.ts'

export type AccountKind = 'wallet' | 'merchant' | 'clearing' | 'transit' | 'hold'

/** The books' accounts of a world: `wallet/<person>`, `merchant/<merchant>`, `clearing/<port>`, `transit/bank`, `hold/<shower>`. */
export function listBookAccounts(
  world: WorldLine,
  showers: LedgerDump['water_sessions'],
): Map<string, AccountKind> {
  return new Map<string, AccountKind>([
    ...world.people.map(({ id }) => [`wallet/${id}`, 'wallet'] as const),
    ...world.merchants.map(({ id }) => [`merchant/${id}`, 'merchant'] as const),
    ['clearing/bank', 'clearing'],
    ['clearing/one_card', 'clearing'],
    ['clearing/wechat', 'clearing'],
    ['transit/bank', 'transit'],
    ...showers.map(({ session_id }) => [`hold/${session_id}`, 'hold'] as const),
  ])
}
