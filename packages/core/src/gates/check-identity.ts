import { routeCode } from '@campus-ecode/protocol/code-route'
import {
  TERMINAL_BAD_IN_A_ROW_MAX,
  TERMINAL_PAUSE_SECONDS,
} from '@campus-ecode/protocol/code-rules'
import type { Identity } from '@campus-ecode/protocol/gate-api'
import { inTransaction, type Tx } from '../db/database.ts'
import {
  type GateContext,
  type GateOutcome,
  isRefusal,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { findIdentityCode, markUsed } from '../identity-codes/store.ts'
import { admitGate } from './admit-gate.ts'
import { nameHolder } from './holder.ts'
import { countWrongIdentity, forgetWrongIdentities, type GateRow, lockGate } from './store.ts'

type CheckContext = GateContext<'checkIdentity'>
type Found = Pick<Identity, 'class' | 'maskedName'> & { personId: string; gate: GateRow }

/**
 * Who an identity code belongs to: class and masked name (R4, R5). The first gate that asks owns the code, and
 * may ask again while it lives. Three codes of our form in a row that are nobody's pause the gate.
 *
 * Refuses: GATE_DISABLED, GATE_NOT_PERMITTED, RATE_LIMITED, IDENTITY_CODE_OTHER_KIND, IDENTITY_CODE_INVALID.
 */
export async function checkIdentity(ctx: CheckContext): GateOutcome<'checkIdentity'> {
  const { caller, services } = ctx
  const found = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    return findHolder(tx, ctx)
  })
  if (isRefusal(found)) return found
  const { class: personClass, maskedName, personId, gate } = found
  const holder = await nameHolder(services, caller.schoolId, gate, personId)
  return { status: 200, body: { class: personClass, maskedName, holder } }
}

async function findHolder(
  tx: Tx,
  { caller, services, body }: CheckContext,
): Promise<Found | Refusal> {
  const { schoolId, gateId } = caller
  // The lock makes guesses at one gate come one by one.
  const gate = admitGate(await lockGate(tx, caller), 'identity')
  if (isRefusal(gate)) return gate
  const nowMs = services.now()
  const pausedMs = (gate.paused_until?.getTime() ?? 0) - nowMs
  if (pausedMs > 0) return refuse('RATE_LIMITED', { retryAfterSeconds: Math.ceil(pausedMs / 1000) })
  const routed = routeCode(body.code)
  if (routed.kind !== 'identity') return refuse('IDENTITY_CODE_OTHER_KIND')
  if (routed.code.school !== schoolId) return refuse('IDENTITY_CODE_INVALID')
  const code = await findIdentityCode(tx, schoolId, body.code)
  if (!code) {
    await countWrongIdentity(tx, caller, {
      inARowMax: TERMINAL_BAD_IN_A_ROW_MAX,
      pausedUntil: new Date(nowMs + TERMINAL_PAUSE_SECONDS * 1000),
    })
    return refuse('IDENTITY_CODE_INVALID')
  }
  await forgetWrongIdentities(tx, caller)
  const isOver = code.revoked_at !== null || code.expires_at.getTime() <= nowMs
  const isOthers = code.used_by !== null && code.used_by !== gateId
  if (isOver || isOthers || code.card_status !== 'active') return refuse('IDENTITY_CODE_INVALID')
  await markUsed(tx, schoolId, code.code_hash, gateId)
  return {
    personId: code.person_id,
    class: code.class,
    maskedName: code.masked_name,
    gate,
  }
}
