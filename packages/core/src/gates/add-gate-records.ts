import type { AddedRecords, GateRecord } from '@campus-ecode/protocol/gate-api'
import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import { type GateContext, type GateOutcome, isRefusal, type Services } from '../http/operation.ts'
import { admitGate } from './admit-gate.ts'
import {
  type CredentialRow,
  findFindings,
  insertRecords,
  lockCredentials,
  markReplayed,
  type NewRecord,
  type StoredRecord,
} from './record-store.ts'
import { findGate, type GateRow } from './store.ts'

/** Whoever still stands before the gate may be told; what happened hours ago is in the records. */
const TOLD_WITHIN_MS = 120_000

/**
 * Takes over what a gate has read, each record once, and says what the gate could not know (R31): that another
 * gate had opened to the same code, or that the credential had been revoked by then. Of somebody who does not
 * agree to the keeping of records (R42) only that somebody passed is stored.
 *
 * Refuses: GATE_DISABLED.
 */
export async function addGateRecords(
  ctx: GateContext<'addGateRecords'>,
): GateOutcome<'addGateRecords'> {
  const { caller, services, body } = ctx
  const { schoolId } = caller
  const outcome = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const gate = admitGate(await findGate(tx, caller))
    if (isRefusal(gate)) return gate
    const ids = [...new Set(body.records.map(({ recordId }) => recordId))]
    const hashes = body.records.flatMap(({ credential }) => credential ?? [])
    const credentials = await lockCredentials(
      tx,
      schoolId,
      hashes.map((hash) => Buffer.from(hash, 'base64url')),
    )
    const receivedAt = new Date(services.now())
    const records = body.records.map((record) => toRow(record, credentials, receivedAt))
    const added = await insertRecords(tx, caller, records, receivedAt)
    await markReplayed(tx, caller, ids)
    const toldCount = await tellPeople(tx, services, schoolId, gate, added)
    const findings = toFindings(await findFindings(tx, caller, ids))
    return { accepted: body.records.length, findings, toldCount }
  })
  if (isRefusal(outcome)) return outcome
  const { toldCount, ...added } = outcome
  if (toldCount > 0) services.wakeEvents()
  return { status: 200, body: added }
}

function toRow(
  record: GateRecord,
  credentials: readonly CredentialRow[],
  receivedAt: Date,
): NewRecord {
  const { recordId, result, refusal, credential, shownAt, purpose, context } = record
  // A gate's clock may be wrong, but nothing was read after it was told of.
  const at = new Date(Math.min(Date.parse(record.at), receivedAt.getTime()))
  const hash = credential === null ? null : Buffer.from(credential, 'base64url')
  const known = hash && credentials.find(({ credential_hash }) => credential_hash.equals(hash))
  const revokedAt = known?.revoked_at?.getTime() ?? Number.POSITIVE_INFINITY
  return {
    record_id: recordId,
    at: at.toISOString(),
    result,
    refusal,
    // The credential would say who it was.
    credential_hash: hash && known?.consented !== false ? hash.toString('hex') : null,
    person_id: known?.consented ? known.person_id : null,
    shown_at: shownAt,
    purpose,
    context,
    revoked: result === 'opened' && revokedAt < at.getTime(),
  }
}

/** @returns How many were told of. */
async function tellPeople(
  tx: Tx,
  { now, newId }: Services,
  schoolId: string,
  { name: gateName }: GateRow,
  added: readonly StoredRecord[],
): Promise<number> {
  let count = 0
  for (const { record_id: recordId, person_id: personId, at, ...record } of added) {
    if (personId === null || now() - at.getTime() > TOLD_WITHIN_MS) continue
    const { purpose, result, refusal } = record
    const data = { type: 'access', recordId, gateName, purpose, result, refusal } as const
    await insertEvent(tx, { schoolId, personId, eventId: newId(), kind: 'access', data })
    count++
  }
  return count
}

function toFindings(
  rows: readonly { record_id: string; replayed: boolean; revoked: boolean }[],
): AddedRecords['findings'] {
  return rows.flatMap(({ record_id: recordId, replayed, revoked }) => [
    ...(replayed ? [{ recordId, finding: 'replayed' as const }] : []),
    ...(revoked ? [{ recordId, finding: 'revoked' as const }] : []),
  ])
}
