import type { PayToken } from '@campus-ecode/protocol/payments'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** A card or face as the school's file gives it to somebody; the index in hex. */
export interface GivenToken {
  person_id: string
  kind: PayToken['kind']
  token_index: string
  token_id: string
}

// What somebody should hold: nothing on a closed card, and no face of one who has taken back that consent,
// until the person agrees anew (R42).
const WANTED = `
  wanted as materialized (
    select g.person_id, g.kind, decode(g.token_index, 'hex') as token_index, g.token_id
      from jsonb_to_recordset($2) as g(person_id uuid, kind text, token_index text, token_id uuid)
      join payers y on y.school_id = $1 and y.person_id = g.person_id
     where y.card_status <> 'closed'
       and (g.kind = 'card'
            or coalesce((select bool_or(c.withdrawn_at is null) from consents c
                          where c.school_id = $1 and c.person_id = g.person_id and c.purpose = 'face'),
                        true)))`
const HELD = `
  select k.person_id, k.token_index from payment_tokens k
   where k.school_id = $1 and k.person_id = any ($3) and k.removed_at is null`

const selectChanged = prepare<{ person_id: string }>(
  `with ${WANTED},
        held as materialized (${HELD}),
        given as (select person_id, token_index from wanted)
   (select person_id from (select * from given except select * from held) as come)
   union
   (select person_id from (select * from held except select * from given) as gone)`,
)

/** Which of these people the file gives other cards or faces than they hold. */
export async function findOtherwiseGiven(
  on: Queryable,
  schoolId: string,
  personIds: readonly string[],
  tokens: readonly GivenToken[],
): Promise<string[]> {
  const rows = await selectChanged(on, [schoolId, JSON.stringify(tokens), personIds])
  return rows.map(({ person_id }) => person_id)
}

const removeOthers = prepare(
  `with ${WANTED}
   update payment_tokens k set removed_at = now()
    where k.school_id = $1 and k.person_id = any ($3) and k.removed_at is null
      and not exists (select from wanted w
                       where w.person_id = k.person_id and w.token_index = k.token_index)`,
)
const upsertWanted = prepare(
  `with ${WANTED}
   insert into payment_tokens as k (school_id, token_index, token_id, kind, person_id)
   select $1, w.token_index, w.token_id, w.kind, w.person_id from wanted w where w.person_id = any ($3)
       on conflict (school_id, token_index) do update
      set token_id = excluded.token_id, person_id = excluded.person_id, added_at = now(),
          removed_at = null
    where k.person_id <> excluded.person_id or k.removed_at is not null`,
)

/**
 * Gives these people what the file says, and nothing else; what was another's goes over. The payers'
 * locks guard it.
 */
export async function replaceTokens(
  tx: Tx,
  schoolId: string,
  personIds: readonly string[],
  tokens: readonly GivenToken[],
): Promise<void> {
  const values = [schoolId, JSON.stringify(tokens), personIds]
  await removeOthers(tx, values)
  await upsertWanted(tx, values)
}

const remove = prepare(
  `update payment_tokens set removed_at = now()
    where school_id = $1 and person_id = $2 and removed_at is null`,
)

/** The person's cards and faces pay no more. */
export async function removeTokens(tx: Tx, schoolId: string, personId: string): Promise<void> {
  await remove(tx, [schoolId, personId])
}

const deleteAllFaces = prepare(
  `delete from payment_tokens where school_id = $1 and person_id = $2 and kind = 'face'`,
)

/** R42: of the person's faces nothing remains, not even that there were any. */
export async function deleteFaces(tx: Tx, schoolId: string, personId: string): Promise<void> {
  await deleteAllFaces(tx, [schoolId, personId])
}
