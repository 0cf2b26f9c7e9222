import { createHash } from 'node:crypto'
import { decryptAlias } from '@campus-ecode/protocol/alias'
import { acceptableEpochs } from '@campus-ecode/protocol/alias-epoch'
import { routeCode } from '@campus-ecode/protocol/code-route'
import { ALIAS_WRONG_MAX, GRANT_LIFETIME_SECONDS } from '@campus-ecode/protocol/code-rules'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { oneTimeInfo, oneTimeStep } from '@campus-ecode/protocol/one-time'
import { checkOneTimePart, explainOneTimePart } from '@campus-ecode/protocol/one-time-check'
import { deviceMode, type PaymentCode } from '@campus-ecode/protocol/payment-code'
import type { PayToken } from '@campus-ecode/protocol/payments'
import type { Account, ForeignKind } from '@campus-ecode/protocol/shapes'
import { isForeign } from '../foreign-codes/foreign-codes.ts'
import type { Services } from '../http/operation.ts'
import type { Scan } from './scan.ts'

/** A genuine code, card or face: whose it is, which account pays, and what an order spends of it. */
export interface GenuineCode {
  personId: string
  account: Account
  /** The digits were shown, so the payment password is needed. */
  revealed: boolean
  /** Device-made: the step it stands for. */
  device?: { deviceId: string; step: number; presentStep: number; nextGrantId?: string }
  /** Issued by the core. */
  issued?: { codeId: string; codeHash: string }
  /** R29: a card or face; nothing of it is spent. */
  token?: { kind: PayToken['kind']; index: string }
}

/**
 * Why a code is not taken. `owner` is set when the code was once genuine, so that the phone may be
 * told (R22); `guess` when it could be somebody trying digits.
 */
export interface CodeRefusal {
  refused: ErrorCode
  owner?: { personId: string; deviceId?: string; codeId?: string; account: Account }
  guess?: { deviceId?: string; epoch?: number }
  /** R28: another system's code, which somebody may be there to take. */
  foreign?: ForeignKind
}

/** Loads what a scan needs, for the owner that the digits point to. */
export type LoadScan = (owner: { deviceIndex?: number; codeHash?: string }) => Promise<Scan>

const refusals: Record<string, ErrorCode> = {
  identity: 'CODE_IDENTITY_ONLY', // R5
  access: 'CODE_ACCESS_ONLY',
  collection: 'CODE_COLLECTION_ONLY', // R24
}

/**
 * Reads a scanned text by its form alone, before any lookup.
 *
 * Refuses: CODE_NOT_RECOGNISED, CODE_IDENTITY_ONLY, CODE_ACCESS_ONLY, CODE_COLLECTION_ONLY,
 * CODE_FOREIGN_NOT_ACCEPTED, CODE_OTHER_SCHOOL.
 */
export function readPaymentCode(text: string, schoolId: string): PaymentCode | CodeRefusal {
  const routed = routeCode(text)
  const { kind } = routed
  if (isForeign(kind)) return { refused: 'CODE_FOREIGN_NOT_ACCEPTED', foreign: kind }
  if (routed.kind !== 'payment') {
    return { refused: refusals[routed.kind] ?? 'CODE_NOT_RECOGNISED' }
  }
  if (routed.code.school !== schoolId) return { refused: 'CODE_OTHER_SCHOOL' }
  return routed.code
}

/** The order's own row, as `scan` needs it when the code cannot be looked up any more. */
export async function findOwner(
  services: Services,
  code: PaymentCode,
  text: string,
): Promise<{ deviceIndex: number; epoch: number }[] | { codeHash: string }> {
  if (code.madeBy === 'core') return { codeHash: createHash('sha256').update(text).digest('hex') }
  const candidates = []
  for (const epoch of acceptableEpochs(services.now() / 1000)) {
    for (const key of await services.keys.epochKeys(code.school, epoch)) {
      candidates.push({ deviceIndex: decryptAlias(key, code.school, epoch, code.alias), epoch })
    }
  }
  return candidates
}

/**
 * Finds out whether an issued code may still be spent. Whether it was used meanwhile is decided
 * again inside the payment's own transaction.
 */
export function checkIssuedCode(
  scan: Scan,
  codeHash: string,
  nowMs: number,
): GenuineCode | CodeRefusal {
  const { person_id: personId, code_id: codeId, code_account: account } = scan
  if (!personId || !codeId || !account) return { refused: 'CODE_NOT_RECOGNISED', guess: {} }
  const owner = { personId, codeId, account }
  if (scan.code_used_at) return { refused: 'CODE_USED', owner }
  if (scan.code_revoked_at || (scan.code_expires_at?.getTime() ?? 0) <= nowMs) {
    return { refused: 'CODE_EXPIRED', owner }
  }
  return {
    personId,
    account,
    revealed: scan.code_revealed ?? true,
    issued: { codeId, codeHash },
  }
}

/**
 * Checks the one-time part against the device's living grants.
 *
 * Source: docs/codes.md, "Check".
 */
export async function checkDeviceCode(
  services: Services,
  code: PaymentCode & { madeBy: 'device' },
  scan: Scan,
  epoch: number,
): Promise<GenuineCode | CodeRefusal> {
  const { person_id: personId, device_id: deviceId, public_key: publicKey } = scan
  if (!personId || !deviceId || !publicKey) return { refused: 'CODE_NOT_RECOGNISED', guess: {} }
  const owner = { personId, deviceId, account: code.account }
  if (scan.bad_epoch === epoch && (scan.bad_count ?? 0) >= ALIAS_WRONG_MAX) {
    return { refused: 'DEVICE_CODES_PAUSED', owner }
  }
  const nowSeconds = services.now() / 1000
  const info = oneTimeInfo(code.school, deviceMode(code.account, code.revealed))
  const keys = []
  for (const grant of livingGrants(scan, services.now())) {
    const key = await services.keys.deviceKey(code.school, publicKey, grant.salt, info)
    const step = checkOneTimePart(key, code.oneTimePart, nowSeconds)
    if (step !== undefined) {
      const presentStep = oneTimeStep(nowSeconds)
      const device = { deviceId, step, presentStep }
      return {
        personId,
        account: code.account,
        revealed: code.revealed,
        device: grant.nextGrantId ? { ...device, nextGrantId: grant.nextGrantId } : device,
      }
    }
    keys.push(key)
  }
  for (const key of keys) {
    const why = explainOneTimePart(key, code.oneTimePart, nowSeconds)
    if (why === 'expired') return { refused: 'CODE_EXPIRED', owner }
    if (why === 'early') return { refused: 'CODE_NOT_YET_VALID', owner }
  }
  return { refused: 'CODE_NOT_RECOGNISED', guess: { deviceId, epoch } }
}

/** The grant the phone holds, one it may have just received, and one that it has left. */
function livingGrants(scan: Scan, nowMs: number): { salt: Buffer; nextGrantId?: string }[] {
  const fresh = (issuedAt: Date | null) =>
    issuedAt !== null && nowMs < issuedAt.getTime() + GRANT_LIFETIME_SECONDS * 1000
  const grants: { salt: Buffer; nextGrantId?: string }[] = []
  if (scan.grant_salt && fresh(scan.grant_issued_at)) grants.push({ salt: scan.grant_salt })
  if (scan.next_grant_id && scan.next_grant_salt && fresh(scan.next_grant_issued_at)) {
    grants.push({ salt: scan.next_grant_salt, nextGrantId: scan.next_grant_id })
  }
  if (scan.previous_grant_salt && nowMs < (scan.previous_grant_ends_at?.getTime() ?? 0)) {
    grants.push({ salt: scan.previous_grant_salt })
  }
  return grants
}
