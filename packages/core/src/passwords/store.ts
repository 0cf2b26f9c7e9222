import { prepare, type Queryable, type Tx } from '../db/database.ts'

export type PasswordState = 'not_set' | 'set' | 'locked'

const selectState = prepare<{ locked: boolean }>(
  `select locked_at is not null as locked from payment_passwords
    where school_id = $1 and person_id = $2`,
)

/** How a person's payment password stands (R16). */
export async function passwordState(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<PasswordState> {
  const [row] = await selectState(on, [schoolId, personId])
  if (!row) return 'not_set'
  return row.locked ? 'locked' : 'set'
}

/** True while it is locked too: a lock must not open a weaker way. */
export async function isPasswordSet(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<boolean> {
  return (await passwordState(on, schoolId, personId)) !== 'not_set'
}

/** A guess that has been counted, and the hash to hold it against. */
export interface CountedGuess {
  hash: string
  /** The how many-eth since the last right one; the fifth has locked, until it turns out right. */
  number: number
}

export const GUESSES_MAX = 5

const count = prepare<CountedGuess>(
  `update payment_passwords
      set wrong_count = wrong_count + 1,
          locked_at = case when wrong_count + 1 = ${GUESSES_MAX} then now() end
    where school_id = $1 and person_id = $2 and wrong_count < ${GUESSES_MAX} and locked_at is null
   returning hash, wrong_count as number`,
)

/** Counts a guess before anybody looks at it; nothing when there is none left, or no password. */
export async function countGuess(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<CountedGuess | undefined> {
  return (await count(tx, [schoolId, personId]))[0]
}

// A lock that another guess has brought about in the meantime stays, whatever this one was.
const MINE = `school_id = $1 and person_id = $2 and hash = $3
              and (locked_at is null or $4 = ${GUESSES_MAX})`

const uncount = prepare<{ done: 1 }>(
  `update payment_passwords set wrong_count = greatest(wrong_count - 1, 0), locked_at = null
    where ${MINE}
   returning 1 as done`,
)

/** @returns false when the password was locked or changed meanwhile. */
export async function uncountGuess(
  tx: Tx,
  schoolId: string,
  personId: string,
  { hash, number }: CountedGuess,
): Promise<boolean> {
  return (await uncount(tx, [schoolId, personId, hash, number])).length > 0
}

const forget = prepare<{ done: 1 }>(
  `update payment_passwords set wrong_count = 0, locked_at = null where ${MINE}
   returning 1 as done`,
)

/** This guess and all before it. @returns false when the password was locked or changed meanwhile. */
export async function forgetGuesses(
  tx: Tx,
  schoolId: string,
  personId: string,
  { hash, number }: CountedGuess,
): Promise<boolean> {
  return (await forget(tx, [schoolId, personId, hash, number])).length > 0
}

const upsert = prepare(
  `insert into payment_passwords (school_id, person_id, hash, phrase) values ($1, $2, $3, $4)
   on conflict (school_id, person_id)
   do update set hash = excluded.hash, phrase = excluded.phrase, wrong_count = 0, locked_at = null,
                 set_at = now()`,
)

/** First or again; whatever was locked is not any more. */
export async function storePassword(
  tx: Tx,
  schoolId: string,
  personId: string,
  hash: string,
  sealedPhrase: Uint8Array,
): Promise<void> {
  await upsert(tx, [schoolId, personId, hash, sealedPhrase])
}

const replace = prepare(
  'update payment_passwords set hash = $3, set_at = now() where school_id = $1 and person_id = $2',
)

export async function replaceHash(
  tx: Tx,
  schoolId: string,
  personId: string,
  hash: string,
): Promise<void> {
  await replace(tx, [schoolId, personId, hash])
}

const selectPhrase = prepare<{ phrase: Buffer }>(
  'select phrase from payment_passwords where school_id = $1 and person_id = $2',
)

export async function findSealedPhrase(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<Buffer | undefined> {
  return (await selectPhrase(on, [schoolId, personId]))[0]?.phrase
}
