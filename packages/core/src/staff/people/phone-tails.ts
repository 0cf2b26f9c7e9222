import { setTimeout as sleep } from 'node:timers/promises'
import { prepare } from '../../db/database.ts'
import type { Services } from '../../http/operation.ts'
import { unsealPerson } from '../../people/open-person.ts'

const EVERY_MS = 30_000
const BATCH_COUNT = 200

/** The value of `people.phone_tail_index`, by which the last four digits find a few people. */
export function indexPhoneTail(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  tail: string,
): Promise<Uint8Array> {
  return keys.index(`phone-tail/${schoolId}`, tail)
}

const selectWithout = prepare<{ school_id: string; person_id: string; sealed: Buffer }>(
  `select school_id, person_id, sealed from people where phone_tail_index is null
    order by school_id, person_id limit ${BATCH_COUNT}`,
)
// Not of somebody who has another phone by now, or was deleted (R42).
const save = prepare(
  `update people p set phone_tail_index = g.tail
     from unnest($1::text[], $2::uuid[], $3::bytea[], $4::bytea[]) as g(school_id, person_id, tail, sealed)
    where p.school_id = g.school_id and p.person_id = g.person_id and p.sealed = g.sealed
      and p.phone_tail_index is null`,
)

/** Indexes whoever came by an import since. @returns How many. */
export async function indexPhoneTails(services: Pick<Services, 'db' | 'keys'>): Promise<number> {
  const { pool } = services.db
  const rows = await selectWithout(pool, [])
  if (rows.length === 0) return 0
  const tails = await Promise.all(
    rows.map(async ({ school_id: schoolId, person_id: personId, sealed }) => {
      const { phone } = await unsealPerson(services, schoolId, personId, sealed)
      const digits = phone?.replace(/\D/g, '') ?? ''
      if (digits.length < 4) return Buffer.alloc(0)
      return Buffer.from(await indexPhoneTail(services, schoolId, digits.slice(-4)))
    }),
  )
  await save(pool, [
    rows.map((row) => row.school_id),
    rows.map((row) => row.person_id),
    tails,
    rows.map((row) => row.sealed),
  ])
  return rows.length
}

/** Keeps up with imports, so that an office finds people by their phones; a batch at a time. */
export function startPhoneTailWorker(services: Pick<Services, 'db' | 'keys' | 'log'>): {
  stop(): Promise<void>
} {
  const stopping = new AbortController()
  const { signal } = stopping
  const loop = (async () => {
    while (!signal.aborted) {
      const count = await indexPhoneTails(services).catch((error) => {
        services.log.error({ error }, 'phone numbers were not indexed')
        return 0
      })
      if (count < BATCH_COUNT) await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await loop
    },
  }
}
