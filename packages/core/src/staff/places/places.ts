import { inTransaction } from '../../db/database.ts'
import { refuse } from '../../http/operation.ts'
import { readHeader } from '../../revocations/issue-list.ts'
import { findOffice } from '../../revocations/store.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { findGates, findMerchants, findTerminals, switchPlace } from './store.ts'

export async function getMerchants({
  services,
  staff,
}: StaffContext<'getMerchants'>): StaffOutcome<'getMerchants'> {
  const rows = await findMerchants(services.db.pool, staff.schoolId)
  const merchants = rows.map((row) => ({
    merchantId: row.merchant_id,
    name: row.name,
    campus: row.campus,
    accepting: row.accepting,
    terminalCount: row.terminal_count,
  }))
  return { status: 200, body: { merchants } }
}

/** Terminals and gates, and how far the revocation list has reached them (R32). */
export async function getDevices({
  services,
  staff,
}: StaffContext<'getDevices'>): StaffOutcome<'getDevices'> {
  const { pool } = services.db
  const [terminals, gates, office] = await Promise.all([
    findTerminals(pool, staff.schoolId),
    findGates(pool, staff.schoolId),
    findOffice(pool, staff.schoolId, new Date(services.now())),
  ])
  const header = office?.document && readHeader(office.document)
  return {
    status: 200,
    body: {
      terminals: terminals.map((row) => ({
        terminalId: row.terminal_id,
        name: row.name,
        merchantName: row.merchant_name,
        kind: row.kind,
        enabled: row.enabled,
        lastContactAt: row.last_contact_at?.toISOString() ?? null,
        pausedUntil: row.paused_until?.toISOString() ?? null,
        locked: row.locked,
      })),
      gates: gates.map((row) => ({
        gateId: row.gate_id,
        name: row.name,
        campus: row.campus,
        zone: row.zone,
        enabled: row.enabled,
        lastContactAt: row.last_contact_at?.toISOString() ?? null,
        listSeq: row.list_seq,
        listsBehind: row.lists_behind,
        keysBehind: row.keys_behind,
        withoutList: row.stale_list,
      })),
      list: {
        seq: office?.seq ?? 0,
        entryCount: header?.count ?? 0,
        issuedAt: header ? new Date(header.issued * 1000).toISOString() : null,
        waitingCount: office?.waiting_count ?? 0,
      },
    },
  }
}

type Switch = 'setMerchant' | 'setTerminal' | 'setGate'

async function setPlace(
  ctx: StaffContext<Switch>,
  what: 'merchant' | 'terminal' | 'gate',
  id: string,
  on: boolean,
) {
  const { services, staff, body, about } = ctx
  about.reason = body.reason
  const name = await inTransaction(services.db.pool, async (tx) => {
    const switched = await switchPlace(tx, what, staff.schoolId, id, on)
    if (switched === undefined) return undefined
    about.ref = `${what}/${id} ${switched} ${on ? 'on' : 'off'}`
    await ctx.record(tx)
    return switched
  })
  return name === undefined ? refuse('NOT_FOUND') : ({ status: 200, body: {} } as const)
}

/** Refuses: NOT_FOUND. */
export const setMerchant = (ctx: StaffContext<'setMerchant'>) =>
  setPlace(ctx, 'merchant', ctx.params.merchantId, ctx.body.accepting)

/** Refuses: NOT_FOUND. */
export const setTerminal = (ctx: StaffContext<'setTerminal'>) =>
  setPlace(ctx, 'terminal', ctx.params.terminalId, ctx.body.enabled)

/** Refuses: NOT_FOUND. */
export const setGate = (ctx: StaffContext<'setGate'>) =>
  setPlace(ctx, 'gate', ctx.params.gateId, ctx.body.enabled)
