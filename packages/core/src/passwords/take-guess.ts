import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import { withdrawEvent } from '../events/withdraw-event.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import {
  type CountedGuess,
  countGuess,
  forgetGuesses,
  GUESSES_MAX,
  passwordState,
  uncountGuess,
} from './store.ts'

/** A refusal on the keypad, which says how often the person may still try. */
export interface KeypadRefusal extends Refusal {
  triesLeft?: number
}

export interface Who {
  schoolId: string
  personId: string
}

/** A guess that has been counted; the last one has locked, and told so by this event. */
export interface Guess extends CountedGuess {
  lockEventId: string | undefined
}

type GuessServices = Pick<Services, 'db' | 'newId' | 'wakeEvents'>

/**
 * Lets a sealed password be looked at, five times at most between two right ones (R16). The guess is
 * counted and committed first, so that no number of guesses at once, and no process that dies in
 * between, makes a sixth. What was no guess, or could not be looked at, is given back.
 *
 * @param look Asks the key process.
 * @returns What `look` found, with the guess for `acceptGuess`. Refuses: PASSWORD_NOT_SET,
 * PASSWORD_LOCKED, PASSWORD_WRONG, BAD_REQUEST for a message that was not sealed for this.
 */
export async function takeGuess<R>(
  services: GuessServices,
  who: Who,
  look: (hash: string) => Promise<R | 'wrong' | 'malformed'>,
): Promise<{ guess: Guess; found: R } | KeypadRefusal> {
  const { pool } = services.db
  const guess = await count(services, who)
  if (!guess) {
    const state = await passwordState(pool, who.schoolId, who.personId)
    return refuse(state === 'not_set' ? 'PASSWORD_NOT_SET' : 'PASSWORD_LOCKED')
  }
  const giveBack = () =>
    inTransaction(pool, async (tx) => {
      if (await uncountGuess(tx, who.schoolId, who.personId, guess)) await untell(tx, who, guess)
    })
  let found: R | 'wrong' | 'malformed'
  try {
    found = await look(guess.hash)
  } catch (error) {
    await giveBack()
    throw error
  }
  if (found === 'malformed') {
    await giveBack()
    return refuse('BAD_REQUEST', { fields: ['sealed'] })
  }
  if (found !== 'wrong') return { guess, found }
  const triesLeft = GUESSES_MAX - guess.number
  if (triesLeft > 0) return { ...refuse('PASSWORD_WRONG'), triesLeft }
  services.wakeEvents()
  return refuse('PASSWORD_LOCKED')
}

/** The guess was right. @returns false when the password was locked or changed meanwhile. */
export async function acceptGuess(tx: Tx, who: Who, guess: Guess): Promise<boolean> {
  if (!(await forgetGuesses(tx, who.schoolId, who.personId, guess))) return false
  await untell(tx, who, guess)
  return true
}

/**
 * The last guess locks, and tells so, in the transaction that counts it: if this process dies while
 * it is looked at, the person hears of the lock that stays. Nobody is woken for it yet.
 */
function count({ db, newId }: GuessServices, who: Who): Promise<Guess | undefined> {
  const eventId = newId()
  return inTransaction(db.pool, async (tx) => {
    const counted = await countGuess(tx, who.schoolId, who.personId)
    if (!counted) return undefined
    if (counted.number < GUESSES_MAX) return { ...counted, lockEventId: undefined }
    await insertEvent(tx, { ...who, eventId, kind: 'wallet', news: { change: 'password_locked' } })
    return { ...counted, lockEventId: eventId }
  })
}

/** The lock was none after all. */
async function untell(tx: Tx, { schoolId, personId }: Who, { lockEventId }: Guess): Promise<void> {
  if (lockEventId) await withdrawEvent(tx, schoolId, personId, lockEventId)
}
