import type { Scope } from '@campus-ecode/protocol/sessions'
import type { SignInChannel } from '@campus-ecode/protocol/sign-ins'
import { prepare, type Queryable } from '../db/database.ts'

const select = prepare<{ allowed: boolean }>(
  'select $2 = any (collection_channels) as allowed from schools where school_id = $1',
)

/**
 * What a sign-in gets of what is wanted. R24: merchants' printed codes are paid by the school's own word, which is what
 * its app has; by another channel only where the school allows it there.
 */
export async function grantScopes(
  on: Queryable,
  schoolId: string,
  channel: SignInChannel,
  wanted: Scope[],
): Promise<Scope[]> {
  if (channel === 'school' || !wanted.includes('collection')) return wanted
  const [school] = await select(on, [schoolId, channel])
  return school?.allowed ? wanted : wanted.filter((scope) => scope !== 'collection')
}
