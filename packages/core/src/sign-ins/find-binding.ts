import type { SignInChannel } from '@campus-ecode/protocol/sign-ins'
import { prepare, type Queryable } from '../db/database.ts'
import type { SignInApp } from './binding-store.ts'

/** What somebody who came by a channel was known by; the school's own word needs nothing more. */
const appOf: Record<SignInChannel, SignInApp | null> = {
  wechat: 'official_account',
  mini_program: 'mini_program',
  school: null,
}

const select = prepare<{ binding: string }>(
  `select coalesce((extract(epoch from b.bound_at) * 1000000)::bigint::text, '') as binding
     from people p
     left join sign_in_bindings b
       on b.school_id = p.school_id and b.person_id = p.person_id and b.app = $3
    where p.school_id = $1 and p.person_id = $2 and ($3::text is null or b.bound_at is not null)`,
)

/**
 * What sign-ins of this person by this channel hang on now. A sign-in holds as long as this is what it began with: who
 * has ended their WeChat's sign-in, or bound another in its place, has ended those that came by it for good.
 *
 * @returns undefined where nobody can be signed in.
 */
export async function findBinding(
  on: Queryable,
  schoolId: string,
  personId: string,
  channel: SignInChannel,
): Promise<string | undefined> {
  return (await select(on, [schoolId, personId, appOf[channel]]))[0]?.binding
}
