import type { GridService } from '@campus-ecode/protocol/sign-ins'
import { TICKET_TTL_SECONDS } from '@campus-ecode/protocol/sign-ins'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface GridServiceRow {
  service_id: string
  name: GridService['name']
  icon: GridService['icon']
  native: string | null
  url: string
}

const FOR_PERSON = `from grid_services g
     join people p on p.school_id = g.school_id and p.person_id = $2
    where g.school_id = $1 and (g.campus is null or g.campus = p.campus)
      and (g.classes = '{}' or p.class = any (g.classes))`

const selectGrid = prepare<GridServiceRow>(
  `select g.service_id, g.name, g.icon, g.native, g.url ${FOR_PERSON} order by g.place`,
)
/** What a person is offered, by campus and class (R36, R40). */
export async function findServices(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<GridServiceRow[]> {
  return selectGrid(on, [schoolId, personId])
}

const selectOne = prepare<GridServiceRow>(
  `select g.service_id, g.name, g.icon, g.native, g.url ${FOR_PERSON} and g.service_id = $3`,
)
export async function findService(
  on: Queryable,
  schoolId: string,
  personId: string,
  serviceId: string,
): Promise<GridServiceRow | undefined> {
  return (await selectOne(on, [schoolId, personId, serviceId]))[0]
}

const insertTicket = prepare<{ expires_at: Date }>(
  `insert into service_tickets (school_id, ticket_hash, person_id, url, expires_at)
   values ($1, $2, $3, $4, now() + interval '${TICKET_TTL_SECONDS} seconds')
   returning expires_at`,
)
export async function insertServiceTicket(
  tx: Tx,
  ticket: { schoolId: string; ticketHash: Uint8Array; personId: string; url: string },
): Promise<Date> {
  const { schoolId, ticketHash, personId, url } = ticket
  const [row] = await insertTicket(tx, [schoolId, ticketHash, personId, url])
  if (!row) throw new Error('the ticket was not stored')
  return row.expires_at
}

const spendTicket = prepare<{ person_id: string; url: string }>(
  `update service_tickets set spent_at = now()
    where school_id = $1 and ticket_hash = $2 and spent_at is null and expires_at > now()
   returning person_id, url`,
)
/** Uses a ticket up, whoever asks and whatever for (CAS 3.0 §2.5.1). */
export async function spendServiceTicket(
  on: Queryable,
  schoolId: string,
  ticketHash: Uint8Array,
): Promise<{ person_id: string; url: string } | undefined> {
  return (await spendTicket(on, [schoolId, ticketHash]))[0]
}
