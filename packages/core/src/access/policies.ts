import type { AccessPurpose } from '@campus-ecode/protocol/access-code'
import type { AccessPolicy } from '@campus-ecode/protocol/campus'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable } from '../db/database.ts'

/** A school's policy as it is stored: single people by id, days as the instants they begin and end at. */
export interface StoredPolicy
  extends Pick<AccessPolicy, 'purposes' | 'campuses' | 'zones' | 'classes' | 'groups' | 'week'> {
  personIds: string[]
  /** Unix seconds. */
  notBefore: number | null
  /** Unix seconds, not included. */
  notAfter: number | null
}

/** China has no summer time: a school's day begins at the same offset all year. */
export const UTC_OFFSET_MINUTES = 480
const DAY_SECONDS = 86_400

const selectPolicies = prepare<{ policy: StoredPolicy }>(
  'select policy from access_policies where school_id = $1 order by policy_id',
)

/** The school's policies, those that are over left out. */
export async function findPolicies(
  on: Queryable,
  schoolId: string,
  nowSeconds: number,
): Promise<StoredPolicy[]> {
  const rows = await selectPolicies(on, [schoolId])
  return rows
    .map(({ policy }) => policy)
    .filter(({ notAfter }) => notAfter === null || nowSeconds < notAfter)
}

/**
 * A policy as it is stored.
 *
 * @param findPerson The person who has a card number; undefined for nobody.
 */
export function toStoredPolicy(
  { name: _, cardNos, from, until, ...policy }: AccessPolicy,
  findPerson: (cardNo: string) => string | undefined,
): StoredPolicy {
  return {
    ...policy,
    personIds: cardNos.flatMap((cardNo) => findPerson(cardNo) ?? []),
    notBefore: from === undefined ? null : startOfDay(from),
    notAfter: until === undefined ? null : startOfDay(until) + DAY_SECONDS,
  }
}

/** When a date begins at the school, in unix seconds. */
function startOfDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000 - UTC_OFFSET_MINUTES * 60
}

/** Where a gate stands and what its reader is for. */
export interface GatePlace {
  campus: string | null
  zone: string
  purposes: AccessPurpose[]
}

/** The purposes for which the policy speaks at this gate; none where it does not. */
export function purposesAt(policy: StoredPolicy, gate: GatePlace): StoredPolicy['purposes'] {
  const { campuses, zones } = policy
  if (campuses.length > 0 && !(gate.campus !== null && campuses.includes(gate.campus))) return []
  if (zones.length > 0 && !zones.includes(gate.zone)) return []
  return policy.purposes.filter((purpose) => gate.purposes.includes(purpose))
}

/** A person as policies and gatherings know them. */
export interface Member {
  personId: string
  class: PersonClass
  groups: string[]
}

/** Whether the policy is for this person, at some time. */
export function isFor(policy: StoredPolicy, { personId, class: own, groups }: Member): boolean {
  return (
    policy.classes.includes(own) ||
    policy.personIds.includes(personId) ||
    policy.groups.some((group) => groups.includes(group))
  )
}
