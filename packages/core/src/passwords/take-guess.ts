import { inTransaction } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import { countGuess, GUESSES_MAX, type Guess, giveGuessBack, passwordState } from './store.ts'

/** A refusal on the keypad, which says how often the person may still try. */
export interface KeypadRefusal extends Refusal {
  triesLeft?: number
}

export interface Who {
  schoolId: string
  personId: string
}

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
  services: Pick<Services, 'db' | 'newId' | 'wakeEvents'>,
  { schoolId, personId }: Who,
  look: (hash: string) => Promise<R | 'wrong' | 'malformed'>,
): Promise<{ guess: Guess; found: R } | KeypadRefusal> {
  const { pool } = services.db
  const guess = await countGuess(pool, schoolId, personId)
  if (!guess) {
    const state = await passwordState(pool, schoolId, personId)
    return refuse(state === 'not_set' ? 'PASSWORD_NOT_SET' : 'PASSWORD_LOCKED')
  }
  let found: R | 'wrong' | 'malformed'
  try {
    found = await look(guess.hash)
  } catch (error) {
    await giveGuessBack(pool, schoolId, personId, guess)
    throw error
  }
  if (found === 'malformed') {
    await giveGuessBack(pool, schoolId, personId, guess)
    return refuse('BAD_REQUEST', { fields: ['sealed'] })
  }
  if (found !== 'wrong') return { guess, found }
  const triesLeft = GUESSES_MAX - guess.number
  if (triesLeft > 0) return { ...refuse('PASSWORD_WRONG'), triesLeft }
  await inTransaction(pool, (tx) =>
    insertEvent(tx, {
      ...{ schoolId, personId, eventId: services.newId(), kind: 'wallet' },
      news: { change: 'password_locked' },
    }),
  )
  services.wakeEvents()
  return refuse('PASSWORD_LOCKED')
}
