import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { lockPayers } from '../cards/store.ts'
import { inTransaction, prepare, type Queryable, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { revokeOutdated } from '../revocations/revoke-credentials.ts'
import { findPolicies, type Member } from './policies.ts'

// A credential has room for a number, not for names (docs/codes.md, "Access code"). The number stands for
// the groups of a person that policies tell apart, and for the person where a policy names one.

const BATCH_COUNT = 500

export const groupMember = (group: string): string => `group/${group}`
export const personMember = (personId: string): string => `person/${personId}`
export const classMember = (personClass: PersonClass): string => `class/${personClass}`

/** Whom policies tell apart, beyond classes. */
interface Named {
  groups: Set<string>
  personIds: Set<string>
}

async function findNamed(on: Queryable, schoolId: string): Promise<Named> {
  // Also of those that are over: a profile that is kept costs nothing.
  const policies = await findPolicies(on, schoolId, 0)
  return {
    groups: new Set(policies.flatMap(({ groups }) => groups)),
    personIds: new Set(policies.flatMap(({ personIds }) => personIds)),
  }
}

/** The groups that policies tell apart, by name: a gathering may be held for them. */
export async function findNamedGroups(on: Queryable, schoolId: string): Promise<string[]> {
  return [...(await findNamed(on, schoolId)).groups].sort()
}

/** Empty for those whom nothing but their class distinguishes. */
function membersOf({ personId, class: own, groups }: Member, named: Named): string[] {
  const members = groups.filter((group) => named.groups.has(group)).map(groupMember)
  if (named.personIds.has(personId)) members.push(personMember(personId))
  return members.length === 0 ? [] : [...new Set([...members, classMember(own)])].sort()
}

const selectPeople = prepare<{
  person_id: string
  class: PersonClass
  groups: string[]
  access_profile: number
}>(
  `select person_id, class, groups, access_profile from people
    where school_id = $1 and ($2::uuid is null or person_id > $2)
    order by person_id limit ${BATCH_COUNT}`,
)
const updateProfiles = prepare(
  `update people p set access_profile = given.profile
     from unnest($2::uuid[], $3::int[]) as given (person_id, profile)
    where p.school_id = $1 and p.person_id = given.person_id`,
)

/**
 * Gives everybody of a school the profile that groups and policies make of them now, and ends credentials
 * that say more than is true any more. To be called by one process at a time, after either has changed.
 *
 * @returns How many people got another profile.
 */
export async function assignProfiles(
  { db: { pool } }: Pick<Services, 'db'>,
  schoolId: string,
): Promise<number> {
  const named = await findNamed(pool, schoolId)
  let changedCount = 0
  let after: string | null = null
  for (;;) {
    const people = await selectPeople(pool, [schoolId, after])
    const last = people.at(-1)
    if (!last) return changedCount
    after = last.person_id
    const wanted = people.map((row) => ({
      personId: row.person_id,
      before: row.access_profile,
      members: membersOf({ personId: row.person_id, ...row }, named),
    }))
    changedCount += await inTransaction(pool, async (tx) => {
      const numbers = await numberProfiles(
        tx,
        schoolId,
        wanted.map(({ members }) => members),
      )
      const changed = wanted
        .map((one, i) => ({ ...one, profile: numbers[i] ?? 0 }))
        .filter(({ before, profile }) => before !== profile)
      if (changed.length === 0) return 0
      const ids = changed.map(({ personId }) => personId)
      // First, because whoever is being given a credential at this moment has read the old profile.
      await lockPayers(tx, schoolId, ids)
      await updateProfiles(tx, [schoolId, ids, changed.map(({ profile }) => profile)])
      await revokeOutdated(tx, schoolId, ids)
      return changed.length
    })
  }
}

const selectNumbers = prepare<{ profile: number; members: string[] }>(
  `select profile, members from access_profiles
    where school_id = $1 and members in (select array(select jsonb_array_elements_text(given))
                                           from jsonb_array_elements($2) as given)`,
)
// The table takes no number that a credential has no room for.
const insertNumbers = prepare(
  `insert into access_profiles (school_id, profile, members)
   select $1, (select coalesce(max(profile), 0) from access_profiles where school_id = $1)
              + row_number() over (),
          array(select jsonb_array_elements_text(given))
     from jsonb_array_elements($2) as given`,
)

/** The number of each set, new ones given to those that have none. */
async function numberProfiles(tx: Tx, schoolId: string, sets: string[][]): Promise<number[]> {
  const distinct = new Map(sets.filter((set) => set.length > 0).map((set) => [keyOf(set), set]))
  if (distinct.size === 0) return sets.map(() => 0)
  const find = async () => {
    const rows = await selectNumbers(tx, [schoolId, JSON.stringify([...distinct.values()])])
    return new Map(rows.map(({ profile, members }) => [keyOf(members), profile]))
  }
  let known = await find()
  const missing = [...distinct].filter(([key]) => !known.has(key)).map(([, set]) => set)
  if (missing.length > 0) {
    await insertNumbers(tx, [schoolId, JSON.stringify(missing)])
    known = await find()
  }
  return sets.map((set) => known.get(keyOf(set)) ?? 0)
}

const keyOf = (members: string[]): string => JSON.stringify(members)

const selectNaming = prepare<{ profile: number; members: string[] }>(
  `select profile, members from access_profiles
    where school_id = $1 and members && $2 order by profile`,
)

/** The profiles that hold any of these members. */
export async function findProfilesNaming(
  on: Queryable,
  schoolId: string,
  members: string[],
): Promise<{ profile: number; members: Set<string> }[]> {
  if (members.length === 0) return []
  const rows = await selectNaming(on, [schoolId, [...new Set(members)]])
  return rows.map(({ profile, members: all }) => ({ profile, members: new Set(all) }))
}
