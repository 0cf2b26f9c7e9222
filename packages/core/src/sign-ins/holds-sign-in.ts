import type { SignInChannel } from '@campus-ecode/protocol/sign-ins'
import { prepare, type Queryable } from '../db/database.ts'
import type { SignInApp } from './binding-store.ts'

/** What somebody who came by a channel was known by; the school's own word needs nothing more. */
const appOf: Record<SignInChannel, SignInApp | null> = {
  wechat: 'official_account',
  mini_program: 'mini_program',
  school: null,
}

const select = prepare<{ holds: boolean }>(
  `select $3::text is null
       or exists (select from sign_in_bindings
                   where school_id = $1 and person_id = $2 and app = $3) as holds
     from people where school_id = $1 and person_id = $2`,
)

/** Whether a sign-in still holds: the person is there, and so is the WeChat that they came with. */
export async function holdsSignIn(
  on: Queryable,
  schoolId: string,
  personId: string,
  channel: SignInChannel,
): Promise<boolean> {
  return (await select(on, [schoolId, personId, appOf[channel]]))[0]?.holds ?? false
}
