import { lockPayer } from '../cards/store.ts'
import { inTransaction, prepare, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import type { TakeTurn } from '../keys/turnstile.ts'
import { indexCardNo, openPerson } from '../people/open-person.ts'
import { isSameName } from '../people/same-name.ts'
import { readSecret } from '../tickets/secret.ts'
import { tellWallet } from '../wallet/change-wallet.ts'
import { findSignedInPerson, saveSignInBinding } from './binding-store.ts'
import { makeTicket } from './make-ticket.ts'
import { takePasswordTry } from './password-tries.ts'
import { findByPage, finishSignIn, type PageRow } from './store.ts'

export interface BindForm {
  /** The page's secret. */
  page: string
  cardNo: string
  password: string
}

/**
 * - `over` the page is not good, or not any more.
 * - `wrong` also for a number that nobody has and a password that the card office has locked.
 * - `locked` five wrong ones.
 * - `not_listed` right, but the school's list has not this person, or not any more.
 * - `unavailable` the one-card system does not answer.
 */
export type BindRefusal = 'over' | 'wrong' | 'locked' | 'not_listed' | 'unavailable'
export type BindOutcome =
  | { refused: 'over' }
  | { refused: Exclude<BindRefusal, 'over'>; row: PageRow }
  | { ticket: string }
  | { bound: 'mini_program'; schoolId: string }

/**
 * Card number and campus-card password, typed on our own page, bind the WeChat that WeChat itself has named to its
 * person (R2b). The school's one-card system checks the password, which is kept nowhere.
 *
 * @param takeTurn Around what works with the database, and not around asking the one-card system, which may be slow.
 */
export async function bindByPassword(
  services: Services,
  takeTurn: TakeTurn,
  form: BindForm,
): Promise<BindOutcome> {
  const { pool } = services.db
  const { oneCard } = services.ports
  const read = readSecret(form.page)
  if (!read) return { refused: 'over' }
  const { schoolId } = read
  const row = await takeTurn(() => findByPage(pool, schoolId, read.hash))
  if (!row) return { refused: 'over' }
  // The form was sent twice, and the answer to the first is lost.
  if (row.bound_at) return takeTurn(() => endAgain(services, row))
  const cardNo = form.cardNo.normalize('NFKC').replace(/[\s\p{Cf}]/gu, '')
  const { password } = form
  if (!/^[^\p{Cc}]{1,32}$/u.test(cardNo) || !/^[^\p{Cc}]{1,64}$/u.test(password)) {
    return { refused: 'wrong', row }
  }
  const openidIndex = row.openid_index
  const guess = await takeTurn(() => takePasswordTry(services, schoolId, { openidIndex, cardNo }))
  if (guess === 'locked') return { refused: 'locked', row }
  const checked = await oneCard.checkPassword(cardNo, password)
  if (!checked.ok) {
    await takeTurn(guess.giveBack)
    return { refused: 'unavailable', row }
  }
  if (!checked.value.matches) return { refused: 'wrong', row }
  const holder = await oneCard.lookUp(cardNo)
  if (!holder.ok) {
    await takeTurn(guess.giveBack)
    return { refused: 'unavailable', row }
  }
  return takeTurn(async () => {
    await guess.forget()
    const personId = holder.value.left
      ? undefined
      : await findHolder(services, schoolId, cardNo, holder.value.name)
    const outcome = personId && (await bind(services, row, personId))
    return outcome || { refused: 'not_listed', row }
  })
}

const selectPerson = prepare<{ person_id: string }>(
  'select person_id from people where school_id = $1 and card_no_index = $2',
)

/** The person with this number, as long as it is the one whose password it was: numbers are given out again. */
async function findHolder(services: Services, schoolId: string, cardNo: string, name: string) {
  const index = await indexCardNo(services, schoolId, cardNo)
  const [person] = await selectPerson(services.db.pool, [schoolId, index])
  if (!person) return undefined
  const known = await openPerson(services, schoolId, person.person_id)
  if (isSameName(known.name, name)) return person.person_id
  services.log.error(
    { schoolId, personId: person.person_id },
    'alarm: the one-card system has another name for this card number',
  )
  return undefined
}

/** @returns undefined for somebody who has left. */
async function bind(
  services: Services,
  row: PageRow,
  personId: string,
): Promise<BindOutcome | undefined> {
  const { school_id: schoolId, app } = row
  const outcome = await inTransaction<BindOutcome | undefined>(services.db.pool, async (tx) => {
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer || payer.card_status === 'closed') return undefined
    // Who was faster has it: the same person may have had two pages open.
    const bound = await findSignedInPerson(tx, schoolId, app, row.openid_index)
    if (bound !== undefined && bound !== personId) return { refused: 'over' }
    const isFirst = await finishSignIn(tx, row)
    // Sent twice, and this is the answer that the browser shows.
    if (!isFirst && bound === undefined) return { refused: 'over' }
    if (bound === undefined) {
      const openid = { openidIndex: row.openid_index, sealedOpenid: row.sealed_openid }
      await saveSignInBinding(tx, schoolId, personId, app, openid)
      await tellWallet(
        tx,
        services,
        { schoolId, personId },
        { change: 'wechat', use: 'sign_in', bound: true },
      )
    }
    return end(tx, row, personId)
  })
  services.wakeEvents()
  return outcome
}

async function endAgain({ db }: Services, row: PageRow): Promise<BindOutcome> {
  return inTransaction(db.pool, async (tx) => {
    const { school_id: schoolId, app, openid_index: openidIndex } = row
    const personId = await findSignedInPerson(tx, schoolId, app, openidIndex)
    return personId === undefined ? { refused: 'over' } : end(tx, row, personId)
  })
}

async function end(tx: Tx, row: PageRow, personId: string): Promise<BindOutcome> {
  if (row.app === 'mini_program') return { bound: row.app, schoolId: row.school_id }
  return { ticket: await makeTicket(tx, row, personId) }
}
