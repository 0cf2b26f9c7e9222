import type { Tx } from '../db/database.ts'
import { createSecret } from '../tickets/secret.ts'
import { insertTicket } from '../tickets/store.ts'
import type { SignInRow } from './store.ts'

/** The ticket of somebody whom WeChat has named, for the page that asked and no other. */
export async function makeTicket(
  tx: Tx,
  { school_id: schoolId, challenge }: SignInRow,
  personId: string,
): Promise<string> {
  if (challenge === null) throw new Error('a sign-in of no page')
  const { secret, hash: ticketHash } = createSecret(schoolId)
  await insertTicket(tx, { schoolId, ticketHash, personId, channel: 'wechat', challenge })
  return secret
}
