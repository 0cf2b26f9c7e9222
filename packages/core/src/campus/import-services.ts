import type { Campus } from '@campus-ecode/protocol/campus'
import { prepare, type Tx } from '../db/database.ts'

const upsert = prepare(
  `insert into grid_services (school_id, service_id, place, name, icon, url, native, campus, classes)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (school_id, service_id) do update
      set place = excluded.place, name = excluded.name, icon = excluded.icon, url = excluded.url,
          native = excluded.native, campus = excluded.campus, classes = excluded.classes`,
)
const deleteOthers = prepare(
  'delete from grid_services where school_id = $1 and service_id <> all ($2)',
)

/** The grid of the school's other services, as the file says now (R36). */
export async function importServices(tx: Tx, { school, services }: Campus): Promise<void> {
  for (const [place, { id, name, icon, url, native, campus, classes }] of services.entries()) {
    // What comes back with a ticket is compared character by character with this.
    if (new URL(url).hash !== '') throw new Error(`services, entry ${place + 1}, has a fragment`)
    const shown = [JSON.stringify(name), icon, url, native ?? null, campus ?? null, classes]
    await upsert(tx, [school.id, id, place, ...shown])
  }
  await deleteOthers(tx, [school.id, services.map(({ id }) => id)])
}
