import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { prepare } from '../db/database.ts'
import type { Caller, Services } from '../http/operation.ts'

const EVERY_MS = 5_000
/** Of refusals in five seconds; whoever makes more of them is not reading them out at an office. */
const REFUSALS_MAX = 2_000

/** What a person was told no to, under the id that the phone shows. */
export interface ToldRefusal {
  schoolId: string
  personId: string
  route: string
  code: ErrorCode
  requestId: string
}

/** What the console tells of calls, written now and then and by nobody who waits for an answer. */
export interface CallNotes {
  heard(caller: Caller): void
  told(refusal: ToldRefusal): void
  stop(): Promise<void>
}

const touch = prepare(
  `update terminals t set last_contact_at = now()
     from unnest($1::text[], $2::uuid[]) as g(school_id, terminal_id)
    where t.school_id = g.school_id and t.terminal_id = g.terminal_id`,
)
const insert = prepare(
  `insert into refused_calls (school_id, request_id, person_id, route, code)
   select * from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[])
   on conflict do nothing`,
)

/** Remembers for a few seconds and writes in one statement: a terminal's row is touched once, however busy. */
export function startCallNotes({ db, log }: Pick<Services, 'db' | 'log'>): CallNotes {
  let terminals = new Map<string, { schoolId: string; terminalId: string }>()
  let refusals: ToldRefusal[] = []
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    // In one order everywhere, so that two processes never wait for each other in a circle.
    const heard = [...terminals.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const told = refusals
    terminals = new Map()
    refusals = []
    if (heard.length > 0) {
      const keys = heard.map(([, key]) => key)
      await touch(db.pool, [
        keys.map(({ schoolId }) => schoolId),
        keys.map(({ terminalId }) => terminalId),
      ])
    }
    if (told.length > 0) {
      await insert(db.pool, [
        told.map(({ schoolId }) => schoolId),
        told.map(({ requestId }) => requestId),
        told.map(({ personId }) => personId),
        told.map(({ route }) => route),
        told.map(({ code }) => code),
      ])
    }
  }
  const flush = () => {
    writing = writing.then(write).catch((error) => log.error({ error }, 'calls were not noted'))
    return writing
  }
  const timer = setInterval(flush, EVERY_MS)
  return {
    heard(caller) {
      if (caller.kind !== 'terminal') return
      const { schoolId, terminalId } = caller
      terminals.set(`${schoolId}/${terminalId}`, { schoolId, terminalId })
    },
    told(refusal) {
      if (refusals.length < REFUSALS_MAX) refusals.push(refusal)
    },
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}
