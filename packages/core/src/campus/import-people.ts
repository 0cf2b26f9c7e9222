import type { Campus } from '@campus-ecode/protocol/campus'
import { assignProfilesOf } from '../access/profiles.ts'
import { closeCard } from '../cards/close-card.ts'
import { lockPayers } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { indexToken } from '../pay-tokens/index-token.ts'
import { findOtherwiseGiven, type GivenToken, replaceTokens } from '../pay-tokens/store.ts'
import { maskCardNo, maskName } from '../people/mask.ts'
import { indexCardNo, sealPerson } from '../people/open-person.ts'
import {
  findChanged,
  findPeople,
  insertPeople,
  type KnownPerson,
  lockUnclosed,
  type NewPerson,
  type RegisterEntry,
  saveRegister,
} from './store.ts'

const BATCH_COUNT = 200

/** Somebody of the file. */
export interface FilePerson {
  personId: string
  /** The card number's index, in hex. */
  index: string
  /** Undefined for who is new. */
  known: KnownPerson | undefined
}

/** Somebody as a school's register has them. */
export type RegisterPerson = Omit<Campus['people'][number], 'cardTokens' | 'faceTokens'> & {
  /** Undefined, as one with the other: those that the person has stay. */
  cardTokens?: string[] | undefined
  faceTokens?: string[] | undefined
}

/** Who these people are, in their order; the new ones with the ids they are to have. */
export async function findFilePeople(
  services: Services,
  schoolId: string,
  people: readonly { cardNo: string }[],
): Promise<FilePerson[]> {
  const found: FilePerson[] = []
  for (let start = 0; start < people.length; start += BATCH_COUNT) {
    const batch = people.slice(start, start + BATCH_COUNT)
    const indexes = await Promise.all(
      batch.map(({ cardNo }) => indexCardNo(services, schoolId, cardNo)),
    )
    const there = await findPeople(services.db.pool, schoolId, indexes)
    for (const bytes of indexes) {
      const index = Buffer.from(bytes).toString('hex')
      const known = there.get(index)
      found.push({ personId: known?.personId ?? services.newId(), index, known })
    }
  }
  return found
}

/**
 * Adds the people who are not there yet, a batch at a time. What those who are there have claimed, chosen or
 * spent since is theirs and stays as it is. Class, campus, groups and whom the school urges to sign are the
 * school's, and so are cards and enrolled faces (R29): they are as the file says. Of those who have left the card is closed, for good.
 *
 * @returns All of them, in the file's order, and how many were added.
 */
export async function importPeople(
  services: Services,
  schoolId: string,
  register: readonly RegisterPerson[],
  filePeople: readonly FilePerson[],
): Promise<{ people: KnownPerson[]; added: number }> {
  const people: KnownPerson[] = []
  let added = 0
  for (let start = 0; start < register.length; start += BATCH_COUNT) {
    const batch = register.slice(start, start + BATCH_COUNT)
    const rows: NewPerson[] = []
    const entries: RegisterEntry[] = []
    const leftIds: string[] = []
    for (const [i, person] of batch.entries()) {
      const who = filePeople[start + i]
      if (!who) throw new Error('somebody of the file was lost')
      const { personId, known } = who
      if (known) {
        people.push(known)
        entries.push(toEntry(personId, person))
        if (person.left) leftIds.push(personId)
        continue
      }
      const row = await toRow(services, schoolId, person, who)
      rows.push(row)
      people.push({ personId, bankCardId: row.bank_card?.card_id ?? null })
    }
    await updateRegister(services, schoolId, entries)
    await closeCards(services, schoolId, leftIds)
    if (rows.length > 0) {
      await inTransaction(services.db.pool, (tx) => insertPeople(tx, schoolId, rows))
      added += rows.length
    }
    const personIds = people.slice(start).map(({ personId }) => personId)
    await giveTokens(services, schoolId, batch, personIds)
  }
  return { people, added }
}

async function updateRegister(
  { db: { pool } }: Services,
  schoolId: string,
  entries: RegisterEntry[],
): Promise<void> {
  const changed = await findChanged(pool, schoolId, entries)
  if (changed.size === 0) return
  await inTransaction(pool, async (tx) => {
    // First, because whoever is being given a credential at this moment has read the old class.
    await lockPayers(tx, schoolId, [...changed])
    const wanted = entries.filter(({ person_id }) => changed.has(person_id))
    await saveRegister(tx, schoolId, wanted)
    await assignProfilesOf(tx, schoolId, [...changed])
  })
}

/** R29: of what somebody holds and the file does not name, as of a card that was replaced, nothing pays. */
async function giveTokens(
  services: Services,
  schoolId: string,
  batch: readonly RegisterPerson[],
  personIds: string[],
): Promise<void> {
  const { tokens, changed } = await planTokens(services, schoolId, batch, personIds)
  if (changed.length === 0) return
  await inTransaction(services.db.pool, async (tx) => {
    await lockPayers(tx, schoolId, changed)
    await replaceTokens(tx, schoolId, changed, tokens)
  })
}

/** What these people are to hold, and who of them holds something else now. */
export async function planTokens(
  services: Services,
  schoolId: string,
  batch: readonly RegisterPerson[],
  personIds: string[],
): Promise<{ tokens: GivenToken[]; changed: string[] }> {
  const given = batch.flatMap((person, i) =>
    (['card', 'face'] as const).flatMap((kind) =>
      (person[`${kind}Tokens`] ?? []).map((value) => ({
        personId: personIds[i] ?? '',
        kind,
        value,
      })),
    ),
  )
  const holders = personIds.filter((_, i) => batch[i]?.cardTokens !== undefined)
  if (holders.length === 0) return { tokens: [], changed: [] }
  const tokens: GivenToken[] = await Promise.all(
    given.map(async ({ personId, kind, value }) => {
      const index = await indexToken(services, schoolId, { kind, value })
      return {
        person_id: personId,
        kind,
        token_index: Buffer.from(index).toString('hex'),
        token_id: services.newId(),
      }
    }),
  )
  const changed = await findOtherwiseGiven(services.db.pool, schoolId, holders, tokens)
  return { tokens, changed }
}

/** For good: of somebody who has left (R32, R42). */
export async function closeCards(
  services: Services,
  schoolId: string,
  personIds: string[],
): Promise<void> {
  if (personIds.length === 0) return
  await inTransaction(services.db.pool, async (tx) => {
    for (const { person_id, card_status } of await lockUnclosed(tx, schoolId, personIds)) {
      await closeCard(tx, services, { schoolId, personId: person_id }, card_status)
    }
  })
}

function toEntry(personId: string, person: RegisterPerson): RegisterEntry {
  return {
    person_id: personId,
    class: person.class,
    campus: person.campus ?? null,
    groups: [...new Set(person.groups)].sort(),
    agreement_urged: person.urgeAgreement,
  }
}

async function toRow(
  services: Services,
  schoolId: string,
  person: RegisterPerson,
  { personId, index }: FilePerson,
): Promise<NewPerson> {
  const { cardNo, name, phone, wallet } = person
  const details = { name, cardNo, ...(phone !== undefined && { phone }) }
  const sealed = await sealPerson(services, schoolId, personId, details)
  const card = wallet?.bankCard
  return {
    ...toEntry(personId, person),
    card_no_index: index,
    sealed: Buffer.from(sealed).toString('hex'),
    masked_name: maskName(name),
    masked_card_no: maskCardNo(cardNo),
    card_status: person.left ? 'closed' : person.claimed ? 'active' : 'unclaimed',
    one_card_status: person.oneCard ? 'open' : 'not_open',
    wallet_status: wallet ? 'open' : 'not_open',
    bank_card: card
      ? { card_id: services.newId(), token: card.token, bank_name: card.bankName, tail: card.tail }
      : null,
  }
}
