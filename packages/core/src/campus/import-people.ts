import type { Campus } from '@campus-ecode/protocol/campus'
import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { maskCardNo, maskName } from '../people/mask.ts'
import { indexCardNo, sealPerson } from '../people/open-person.ts'
import { findPeople, insertPeople, type KnownPerson, type NewPerson, saveUrged } from './store.ts'

const BATCH_COUNT = 200

/**
 * Adds the people who are not there yet, a batch at a time. Those who are there stay as they are:
 * what they have claimed, chosen or spent since is theirs. Whom the school urges to sign is the
 * school's, and is as the file says.
 *
 * @returns All of the file's people, in its order, and how many were added.
 */
export async function importPeople(
  services: Services,
  campus: Campus,
): Promise<{ people: KnownPerson[]; added: number }> {
  const schoolId = campus.school.id
  const people: KnownPerson[] = []
  let added = 0
  for (let start = 0; start < campus.people.length; start += BATCH_COUNT) {
    const batch = campus.people.slice(start, start + BATCH_COUNT)
    const indexes = await Promise.all(
      batch.map(({ cardNo }) => indexCardNo(services, schoolId, cardNo)),
    )
    const known = await findPeople(services.db.pool, schoolId, indexes)
    const rows: NewPerson[] = []
    const urged: { personId: string; urged: boolean }[] = []
    for (const [i, person] of batch.entries()) {
      const index = Buffer.from(indexes[i] ?? []).toString('hex')
      const there = known.get(index)
      if (there) {
        people.push(there)
        urged.push({ personId: there.personId, urged: person.urgeAgreement })
        continue
      }
      const row = await toRow(services, schoolId, person, index)
      rows.push(row)
      people.push({ personId: row.person_id, bankCardId: row.bank_card?.card_id ?? null })
    }
    if (urged.length > 0) {
      await inTransaction(services.db.pool, (tx) => saveUrged(tx, schoolId, urged))
    }
    if (rows.length === 0) continue
    await inTransaction(services.db.pool, (tx) => insertPeople(tx, schoolId, rows))
    added += rows.length
  }
  return { people, added }
}

async function toRow(
  services: Services,
  schoolId: string,
  person: Campus['people'][number],
  cardNoIndex: string,
): Promise<NewPerson> {
  const { cardNo, name, phone, wallet } = person
  const personId = services.newId()
  const details = { name, cardNo, ...(phone !== undefined && { phone }) }
  const sealed = await sealPerson(services, schoolId, personId, details)
  const card = wallet?.bankCard
  return {
    person_id: personId,
    card_no_index: cardNoIndex,
    sealed: Buffer.from(sealed).toString('hex'),
    masked_name: maskName(name),
    masked_card_no: maskCardNo(cardNo),
    class: person.class,
    campus: person.campus ?? null,
    agreement_urged: person.urgeAgreement,
    card_status: person.claimed ? 'active' : 'unclaimed',
    one_card_status: person.oneCard ? 'open' : 'not_open',
    wallet_status: wallet ? 'open' : 'not_open',
    bank_card: card
      ? { card_id: services.newId(), token: card.token, bank_name: card.bankName, tail: card.tail }
      : null,
  }
}
