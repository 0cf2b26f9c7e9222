import type { CardStatus } from '@campus-ecode/protocol/card'
import { prepare, type Queryable } from '../db/database.ts'
import type { Member } from './policies.ts'

/** A person as access knows them. */
export interface MemberState extends Member {
  campus: string | null
  cardStatus: CardStatus
}

/** Whether meetings and sessions are this person's to open and to look at: who teaches, and has not left. */
export function mayGather({ class: own, cardStatus }: MemberState): boolean {
  return own === 'teacher' && cardStatus !== 'closed'
}

const select = prepare<{
  class: Member['class']
  groups: string[]
  campus: string | null
  card_status: CardStatus
}>(
  `select p.class, p.groups, p.campus, y.card_status
     from people p
     join payers y on y.school_id = p.school_id and y.person_id = p.person_id
    where p.school_id = $1 and p.person_id = $2`,
)

export async function findMember(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<MemberState | undefined> {
  const [row] = await select(on, [schoolId, personId])
  if (!row) return undefined
  const { class: personClass, groups, campus, card_status: cardStatus } = row
  return { personId, class: personClass, groups, campus, cardStatus }
}
