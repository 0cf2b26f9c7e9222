import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { openPerson } from '../people/open-person.ts'
import { findCard } from './store.ts'

/** The e-card, masked. */
export async function getCard({
  params,
  services,
}: Pick<PersonContext<'getCard'>, 'params' | 'services'>): PersonOutcome<'getCard'> {
  const row = await findCard(services.db.pool, params.schoolId, params.personId)
  if (!row) return refuse('NOT_FOUND')
  return {
    status: 200,
    body: {
      status: row.card_status,
      maskedName: row.masked_name,
      maskedCardNo: row.masked_card_no,
      class: row.class,
      school: {
        id: params.schoolId,
        name: row.name,
        nameEn: row.name_en,
        accent: row.accent,
        supportContact: row.support_contact,
      },
      campus: row.campus,
    },
  }
}

/** The card number in full, for its owner who asked to see it. */
export async function getCardNumber({
  params,
  services,
}: PersonContext<'getCardNumber'>): PersonOutcome<'getCardNumber'> {
  const { schoolId, personId } = params
  if (!(await findCard(services.db.pool, schoolId, personId))) return refuse('NOT_FOUND')
  const { cardNo } = await openPerson(services, schoolId, personId)
  return { status: 200, body: { cardNo } }
}
