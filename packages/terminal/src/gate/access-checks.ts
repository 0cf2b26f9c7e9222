import { createHash, type KeyObject } from 'node:crypto'
import {
  type AccessCode,
  parseAccessCode,
  REPLAY_MEMORY_SECONDS,
  SHOWN_FUTURE_SECONDS,
  SHOWN_PAST_SECONDS,
  showSigningInput,
} from '@campus-ecode/protocol/access-code'
import type { GatePolicy, GateRule } from '@campus-ecode/protocol/access-policy'
import type { AccessRefusal } from '@campus-ecode/protocol/access-refusals'
import { routeCode } from '@campus-ecode/protocol/code-route'
import {
  CREDENTIAL_HASH_BYTES,
  isRevoked,
  LIST_STALE_SECONDS,
  type RevocationList,
} from '@campus-ecode/protocol/revocation-list'
import { isShownBy } from './device-key.ts'
import type { IssuerVerifier } from './issuer-verifier.ts'
import type { Knowledge } from './verify-access.ts'
import { holdsWeekly, readLocalTime } from './weekly-time.ts'

/** A code on its way through the checks, with what those before have found out. */
export interface Reading {
  readonly text: string
  readonly now: number
  readonly knowledge: Knowledge
  code?: AccessCode
  issuer?: IssuerVerifier
  /** Of a credential that the issuer has signed. */
  credential?: { hash: Uint8Array; name: string; deviceKey: KeyObject | 'no-point' }
  isShown?: boolean
  /** Rules that have not been ruled out. */
  rules: readonly GateRule[]
}

/** @returns Why the gate stays shut, or undefined to go on. */
export type Check = (reading: Reading) => AccessRefusal | undefined

/** The table of docs/codes.md, line by line. */
export const accessChecks: readonly Check[] = [
  checkKind,
  checkForm,
  checkSchool,
  checkKeySet,
  checkIssuerKey,
  checkIssuerSignature,
  checkDeviceSignature,
  checkCredentialBegun,
  checkCredentialOver,
  checkRevoked,
  checkShownEarly,
  checkShownLate,
  checkReplayed,
  checkListAge,
  checkPurpose,
  checkContext,
  checkWho,
  checkTime,
]

function checkKind({ text }: Reading) {
  const { kind } = routeCode(text)
  return kind === 'access' || kind === 'unknown' ? undefined : 'NOT_ACCESS'
}

function checkForm(reading: Reading) {
  const code = parseAccessCode(reading.text)
  if (!code) return 'NOT_RECOGNISED'
  reading.code = code
}

function checkSchool(reading: Reading) {
  if (codeOf(reading).school !== reading.knowledge.school) return 'OTHER_SCHOOL'
}

function checkKeySet({ now, knowledge: { keys } }: Reading) {
  if (!keys || now >= keys.set.expires) return 'KEYS_EXPIRED'
}

function checkIssuerKey(reading: Reading) {
  const { keyId, algorithm } = codeOf(reading)
  const issuer = reading.knowledge.keys?.find(keyId, algorithm, reading.now)
  if (!issuer) return 'KEY_UNKNOWN'
  reading.issuer = issuer
}

function checkIssuerSignature(reading: Reading) {
  const code = codeOf(reading)
  const { issuer, knowledge } = reading
  if (!issuer || !knowledge.keys) return 'ISSUER_SIGNATURE'
  const deviceKey = knowledge.keys.readCredential(code, issuer)
  if (deviceKey === 'forged') return 'ISSUER_SIGNATURE'
  const digest = createHash('sha256').update(code.body).digest()
  const hash = digest.subarray(0, CREDENTIAL_HASH_BYTES)
  reading.credential = { hash, name: hash.toString('base64url'), deviceKey }
}

function checkDeviceSignature(reading: Reading) {
  const { shown, deviceSignature } = codeOf(reading)
  const { deviceKey } = credentialOf(reading)
  if (deviceKey === 'no-point') return 'DEVICE_SIGNATURE'
  if (!isShownBy(deviceKey, showSigningInput(shown), deviceSignature)) return 'DEVICE_SIGNATURE'
  reading.isShown = true
}

function checkCredentialBegun(reading: Reading) {
  if (codeOf(reading).notBefore - shownFutureSeconds(reading) > reading.now)
    return 'CREDENTIAL_EARLY'
}

function checkCredentialOver(reading: Reading) {
  const { notBefore, lifetimeMinutes } = codeOf(reading)
  if (reading.now >= notBefore + 60 * lifetimeMinutes) return 'CREDENTIAL_EXPIRED'
}

/** Also by a stale list: what it names has not come back to life. */
function checkRevoked(reading: Reading) {
  const { list } = reading.knowledge
  if (!list) return
  if (codeOf(reading).notBefore < list.minNotBefore) return 'REVOKED'
  if (isRevoked(list, credentialOf(reading).hash)) return 'REVOKED'
}

function checkShownEarly(reading: Reading) {
  if (codeOf(reading).shownAt - shownFutureSeconds(reading) > reading.now) return 'SHOWN_EARLY'
}

function checkShownLate(reading: Reading) {
  const { policy } = reading.knowledge
  const pastSeconds = policy?.shownPastSeconds ?? SHOWN_PAST_SECONDS
  if (reading.now > codeOf(reading).shownAt + pastSeconds) return 'SHOWN_LATE'
}

function checkReplayed(reading: Reading) {
  const { memory, policy } = reading.knowledge
  const seen = { credential: credentialOf(reading).name, shownAt: codeOf(reading).shownAt }
  const letInAt = memory.letInAt(seen)
  if (letInAt !== undefined && reading.now - letInAt <= rememberSeconds(policy)) return 'REPLAYED'
}

function checkListAge({ now, knowledge: { list, policy } }: Reading) {
  if (policy?.staleList === 'open') return
  if (!list || isListStale(list, now)) return 'LIST_STALE'
}

function checkPurpose(reading: Reading) {
  if (!reading.knowledge.policy) return 'NOT_ALLOWED'
  const { purpose } = codeOf(reading)
  return narrow(reading, (rule) => rule.purpose === purpose, 'WRONG_PURPOSE')
}

function checkContext(reading: Reading) {
  const { context } = codeOf(reading)
  return narrow(reading, (rule) => rule.context === context, 'WRONG_CONTEXT')
}

function checkWho(reading: Reading) {
  const { class: personClass, profile } = codeOf(reading)
  const names = ({ classes, profiles }: GateRule) =>
    classes.includes(personClass) || profiles.includes(profile)
  return narrow(reading, names, 'NOT_ALLOWED')
}

function checkTime(reading: Reading) {
  const { now, knowledge } = reading
  const local = readLocalTime(now, knowledge.policy?.utcOffsetMinutes ?? 0)
  const holds = ({ week, notBefore, notAfter }: GateRule) =>
    (notBefore === null || notBefore <= now) &&
    (notAfter === null || now < notAfter) &&
    (week.length === 0 || week.some((time) => holdsWeekly(time, local)))
  return narrow(reading, holds, 'NOT_NOW')
}

/** For how long a code could pass again, and a minute at least. */
export function rememberSeconds(
  policy: Pick<GatePolicy, 'shownPastSeconds' | 'shownFutureSeconds'> | undefined,
): number {
  const { shownPastSeconds = 0, shownFutureSeconds = 0 } = policy ?? {}
  return Math.max(REPLAY_MEMORY_SECONDS, shownPastSeconds + shownFutureSeconds)
}

/** From this age on a gate follows its own policy. */
export function isListStale({ issued }: Pick<RevocationList, 'issued'>, now: number): boolean {
  return now >= issued + LIST_STALE_SECONDS
}

function narrow(reading: Reading, holds: (rule: GateRule) => boolean, refusal: AccessRefusal) {
  reading.rules = reading.rules.filter(holds)
  return reading.rules.length === 0 ? refusal : undefined
}

function shownFutureSeconds({ knowledge: { policy } }: Reading): number {
  return policy?.shownFutureSeconds ?? SHOWN_FUTURE_SECONDS
}

function codeOf({ code }: Reading): AccessCode {
  if (!code) throw new Error('the form is checked first')
  return code
}

function credentialOf({ credential }: Reading) {
  if (!credential) throw new Error("the issuer's signature is checked first")
  return credential
}
