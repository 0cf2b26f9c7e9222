import type { SignIn } from '@campus-ecode/protocol/devices'
import { prepare, type Queryable } from '../db/database.ts'
import { isBeyond, microsOf, type Place } from '../db/place.ts'

// A page renews its session every few minutes: what is known already is only looked at, not locked.
const insert = prepare(
  `insert into sign_ins (school_id, person_id, hour, scopes, channel)
   select $1, $2, date_trunc('hour', now()), $3, $4
    where not exists (select from sign_ins
                       where school_id = $1 and person_id = $2 and hour = date_trunc('hour', now())
                         and channel = $4 and scopes @> $3)
   on conflict (school_id, person_id, hour, channel) do update
      set scopes = array(select distinct unnest(sign_ins.scopes || excluded.scopes) order by 1)`,
)

/** Notes that a session is opened for a person (R6); one row an hour and channel, with all its scopes. */
export async function noteSignIn(
  on: Queryable,
  signIn: { schoolId: string; personId: string } & Pick<SignIn, 'scopes' | 'channel'>,
): Promise<void> {
  const { schoolId, personId, scopes, channel } = signIn
  await insert(on, [schoolId, personId, [...new Set(scopes)].sort(), channel])
}

export interface SignInRow extends Pick<SignIn, 'scopes' | 'channel'> {
  at: Date
  at_micros: number
}

// Of one channel at most one an hour, so that the time alone says which.
const NO_ID = "'00000000-0000-0000-0000-000000000000'::uuid"
const select = prepare<SignInRow>(
  `select at, scopes, channel, ${microsOf('at')} as at_micros from sign_ins
    where school_id = $1 and person_id = $2 and ${isBeyond('at', NO_ID, '$3', '$4')}
    order by at desc limit $5`,
)

/** A person's sign-ins, newest first. */
export async function findSignIns(
  on: Queryable,
  schoolId: string,
  personId: string,
  after: Place | undefined,
  count: number,
): Promise<SignInRow[]> {
  return select(on, [schoolId, personId, after?.atMicros ?? null, after?.id ?? null, count])
}

export function toSignIn({ at, scopes, channel }: SignInRow): SignIn {
  return { at: at.toISOString(), scopes, channel }
}
