import { type SignInChannel, TICKET_TTL_SECONDS } from '@campus-ecode/protocol/sign-ins'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface NewTicket {
  schoolId: string
  ticketHash: Uint8Array
  personId: string
  channel: SignInChannel
  /** null: whoever redeems it first. */
  challenge: string | null
}

const insert = prepare<{ expires_at: Date }>(
  `insert into sign_in_tickets (school_id, ticket_hash, person_id, channel, challenge, expires_at)
   values ($1, $2, $3, $4, $5, now() + interval '${TICKET_TTL_SECONDS} seconds')
   returning expires_at`,
)
export async function insertTicket(tx: Tx, ticket: NewTicket): Promise<Date> {
  const { schoolId, ticketHash, personId, channel, challenge } = ticket
  const [row] = await insert(tx, [schoolId, ticketHash, personId, channel, challenge])
  if (!row) throw new Error('the ticket was not stored')
  return row.expires_at
}

const redeem = prepare<{ person_id: string; channel: SignInChannel }>(
  `update sign_in_tickets
      set challenge = $3, redeemed_at = coalesce(redeemed_at, now())
    where school_id = $1 and ticket_hash = $2 and expires_at > now()
      and (challenge is null or challenge = $3)
   returning person_id, channel`,
)
/** Redeems a ticket, again only under the same challenge. */
export async function spendTicket(
  on: Queryable,
  schoolId: string,
  ticketHash: Uint8Array,
  challenge: string,
): Promise<{ person_id: string; channel: SignInChannel } | undefined> {
  return (await redeem(on, [schoolId, ticketHash, challenge]))[0]
}

const burn = prepare(
  `update sign_in_tickets set expires_at = now()
    where school_id = $1 and ticket_hash = $2 and redeemed_at is null`,
)
/** Somebody else has it: nobody redeems it any more. */
export async function burnTicket(
  on: Queryable,
  schoolId: string,
  ticketHash: Uint8Array,
): Promise<void> {
  await burn(on, [schoolId, ticketHash])
}
