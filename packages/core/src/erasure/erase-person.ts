import { randomBytes } from 'node:crypto'
import { closeCard } from '../cards/close-card.ts'
import { lockPayer, type PayerRow } from '../cards/store.ts'
import type { Tx } from '../db/database.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import { openPerson, type PersonDetails, sealPerson } from '../people/open-person.ts'
import { tellWallet } from '../wallet/change-wallet.ts'
import { markClosed, takeWallet } from '../wallet/store.ts'
import { lockRunningSession } from '../water/store.ts'
import {
  blankPersonRow,
  deleteWhatIsTheirs,
  findErasure,
  hasBooks,
  isMoneyMoving,
  sealAway,
} from './store.ts'

/** So long the law wants to know whose money it was, after the last of it (docs/personal-data.md). */
const KEPT_YEARS = 10
const NOBODY = '＊'

type Owner = { schoolId: string; personId: string }
type Needs = Pick<Services, 'db' | 'keys' | 'newId' | 'now' | 'log'>

/**
 * Deletes a person (R42): the card and all its codes end, an empty wallet is closed, and what is theirs alone goes.
 * The books stay as they are, under an id that names nobody; where there are any, name, number and phone
 * are sealed away, where no operation looks. Who is deleted already stays so.
 *
 * @param agree Asked last, when nothing else stands against it.
 * @returns NOT_FOUND, or why not yet: BALANCE_NOT_ZERO, TRANSFER_PENDING; or what `agree` refuses.
 */
export async function erasePerson(
  tx: Tx,
  services: Needs,
  owner: Owner,
  agree: () => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  const { schoolId, personId } = owner
  const payer = await lockPayer(tx, schoolId, personId)
  if (!payer) return refuse('NOT_FOUND')
  if ((await findErasure(tx, owner))?.erasedAt) return undefined
  const refused = (await refuseForMoney(tx, owner, payer)) ?? (await agree())
  if (refused) return refused

  if (payer.card_status !== 'closed') await closeCard(tx, services, owner, payer.card_status)
  if (payer.wallet_status === 'open') {
    await takeWallet(tx, schoolId, personId)
    await markClosed(tx, schoolId, personId)
    await tellWallet(tx, services, owner, { change: 'closed' })
  }
  await blank(tx, services, owner)
  return undefined
}

/** Why somebody, whose payer is locked, cannot be deleted yet: TRANSFER_PENDING, BALANCE_NOT_ZERO. */
export async function refuseForMoney(
  tx: Tx,
  owner: Owner,
  payer: PayerRow,
): Promise<Refusal | undefined> {
  const { schoolId, personId } = owner
  // What a shower holds is the wallet's, and comes back when it ends.
  if (await lockRunningSession(tx, schoolId, personId)) return refuse('TRANSFER_PENDING')
  if (payer.wallet_fen !== 0) return refuse('BALANCE_NOT_ZERO')
  if (await isMoneyMoving(tx, owner)) return refuse('TRANSFER_PENDING')
  return undefined
}

async function blank(tx: Tx, services: Needs, owner: Owner): Promise<void> {
  const { keys } = services
  const { schoolId, personId } = owner
  if (await hasBooks(tx, owner)) {
    const details = await openPerson(services, schoolId, personId)
    const sealed = await keys.seal(sealedAwayContext(owner), JSON.stringify(details))
    await sealAway(tx, owner, sealed, KEPT_YEARS)
  }
  await deleteWhatIsTheirs(tx, owner, NOBODY)
  const nobody: PersonDetails = { name: '', cardNo: '' }
  await blankPersonRow(tx, owner, {
    sealed: await sealPerson({ keys }, schoolId, personId, nobody),
    // So that the number finds nobody, and may be given to somebody again.
    cardNoIndex: randomBytes(32),
    maskedName: NOBODY,
  })
}

/** What the details of somebody who was deleted are sealed under. */
export function sealedAwayContext({ schoolId, personId }: Owner): string {
  return `sealed-away/${schoolId}/${personId}`
}
