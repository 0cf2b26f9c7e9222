import { createHash, ECDH } from 'node:crypto'
import { encodeCredentialBody } from '@campus-ecode/protocol/access-code'
import { CREDENTIAL_HASH_BYTES } from '@campus-ecode/protocol/revocation-list'
import { withPresentKey } from '../access-keys/with-present-key.ts'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { giveConsent, hasConsent } from '../consents/store.ts'
import type { Tx } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { revokeCredentials } from '../revocations/revoke-credentials.ts'
import { findHolder, findNthLast, insertCredential } from './store.ts'

const DAY_MS = 86_400_000
const A_DAY_MAX = 30
/** A gate whose clock is slow is not to refuse what was given just now. */
const BEGINS_BEFORE_SECONDS = 60

/**
 * Gives a phone a credential for a key that it has made for it alone, with which it opens doors without a
 * network (R31). At most 30 a day; the page's earlier one ends. That gates record its use is agreed to first
 * (R42).
 *
 * Refuses: DEVICE_KEY_INVALID, CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, CONSENT_REQUIRED, RATE_LIMITED.
 * Source: docs/codes.md, "Access code".
 */
export async function startCredential(
  ctx: PersonContext<'startCredential'>,
): PersonOutcome<'startCredential'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const devicePublicKey = Buffer.from(body.publicKey, 'base64url')
  if (!isCompressedPoint(devicePublicKey)) return refuse('DEVICE_KEY_INVALID')
  const credentialId = services.newId()

  const given = await withPresentKey(services, schoolId, async (tx, holdKey) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const refusal =
      refuseInactiveCard(payer.card_status) ??
      (await refuseWithoutConsent(tx, ctx)) ??
      (await refuseTooMany(tx, schoolId, personId, services.now()))
    if (refusal) return refusal

    // After this nobody can withdraw the key or set a later beginning of credentials.
    const { algorithm, key_id: keyId } = await holdKey()
    const holder = await findHolder(tx, schoolId, personId)
    if (!holder) return refuse('NOT_FOUND')
    const { class: personClass, profile, credential_minutes: lifetimeMinutes } = holder
    const notBefore = Math.max(
      Math.floor(services.now() / 1000) - BEGINS_BEFORE_SECONDS,
      Math.ceil((holder.not_before?.getTime() ?? 0) / 1000),
    )
    const credential = encodeCredentialBody({
      ...{ algorithm, keyId, school: schoolId, class: personClass, profile },
      ...{ notBefore, lifetimeMinutes, devicePublicKey },
    })
    const expiresAt = new Date((notBefore + lifetimeMinutes * 60) * 1000)
    const isNew = await insertCredential(tx, {
      ...{ schoolId, credentialId, personId, label: body.label, class: personClass, profile },
      hash: createHash('sha256').update(credential).digest().subarray(0, CREDENTIAL_HASH_BYTES),
      notBefore: new Date(notBefore * 1000),
      expiresAt,
    })
    if (!isNew) return refuse('DEVICE_KEY_INVALID')
    if (body.consent) await giveConsent(tx, services, params, 'gate_records')
    if (body.replaces !== undefined) {
      const replaced = { credentialId: body.replaces, reason: 'replaced' } as const
      await revokeCredentials(tx, { schoolId, personId, ...replaced })
    }
    const signature = await services.keys.signCredential(schoolId, algorithm, keyId, credential)
    return { credential, signature, notBefore, expiresAt, lifetimeMinutes }
  })
  if (isRefusal(given)) return given

  const { credential, signature, notBefore, expiresAt, lifetimeMinutes } = given
  return {
    status: 201,
    body: {
      credentialId,
      credential: Buffer.concat([credential, signature]).toString('base64url'),
      notBefore: new Date(notBefore * 1000).toISOString(),
      expiresAt: expiresAt.toISOString(),
      renewAt: new Date((notBefore + lifetimeMinutes * 30) * 1000).toISOString(),
      serverTime: new Date(services.now()).toISOString(),
    },
  }
}

async function refuseWithoutConsent(
  tx: Tx,
  { params, body }: PersonContext<'startCredential'>,
): Promise<Refusal | undefined> {
  if (body.consent) return undefined
  const stands = await hasConsent(tx, params.schoolId, params.personId, 'gate_records')
  return stands ? undefined : refuse('CONSENT_REQUIRED')
}

async function refuseTooMany(
  tx: Tx,
  schoolId: string,
  personId: string,
  nowMs: number,
): Promise<Refusal | undefined> {
  const before = new Date(nowMs - DAY_MS)
  const oldest = await findNthLast(tx, schoolId, personId, A_DAY_MAX, before)
  if (!oldest) return undefined
  const retryAfterSeconds = Math.ceil((oldest.getTime() - before.getTime()) / 1000)
  return refuse('RATE_LIMITED', { retryAfterSeconds })
}

function isCompressedPoint(bytes: Uint8Array): boolean {
  if (bytes.length !== 33) return false
  try {
    ECDH.convertKey(bytes, 'prime256v1', undefined, undefined, 'uncompressed')
    return true
  } catch {
    return false
  }
}
