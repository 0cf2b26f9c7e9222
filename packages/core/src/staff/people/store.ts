import type { CardStatus } from '@campus-ecode/protocol/card'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../../db/database.ts'

export interface FoundRow {
  person_id: string
  masked_name: string
  masked_card_no: string
  class: PersonClass
  campus: string | null
  card_status: CardStatus
  sealed: Buffer
}

const SELECT = `
  select p.person_id, p.masked_name, p.masked_card_no, p.class, p.campus, p.sealed, y.card_status
    from people p join payers y on y.school_id = p.school_id and y.person_id = p.person_id
   where p.school_id = $1`

const selectByCardNo = prepare<FoundRow>(`${SELECT} and p.card_no_index = $2`)
export async function findByCardNo(on: Queryable, schoolId: string, index: Uint8Array) {
  return selectByCardNo(on, [schoolId, index])
}

const selectByMask = prepare<FoundRow>(
  `${SELECT} and p.masked_name = $2 order by p.masked_card_no limit $3`,
)
/** Everybody whose name looks like that when it is masked. */
export async function findByMaskedName(
  on: Queryable,
  schoolId: string,
  mask: string,
  count: number,
) {
  return selectByMask(on, [schoolId, mask, count])
}

const selectByTail = prepare<FoundRow>(
  `${SELECT} and p.phone_tail_index = $2 and length(p.phone_tail_index) > 0 order by p.masked_card_no limit $3`,
)
export async function findByPhoneTail(
  on: Queryable,
  schoolId: string,
  index: Uint8Array,
  count: number,
) {
  return selectByTail(on, [schoolId, index, count])
}

export interface PersonRow extends FoundRow {
  wallet_status: 'not_open' | 'open' | 'closed'
  one_card_status: 'not_open' | 'open'
  bank_card_count: number
  signs_in: boolean
  pays: boolean
}

const selectPerson = prepare<PersonRow>(
  `select p.person_id, p.masked_name, p.masked_card_no, p.class, p.campus, p.sealed, y.card_status,
          y.wallet_status, y.one_card_status,
          (select count(*) from bank_cards c
            where c.school_id = $1 and c.person_id = $2 and c.unbound_at is null) as bank_card_count,
          exists (select from sign_in_bindings b where b.school_id = $1 and b.person_id = $2) as signs_in,
          exists (select from wechat_bindings b where b.school_id = $1 and b.person_id = $2) as pays
     from people p join payers y on y.school_id = p.school_id and y.person_id = p.person_id
    where p.school_id = $1 and p.person_id = $2`,
)
export async function findPerson(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<PersonRow | undefined> {
  return (await selectPerson(on, [schoolId, personId]))[0]
}

const removePassword = prepare<{ removed: 1 }>(
  `with gone as (delete from payment_passwords where school_id = $1 and person_id = $2 returning 1),
        ended as (update approvals set status = 'cancelled', return_to = ''
                   where school_id = $1 and person_id = $2 and status in ('waiting', 'approved'))
   select 1 as removed from gone`,
)
/** With it ends what it has approved and not been spent on. @returns false when there was none. */
export async function deletePassword(tx: Tx, schoolId: string, personId: string): Promise<boolean> {
  return (await removePassword(tx, [schoolId, personId])).length > 0
}
