import { describeError, isErrorCode } from '@campus-ecode/protocol/errors'
import type { StaffHealth, StaffPulse } from '@campus-ecode/protocol/staff-places'
import type { Services } from '../../http/operation.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { firstIdAt } from '../payments/store.ts'
import { findMinutes, findPorts, findUnknown, type PortRow } from './store.ts'

const MINUTE_MS = 60_000
const MINUTES = 60
/** However many screens look, the database is asked this often. */
const FRESH_MS = 5_000
const SILENT_MS = 60_000
const SLOW_MS = 5_000

/** What is asked again and again is answered from one reading for all, for a few seconds. */
function keepFresh<T>(read: (services: Services, schoolId: string) => Promise<T>) {
  const kept = new WeakMap<Services, Map<string, { at: number; value: Promise<T> }>>()
  return (services: Services, schoolId: string): Promise<T> => {
    const bySchool = kept.get(services) ?? new Map<string, { at: number; value: Promise<T> }>()
    kept.set(services, bySchool)
    const before = bySchool.get(schoolId)
    if (before && services.now() - before.at < FRESH_MS) return before.value
    const value = read(services, schoolId)
    bySchool.set(schoolId, { at: services.now(), value })
    value.catch(() => bySchool.delete(schoolId))
    return value
  }
}

const readPulse = keepFresh(async (services, schoolId): Promise<StaffPulse> => {
  const { pool } = services.db
  const now = services.now()
  const lastMinute = Math.floor(now / MINUTE_MS) * MINUTE_MS
  const firstMinute = lastMinute - (MINUTES - 1) * MINUTE_MS
  const [rows, unknown] = await Promise.all([
    findMinutes(pool, schoolId, firstIdAt(firstMinute)),
    findUnknown(pool, schoolId),
  ])
  const sum = (wanted: (row: (typeof rows)[number]) => boolean, of: 'count' | 'fen' = 'count') =>
    rows.filter(wanted).reduce((total, row) => total + row[of], 0)
  const isPaid = ({ status }: { status: string }) => status === 'PAID'
  const reasons = new Map<string, number>()
  for (const { refusal, count } of rows) {
    if (refusal) reasons.set(refusal, (reasons.get(refusal) ?? 0) + count)
  }
  return {
    at: new Date(now).toISOString(),
    minutes: Array.from({ length: MINUTES }, (_, index) => {
      const at = firstMinute + index * MINUTE_MS
      const isThis = (row: (typeof rows)[number]) => row.minute.getTime() === at
      return {
        at: new Date(at).toISOString(),
        paid: sum((row) => isThis(row) && isPaid(row)),
        refused: sum((row) => isThis(row) && row.status === 'REFUSED'),
      }
    }),
    paidCount: sum(isPaid),
    paidFen: sum(isPaid, 'fen'),
    refusals: [...reasons]
      .toSorted(([, one], [, other]) => other - one)
      .flatMap(([code, count]) =>
        isErrorCode(code)
          ? [{ refusal: { code, message: describeError(code).sentences }, count }]
          : [],
      ),
    open: {
      processing: sum(({ status }) => status === 'PROCESSING'),
      unknown: Math.max(
        unknown?.count ?? 0,
        sum(({ status }) => status === 'UNKNOWN'),
      ),
      awaitingPassword: sum(({ status }) => status === 'AWAITING_PASSWORD'),
    },
    oldestUnknownAt: unknown?.oldest?.toISOString() ?? null,
  }
})

export async function getPulse({
  services,
  staff,
}: StaffContext<'getPulse'>): StaffOutcome<'getPulse'> {
  return { status: 200, body: await readPulse(services, staff.schoolId) }
}

const readHealth = keepFresh(async (services, schoolId): Promise<StaffHealth> => {
  const now = services.now()
  const rows = await findPorts(services.db.pool, schoolId, firstIdAt(now - 60 * MINUTE_MS))
  const { ports } = services
  const offered = [
    ...['bank', 'one_card'],
    ...(ports.wechat ? ['wechat'] : []),
    ...(ports.utility ? ['utility'] : []),
  ]
  const names = [...new Set([...offered, ...rows.map(({ port }) => port)])]
  return {
    at: new Date(now).toISOString(),
    systems: names.map((port) => {
      const row = rows.find((each) => each.port === port)
      return {
        port,
        state: stateOf(row, now),
        askedCount: row?.asked_count ?? 0,
        declinedCount: row?.declined_count ?? 0,
        openCount: row?.open_count ?? 0,
        oldestOpenAt: row?.oldest_open_at?.toISOString() ?? null,
        lastAnswerAt: row?.last_answer_at?.toISOString() ?? null,
        medianMs: row?.median_ms == null ? null : Math.round(row.median_ms),
      }
    }),
  }
})

/** By what became of what it was asked: nobody is called only to see whether somebody is there. */
function stateOf(row: PortRow | undefined, now: number): StaffHealth['systems'][number]['state'] {
  if (!row) return 'idle'
  const openMs = row.oldest_open_at ? now - row.oldest_open_at.getTime() : 0
  if (openMs > SILENT_MS) return 'silent'
  if (row.asked_count === 0) return 'idle'
  return (row.median_ms ?? 0) > SLOW_MS || openMs > SLOW_MS ? 'slow' : 'good'
}

export async function getHealth({
  services,
  staff,
}: StaffContext<'getHealth'>): StaffOutcome<'getHealth'> {
  return { status: 200, body: await readHealth(services, staff.schoolId) }
}
