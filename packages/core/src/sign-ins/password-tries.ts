import { inTransaction, prepare, type Queryable } from '../db/database.ts'
import type { Services } from '../http/operation.ts'

const TRIES_MAX = 5
/** Since the last of them. */
export const LOCK_MINUTES = 30

const take = prepare<{ tries: number }>(
  `insert into card_password_tries as t (school_id, tried_index, tries) values ($1, $2, 1)
   on conflict (school_id, tried_index) do update
     set tries = case when t.since < now() - interval '${LOCK_MINUTES} minutes' then 1 else t.tries + 1 end,
         since = now()
   where t.tries < ${TRIES_MAX} or t.since < now() - interval '${LOCK_MINUTES} minutes'
   returning tries`,
)
const giveBack = prepare(
  `update card_password_tries set tries = greatest(tries - 1, 0)
    where school_id = $1 and tried_index = any ($2)`,
)
const forget = prepare(
  'delete from card_password_tries where school_id = $1 and tried_index = any ($2)',
)

/** One guess at a campus-card password, counted before it is made, so that many at once are not more than five. */
export interface PasswordTry {
  /** It could not be made. */
  giveBack(): Promise<void>
  /** It was right: both count anew. */
  forget(): Promise<void>
}

/**
 * Takes one of five tries of this WeChat, and of this card number, which need not exist: what is told of a number
 * must not say whether somebody has it.
 */
export async function takePasswordTry(
  { db, keys }: Pick<Services, 'db' | 'keys'>,
  schoolId: string,
  { openidIndex, cardNo }: { openidIndex: Uint8Array; cardNo: string },
): Promise<PasswordTry | 'locked'> {
  const context = `card-password-tries/${schoolId}`
  const indexes = await Promise.all([
    keys.index(context, `wechat ${Buffer.from(openidIndex).toString('hex')}`),
    keys.index(context, `card ${cardNo}`),
  ])
  // Always in one order, so that two who try at once do not wait for each other for ever.
  indexes.sort((one, other) => Buffer.compare(one, other))
  try {
    await inTransaction(db.pool, async (tx) => {
      for (const index of indexes) {
        if ((await take(tx, [schoolId, index])).length === 0) throw new NoTryLeft('no try left')
      }
    })
  } catch (error) {
    if (error instanceof NoTryLeft) return 'locked'
    throw error
  }
  const run =
    (statement: typeof forget, on: Queryable = db.pool) =>
    async () => {
      await statement(on, [schoolId, indexes])
    }
  return { giveBack: run(giveBack), forget: run(forget) }
}

/** Takes back what was counted of the other. */
class NoTryLeft extends Error {
  override name = 'NoTryLeft'
}
