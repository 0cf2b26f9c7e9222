import type { GateRule } from '@campus-ecode/protocol/access-policy'
import { type GatePlace, purposesAt, type StoredPolicy } from '../access/policies.ts'
import { classMember, groupMember, personMember } from '../access/profiles.ts'
import type { LivingGathering } from '../gatherings/store.ts'

/** A profile's number and whom it stands for. */
export interface ProfileSet {
  profile: number
  members: ReadonlySet<string>
}

/**
 * What one gate goes by: each policy and each gathering that concerns it, with groups and people as the
 * numbers that credentials carry.
 */
export function writeRules(
  gate: GatePlace,
  {
    policies,
    gatherings,
    profiles,
  }: {
    policies: readonly StoredPolicy[]
    gatherings: readonly LivingGathering[]
    profiles: readonly ProfileSet[]
  },
): GateRule[] {
  const rules = [
    ...policies.flatMap((policy) => rulesOfPolicy(gate, policy, profiles)),
    ...gatherings
      .filter(({ zone, purpose }) => zone === gate.zone && gate.purposes.includes(purpose))
      .map((gathering) => ruleOfGathering(gathering, profiles)),
  ]
  // What the reader is for, said also while nobody may: else it would call a code's purpose wrong.
  const silent = gate.purposes.filter((own) => !rules.some(({ purpose }) => purpose === own))
  return [...rules, ...silent.map((purpose) => ({ ...NOBODY, purpose }))]
}

/** What policies and gatherings say of groups and people, as profiles hold it. */
export function membersNamed(
  policies: readonly StoredPolicy[],
  gatherings: readonly LivingGathering[],
): string[] {
  return [
    ...policies.flatMap(({ groups, personIds }) => [
      ...groups.map(groupMember),
      ...personIds.map(personMember),
    ]),
    ...gatherings.flatMap(({ groups }) => groups.map(groupMember)),
  ]
}

const NOBODY = {
  context: 0,
  classes: [],
  profiles: [],
  week: [],
  notBefore: null,
  notAfter: null,
} satisfies Omit<GateRule, 'purpose'>

function rulesOfPolicy(
  gate: GatePlace,
  policy: StoredPolicy,
  profiles: readonly ProfileSet[],
): GateRule[] {
  const purposes = purposesAt(policy, gate)
  if (purposes.length === 0) return []
  const rule = ruleOfPolicy(policy, profiles)
  return purposes.map((purpose) => ({ purpose, ...rule }))
}

/** What a policy says for each of its purposes. */
export function ruleOfPolicy(
  policy: StoredPolicy,
  profiles: readonly ProfileSet[],
): Omit<GateRule, 'purpose'> {
  const { classes, week, notBefore, notAfter } = policy
  const named = membersNamed([policy], [])
  const numbers = profiles
    .filter(({ members }) => named.some((member) => members.has(member)))
    .map(({ profile }) => profile)
  return { context: 0, classes, profiles: numbers, week, notBefore, notAfter }
}

/** Of some groups only those of the classes: their profiles say both. */
function ruleOfGathering(
  { purpose, context, classes, groups, ends_at }: LivingGathering,
  profiles: readonly ProfileSet[],
): GateRule {
  const wanted = profiles.filter(
    ({ members }) =>
      groups.some((group) => members.has(groupMember(group))) &&
      classes.some((personClass) => members.has(classMember(personClass))),
  )
  return {
    ...NOBODY,
    purpose,
    context,
    classes: groups.length === 0 ? classes : [],
    profiles: wanted.map(({ profile }) => profile),
    notAfter: Math.ceil(ends_at.getTime() / 1000),
  }
}
