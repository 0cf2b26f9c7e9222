import { randomInt } from 'node:crypto'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { GUESSES_MAX } from '../passwords/store.ts'

/** Of a person, what the shower page shows. */
export interface WaterPasswordView {
  bath_no: string
  locked: boolean
}

const selectByPerson = prepare<WaterPasswordView>(
  `select bath_no, locked_at is not null as locked from water_passwords
    where school_id = $1 and person_id = $2`,
)

export async function findWaterPassword(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<WaterPasswordView | undefined> {
  return (await selectByPerson(on, [schoolId, personId]))[0]
}

const selectHash = prepare<{ hash: string }>(
  'select hash from water_passwords where school_id = $1 and person_id = $2',
)

export async function findWaterHash(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<string | undefined> {
  return (await selectHash(on, [schoolId, personId]))[0]?.hash
}

const replace = prepare<{ done: 1 }>(
  `update water_passwords
      set hash = $3, wrong_count = 0, locked_at = null, last_wrong = null, set_at = now()
    where school_id = $1 and person_id = $2
   returning 1 as done`,
)
// A number that somebody has only guessed at is free.
const insert = prepare<{ done: 1 }>(
  `insert into water_passwords as w (school_id, bath_no, person_id, hash) values ($1, $2, $3, $4)
       on conflict (school_id, bath_no) do update
      set person_id = excluded.person_id, hash = excluded.hash, wrong_count = 0, locked_at = null,
          last_wrong = null, set_at = now()
    where w.person_id is null
   returning 1 as done`,
)

const BATH_NO_DIGITS = 8

/** First or again; whatever was locked is not any more. The bath number comes with the first and stays. */
export async function storeWaterPassword(
  tx: Tx,
  schoolId: string,
  personId: string,
  hash: string,
): Promise<void> {
  if ((await replace(tx, [schoolId, personId, hash])).length > 0) return
  for (;;) {
    const bathNo = String(randomInt(10 ** BATH_NO_DIGITS)).padStart(BATH_NO_DIGITS, '0')
    if ((await insert(tx, [schoolId, bathNo, personId, hash])).length > 0) return
  }
}

/** A guess at a bath number that has been counted. */
export interface CountedWaterGuess {
  person_id: string | null
  hash: string | null
  /** The how many-eth since the last right one; the fifth has locked, until it turns out right. */
  number: number
}

// As payment passwords, and for numbers of nobody too.
const count = prepare<CountedWaterGuess>(
  `insert into water_passwords as w (school_id, bath_no, wrong_count) values ($1, $2, 1)
       on conflict (school_id, bath_no) do update
      set wrong_count = w.wrong_count + 1,
          locked_at = case when w.wrong_count + 1 = ${GUESSES_MAX} then now() end
    where w.wrong_count < ${GUESSES_MAX} and w.locked_at is null
   returning person_id, hash, wrong_count as number`,
)

const selectLastWrong = prepare<{ last_wrong: Buffer | null; locked: boolean }>(
  `select last_wrong, locked_at is not null as locked from water_passwords
    where school_id = $1 and bath_no = $2`,
)

/**
 * Counts a guess before anybody looks at it.
 *
 * @param mark Of this guess in this session: found wrong once, it is not counted again.
 * @returns What was said of it before, for the newest wrong one once more; `none_left` when it is locked.
 */
export async function countWaterGuess(
  tx: Tx,
  schoolId: string,
  bathNo: string,
  mark: Uint8Array,
): Promise<CountedWaterGuess | 'wrong_again' | 'locked_again' | 'none_left'> {
  const [before] = await selectLastWrong(tx, [schoolId, bathNo])
  if (before?.last_wrong?.equals(mark)) return before.locked ? 'locked_again' : 'wrong_again'
  const [counted] = await count(tx, [schoolId, bathNo])
  return counted ?? 'none_left'
}

const lockLastWrong = prepare<{ again: boolean }>(
  `select coalesce(last_wrong = $3, false) as again from water_passwords
    where school_id = $1 and bath_no = $2 and hash is not distinct from $4 for update`,
)
const updateLastWrong = prepare(
  'update water_passwords set last_wrong = $3 where school_id = $1 and bath_no = $2',
)
// With one less than was counted it cannot be the fifth.
const countOnce = prepare(
  `update water_passwords set wrong_count = greatest(wrong_count - 1, 0), locked_at = null
    where school_id = $1 and bath_no = $2`,
)

/**
 * The guess was wrong. One that overtook its own repeat, or was overtaken, was counted for both; it counts once.
 *
 * @returns Whether the same was found wrong before.
 */
export async function markWrongWaterGuess(
  tx: Tx,
  schoolId: string,
  bathNo: string,
  mark: Uint8Array,
  { hash }: CountedWaterGuess,
): Promise<boolean> {
  const [row] = await lockLastWrong(tx, [schoolId, bathNo, mark, hash])
  if (!row) return false
  if (row.again) await countOnce(tx, [schoolId, bathNo])
  else await updateLastWrong(tx, [schoolId, bathNo, mark])
  return row.again
}

// A lock that another guess has brought about in the meantime stays, whatever this one was.
const forget = prepare<{ done: 1 }>(
  `update water_passwords set wrong_count = 0, locked_at = null, last_wrong = null
    where school_id = $1 and bath_no = $2 and hash = $3
      and (locked_at is null or $4 = ${GUESSES_MAX})
   returning 1 as done`,
)

/** The guess was right. @returns false when the password was locked or set again meanwhile. */
export async function forgetWaterGuesses(
  tx: Tx,
  schoolId: string,
  bathNo: string,
  { hash, number }: CountedWaterGuess,
): Promise<boolean> {
  return (await forget(tx, [schoolId, bathNo, hash, number])).length > 0
}

const uncount = prepare(
  `update water_passwords
      set wrong_count = greatest(wrong_count - 1, 0),
          locked_at = case when $3 = ${GUESSES_MAX} then null else locked_at end
    where school_id = $1 and bath_no = $2 and hash is not distinct from $4`,
)

/** It could not be looked at. */
export async function uncountWaterGuess(
  tx: Tx,
  schoolId: string,
  bathNo: string,
  { hash, number }: CountedWaterGuess,
): Promise<void> {
  await uncount(tx, [schoolId, bathNo, number, hash])
}
