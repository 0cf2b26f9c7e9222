import type { ZoneRecordPage } from '@campus-ecode/protocol/gate-api'
import { formatPlace, parsePlace } from '../db/place.ts'
import {
  type GateContext,
  type GateOutcome,
  isRefusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { admitGate } from './admit-gate.ts'
import { nameHolder } from './holder.ts'
import { findZoneRecords, type ZoneRecordRow } from './record-store.ts'
import { findGate, type GateRow } from './store.ts'

const PAGE_COUNT = 50

/**
 * What the gates of the caller's zone have read, newest first, with class and masked name (R4).
 *
 * Refuses: GATE_DISABLED, GATE_NOT_PERMITTED.
 */
export async function getZoneRecords({
  caller,
  query,
  services,
}: GateContext<'getZoneRecords'>): GateOutcome<'getZoneRecords'> {
  const { schoolId } = caller
  const { pool } = services.db
  const after = query.cursor === undefined ? undefined : parsePlace(query.cursor)
  if (after === 'malformed') return refuse('BAD_REQUEST', { fields: ['cursor'] })
  const gate = admitGate(await findGate(pool, caller), 'records')
  if (isRefusal(gate)) return gate
  const { campus, zone } = gate
  // One more than is shown, to know whether there are more.
  const rows = await findZoneRecords(pool, { schoolId, campus, zone }, after, PAGE_COUNT + 1)
  const shown = rows.slice(0, PAGE_COUNT)
  const last = rows.length > PAGE_COUNT ? shown.at(-1) : undefined
  return {
    status: 200,
    body: {
      records: await Promise.all(shown.map((row) => toZoneRecord(services, schoolId, gate, row))),
      next: last ? formatPlace({ atMicros: last.at_micros, id: last.record_id }) : null,
    },
  }
}

async function toZoneRecord(
  services: Services,
  schoolId: string,
  gate: GateRow,
  row: ZoneRecordRow,
): Promise<ZoneRecordPage['records'][number]> {
  const { purpose, result, refusal, class: personClass, replayed, person_id: personId } = row
  return {
    recordId: row.record_id,
    at: row.at.toISOString(),
    gateName: row.gate_name,
    ...{ purpose, result, refusal, replayed },
    class: personClass,
    maskedName: row.masked_name,
    holder: personId === null ? null : await nameHolder(services, schoolId, gate, personId),
  }
}
