import { accessPurposes } from '@campus-ecode/protocol/access-code'
import { type GatePlace, purposesAt, type StoredPolicy } from '../access/policies.ts'
import { CampusError } from '../campus/campus-error.ts'
import { ruleOfPolicy } from './write-rules.ts'

/** Living gatherings of one zone: each is a rule of its gates. */
export const GATHERINGS_IN_ZONE_MAX = 200
/** As the schema of `ECA1.policy` has it. */
const RULES_MAX = 1_000
/** What a school's own policies may fill: gatherings, and a word on each purpose, have to find room. */
const OWN_RULES_MAX = RULES_MAX - GATHERINGS_IN_ZONE_MAX - Object.keys(accessPurposes).length
/** A gate's policy in JSON: with the longest list beside it, a gate still reads the answer. */
export const POLICY_LENGTH_MAX = 2_000_000
const OWN_LENGTH_MAX = POLICY_LENGTH_MAX / 2
/** No number of a profile is longer. */
const LONGEST_PROFILE = 65_535

/**
 * Throws, with a word on what helps, where a gate's policy would become too long to be signed.
 *
 * @param profiles All sets that may have a number.
 */
export function refuseLongPolicies(
  gates: readonly (GatePlace & { name: string })[],
  policies: readonly StoredPolicy[],
  profiles: readonly ReadonlySet<string>[],
): void {
  const numbered = profiles.map((members) => ({ profile: LONGEST_PROFILE, members }))
  const lengths = policies.map((policy) => JSON.stringify(ruleOfPolicy(policy, numbered)).length)
  for (const gate of gates) {
    const counts = policies.map((policy) => purposesAt(policy, gate).length)
    const ruleCount = counts.reduce((sum, count) => sum + count, 0)
    if (ruleCount > OWN_RULES_MAX) {
      throw new CampusError(
        `accessPolicies give gate ${gate.name} ${ruleCount} rules, one for each purpose of each policy; it has room ` +
          `for ${OWN_RULES_MAX}: let one policy name several groups, or say zones where it does not concern all`,
      )
    }
    const length = counts.reduce((sum, count, i) => sum + count * (lengths[i] ?? 0), 0)
    if (length > OWN_LENGTH_MAX) {
      throw new CampusError(
        `accessPolicies tell gate ${gate.name} of too many profiles (${length} characters of ${OWN_LENGTH_MAX}): ` +
          'name groups or classes rather than people by card number, or say zones where it does not concern all',
      )
    }
  }
}
