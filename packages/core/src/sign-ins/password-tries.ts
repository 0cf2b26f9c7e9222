import { inTransaction, prepare } from '../db/database.ts'
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
const forget = prepare('delete from card_password_tries where school_id = $1 and tried_index = $2')

/** One guess at a campus-card password, counted before it is made, so that many at once are not more than five. */
export interface PasswordTry {
  /** It could not be made. */
  giveBack(): Promise<void>
  /** It was right: the number counts anew. The WeChat has one more, and may not have guessed at this number alone. */
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
  const wechat = await keys.index(context, `wechat ${Buffer.from(openidIndex).toString('hex')}`)
  // A one-card system may not tell large letters from small ones, and each way to write them would be a number.
  const card = await keys.index(context, `card ${cardNo.toLowerCase()}`)
  // Always in one order, so that two who try at once do not wait for each other for ever.
  const indexes = [wechat, card].sort((one, other) => Buffer.compare(one, other))
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
  return {
    async giveBack() {
      await giveBack(db.pool, [schoolId, indexes])
    },
    async forget() {
      await forget(db.pool, [schoolId, card])
      await giveBack(db.pool, [schoolId, [wechat]])
    },
  }
}

/** Takes back what was counted of the other. */
class NoTryLeft extends Error {
  override name = 'NoTryLeft'
}
