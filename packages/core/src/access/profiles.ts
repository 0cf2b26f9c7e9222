import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { CampusError } from '../campus/campus-error.ts'
import { lockPayers } from '../cards/store.ts'
import { inTransaction, prepare, type Queryable, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { revokeOutdated } from '../revocations/revoke-credentials.ts'
import { findPolicies, type Member, type StoredPolicy } from './policies.ts'

// A credential has room for a number, not for names (docs/codes.md, "Access code"). The number stands for
// the groups of a person that policies tell apart, and for the person where a policy names one.

const BATCH_COUNT = 500
/** A credential has two bytes for it. */
const PROFILE_MAX = 65_535

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
  return namedBy(await findPolicies(on, schoolId, 0))
}

function namedBy(policies: readonly StoredPolicy[]): Named {
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

interface PersonRow {
  person_id: string
  class: PersonClass
  groups: string[]
  access_profile: number
}

const COLUMNS = 'person_id, class, groups, access_profile'

const selectBatch = prepare<PersonRow>(
  `select ${COLUMNS} from people
    where school_id = $1 and ($2::uuid is null or person_id > $2)
    order by person_id limit ${BATCH_COUNT}`,
)

/** Everybody of a school, some hundreds at a time. */
async function* readPeople(on: Queryable, schoolId: string): AsyncGenerator<PersonRow[]> {
  let after: string | null = null
  for (;;) {
    const people: PersonRow[] = await selectBatch(on, [schoolId, after])
    if (people.length === 0) return
    yield people
    after = people.at(-1)?.person_id ?? null
  }
}

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
  // Where numbers have run out, those that one round sets free are given in the next.
  for (let round = 1; ; round++) {
    let lackingCount = 0
    for await (const people of readPeople(pool, schoolId)) {
      const given = await inTransaction(pool, (tx) => giveProfiles(tx, schoolId, people, named))
      changedCount += given.changedCount
      lackingCount += given.lackingCount
    }
    if (lackingCount === 0) return changedCount
    if (round === 2) throw new Error(`${lackingCount} people are left without an access profile`)
  }
}

const selectThese = prepare<PersonRow>(
  `select ${COLUMNS} from people where school_id = $1 and person_id = any ($2) order by person_id`,
)

/**
 * The same of these people alone, in the transaction that has described them anew, which holds their payers'
 * locks: they are never without something that a living credential of theirs still says. Whoever there was no number
 * for gets it from `assignProfiles`.
 */
export async function assignProfilesOf(
  tx: Tx,
  schoolId: string,
  personIds: readonly string[],
): Promise<void> {
  const people = await selectThese(tx, [schoolId, personIds])
  await giveProfiles(tx, schoolId, people, await findNamed(tx, schoolId))
  // Also of those who have become of another class and have no profile.
  await revokeOutdated(tx, schoolId, personIds)
}

const updateProfiles = prepare(
  `update people p set access_profile = given.profile
     from unnest($2::uuid[], $3::int[]) as given (person_id, profile)
    where p.school_id = $1 and p.person_id = given.person_id`,
)

async function giveProfiles(
  tx: Tx,
  schoolId: string,
  people: readonly PersonRow[],
  named: Named,
): Promise<{ changedCount: number; lackingCount: number }> {
  const sets = people.map((row) => membersOf({ personId: row.person_id, ...row }, named))
  const numbers = await numberProfiles(tx, schoolId, sets)
  const wanted = people.map((row, i) => ({ ...row, profile: numbers[i] ?? 0 }))
  const changed = wanted.filter(({ access_profile, profile }) => access_profile !== profile)
  if (changed.length > 0) {
    const ids = changed.map(({ person_id }) => person_id)
    // First, because whoever is being given a credential at this moment has read the old profile.
    await lockPayers(tx, schoolId, ids)
    await updateProfiles(tx, [schoolId, ids, changed.map(({ profile }) => profile)])
    await revokeOutdated(tx, schoolId, ids)
  }
  const lackingCount = sets.filter((set, i) => set.length > 0 && numbers[i] === 0).length
  return { changedCount: changed.length, lackingCount }
}

const selectNumbers = prepare<{ profile: number; members: string[] }>(
  `select profile, members from access_profiles
    where school_id = $1 and members in (select array(select jsonb_array_elements_text(given))
                                           from jsonb_array_elements($2) as given)`,
)
// The lowest ones that are free, as many as there are.
const insertNumbers = prepare(
  `insert into access_profiles (school_id, profile, members)
   select $1, free.profile, array(select jsonb_array_elements_text(given.members))
     from jsonb_array_elements($2) with ordinality as given (members, n)
     join (select number as profile, row_number() over (order by number) as n
             from generate_series(1, ${PROFILE_MAX}) as number
            where not exists (select from access_profiles p
                               where p.school_id = $1 and p.profile = number)
            order by number limit jsonb_array_length($2)) free using (n)`,
)
const countNumbers = prepare<{ count: number }>(
  'select count(*) as count from access_profiles where school_id = $1',
)
// Credentials are known for a month after their end (docs/decisions/0022).
const deleteUnused = prepare(
  `delete from access_profiles a
    where a.school_id = $1
      and not exists (select from people p
                       where p.school_id = $1 and p.access_profile = a.profile)
      and not exists (select from access_credentials c
                       where c.school_id = $1 and c.profile = a.profile)`,
)

/** The number of each set, new ones given to those that have none; 0 where none is left, too. */
async function numberProfiles(tx: Tx, schoolId: string, sets: string[][]): Promise<number[]> {
  const distinct = new Map(sets.filter((set) => set.length > 0).map((set) => [keyOf(set), set]))
  if (distinct.size === 0) return sets.map(() => 0)
  const find = async () => {
    const rows = await selectNumbers(tx, [schoolId, JSON.stringify([...distinct.values()])])
    return new Map(rows.map(({ profile, members }) => [keyOf(members), profile]))
  }
  const missing = () => [...distinct].filter(([key]) => !known.has(key)).map(([, set]) => set)
  let known = await find()
  if (missing().length > 0) {
    const [held] = await countNumbers(tx, [schoolId])
    if ((held?.count ?? 0) + missing().length > PROFILE_MAX) {
      await deleteUnused(tx, [schoolId])
      known = await find()
    }
    await insertNumbers(tx, [schoolId, JSON.stringify(missing())])
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

const selectHeld = prepare<{ members: string[]; is_credited: boolean }>(
  `select a.members, exists (select from access_credentials c
                              where c.school_id = $1 and c.profile = a.profile) as is_credited
     from access_profiles a where a.school_id = $1`,
)

/**
 * What profiles would have to tell apart if these policies and these people were the school's.
 *
 * @param described Whom the school describes anew, or for the first time, by person id.
 * @returns Every set that has a number then.
 * Throws when there are more than numbers.
 */
export async function planProfiles(
  on: Queryable,
  schoolId: string,
  policies: readonly StoredPolicy[],
  described: ReadonlyMap<string, Member>,
): Promise<Set<string>[]> {
  const named = namedBy(policies)
  const wanted = new Map<string, string[]>()
  const want = (member: Member) => {
    const set = membersOf(member, named)
    if (set.length > 0) wanted.set(keyOf(set), set)
  }
  for (const member of described.values()) want(member)
  for await (const people of readPeople(on, schoolId)) {
    for (const row of people) {
      if (!described.has(row.person_id)) want({ personId: row.person_id, ...row })
    }
  }
  const others = (await selectHeld(on, [schoolId])).filter(
    ({ members }) => !wanted.has(keyOf(members)),
  )
  const creditedCount = others.filter(({ is_credited }) => is_credited).length
  if (wanted.size + creditedCount > PROFILE_MAX) {
    throw new CampusError(
      `accessPolicies tell ${wanted.size} sets of groups and people apart, and credentials of the last month ` +
        `${creditedCount} more; there is room for ${PROFILE_MAX}: name fewer groups, or fewer people by card number`,
    )
  }
  return [...wanted.values(), ...others.map(({ members }) => members)].map((set) => new Set(set))
}
