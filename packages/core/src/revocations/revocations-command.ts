import { parseArgs } from 'node:util'
import { openDatabase } from '../db/database.ts'
import { UsageError } from '../usage-error.ts'
import { readHeader } from './issue-list.ts'
import { findGatesBehind, findOffice } from './store.ts'

export const REVOCATIONS_USAGE = `ecode revocations --school SCHOOL
  How far locks have reached: the revocation list, and the gates that do not hold it yet. Changes nothing.`

/** `ecode revocations`: the card office's view (R32). */
export async function runRevocations(
  args: string[],
  { DATABASE_URL, DATA_DIR }: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const schoolId = parseSchool(args)
  const db = await openDatabase({ DATABASE_URL, DATA_DIR })
  try {
    const office = await findOffice(db.pool, schoolId, new Date())
    if (!office) throw new UsageError(`there is no school ${schoolId}`)
    const { seq, document, waiting_count: waitingCount, gate_count: gateCount } = office
    if (document) {
      const { issued, count } = readHeader(document)
      print(`list ${seq}: ${count} entries, issued ${describeAge(issued * 1000)} ago`)
    } else {
      print('no list yet: no gate has asked for one')
    }
    if (waitingCount > 0) print(`${waitingCount} revoked credentials wait for the next list`)
    if (!document) return
    const behind = await findGatesBehind(db.pool, schoolId)
    print(`${gateCount - behind.length} of ${gateCount} gates hold it`)
    for (const { name, list_seq: held, keys_behind, last_contact_at: contact } of behind) {
      const since = contact
        ? `last heard of ${describeAge(contact.getTime())} ago`
        : 'never heard of'
      const keys = keys_behind ? ', older key set' : ''
      print(`  ${name}: ${held > 0 ? `list ${held}` : 'no list'}${keys}, ${since}`)
    }
  } finally {
    await db.close()
  }
}

function parseSchool(args: string[]): string {
  try {
    const { values } = parseArgs({ args, options: { school: { type: 'string' } } })
    if (!values.school) throw new Error('name a --school')
    return values.school
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** In the largest unit that fits. */
function describeAge(sinceMs: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - sinceMs) / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}
