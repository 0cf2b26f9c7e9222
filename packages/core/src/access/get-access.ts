import type { AccessContext, AccessOverview } from '@campus-ecode/protocol/access'
import { hasConsent } from '../consents/store.ts'
import { findGatesInUse, type GateRow } from '../gates/store.ts'
import { findLiving, type LivingGathering } from '../gatherings/store.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findLockReach } from '../revocations/lock-reach.ts'
import { findMember, type MemberState, mayGather } from './members.ts'
import { findPolicies, isFor, purposesAt, type StoredPolicy } from './policies.ts'

/**
 * What the person may show a code for, where, and how far the last end of their credentials has reached
 * (R30, R32, R40). The gate decides: what is here saves the person a way, and opens nothing.
 */
export async function getAccess({
  params,
  services,
}: PersonContext<'getAccess'>): PersonOutcome<'getAccess'> {
  const { schoolId, personId } = params
  const { pool } = services.db
  const now = new Date(services.now())
  const [member, policies, gates, gatherings, consented, revocation] = await Promise.all([
    findMember(pool, schoolId, personId),
    findPolicies(pool, schoolId, now.getTime() / 1000),
    findGatesInUse(pool, schoolId),
    findLiving(pool, schoolId, now),
    hasConsent(pool, schoolId, personId, 'gate_records'),
    findLockReach(pool, schoolId, personId, now),
  ])
  if (!member) return refuse('NOT_FOUND')
  const openings = gates.flatMap((gate) => findOpenings(gate, policies, member, now))
  const own = gatherings.filter((gathering) => mayAttend(gathering, member, gates))
  return {
    status: 200,
    body: {
      consented,
      contexts: [...scenesOf(openings), ...own.map(toContext)],
      places: placesOf(openings),
      mayGather: mayGather(member),
      revocation,
      serverTime: now.toISOString(),
    },
  }
}

/** A purpose for which a gate lets the person in, at some time. */
interface Opening {
  gate: GateRow
  purpose: StoredPolicy['purposes'][number]
  /** It is a scene of the person's own: R40. */
  isOffered: boolean
}

function findOpenings(
  gate: GateRow,
  policies: readonly StoredPolicy[],
  member: MemberState,
  now: Date,
): Opening[] {
  return policies
    .filter((policy) => isFor(policy, member))
    .flatMap((policy) => {
      const isOffered = hasBegun(policy, now) && isAtHome(policy, gate, member)
      return purposesAt(policy, gate).map((purpose) => ({ gate, purpose, isOffered }))
    })
}

function hasBegun({ notBefore }: StoredPolicy, now: Date): boolean {
  return notBefore === null || notBefore * 1000 <= now.getTime()
}

/** On another campus a scene is the person's only where a policy names the place. */
function isAtHome({ campuses, zones }: StoredPolicy, gate: GateRow, member: MemberState): boolean {
  const isOwnCampus =
    gate.campus === null || member.campus === null || gate.campus === member.campus
  return isOwnCampus || campuses.length > 0 || zones.length > 0
}

function scenesOf(openings: readonly Opening[]): AccessContext[] {
  return (['door', 'library'] as const)
    .filter((own) => openings.some(({ purpose, isOffered }) => isOffered && purpose === own))
    .map((purpose) => ({ purpose, context: 0, title: null, place: null, endsAt: null }))
}

function placesOf(openings: readonly Opening[]): AccessOverview['places'] {
  const places = openings.map(({ gate: { campus, zone }, purpose }) => ({ purpose, campus, zone }))
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()]
}

function mayAttend(
  { classes, groups, zone, purpose }: LivingGathering,
  member: MemberState,
  gates: readonly GateRow[],
): boolean {
  return (
    classes.includes(member.class) &&
    (groups.length === 0 || groups.some((group) => member.groups.includes(group))) &&
    gates.some((gate) => gate.zone === zone && gate.purposes.includes(purpose))
  )
}

function toContext({ purpose, context, title, zone, ends_at }: LivingGathering): AccessContext {
  return { purpose, context, title, place: zone, endsAt: ends_at.toISOString() }
}
