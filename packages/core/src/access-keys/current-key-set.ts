import { type KeySet, keySetSchema } from '@campus-ecode/protocol/access-keys'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import { inTransaction, type Queryable, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import {
  type AccessStateRow,
  findAccessState,
  findBelievedKeys,
  findLastKeyId,
  type IssuerKeyRow,
  lockAccessState,
  saveIssuerKey,
  saveKeySet,
} from './store.ts'

const DAY_MS = 86_400_000
/** For how long a key signs. */
const SIGN_MS = 330 * DAY_MS
/** For how long it is believed after that: much longer than any credential lives. */
export const BELIEVED_AFTER_MS = 35 * DAY_MS
/** Believed from a little before it was made, by gates whose clock is slow. */
const EARLY_MS = 3_600_000
/** The key that signs and the next one, which every gate knows long before. */
const SIGNING_COUNT = 2
const KEY_ID_MAX = 255
const SET_LIFETIME_MS = 365 * DAY_MS

/**
 * The key set that gates are to have (R31), with its number. Keys are made and the set is signed anew here,
 * when somebody asks and it is time: the present key, the next one, those whose credentials may live.
 */
export async function currentKeySet(
  services: Services,
  schoolId: string,
): Promise<{ seq: number; document: SignedDocument }> {
  const held = await readKeySet(services, services.db.pool, schoolId)
  if (held.document && !held.isDue) return { seq: held.seq, document: held.document }
  return inTransaction(services.db.pool, (tx) => renewKeySet(services, tx, schoolId))
}

/** As `currentKeySet`, in a transaction that has changed the keys. */
export async function renewKeySet(
  services: Services,
  tx: Tx,
  schoolId: string,
): Promise<{ seq: number; document: SignedDocument }> {
  await lockAccessState(tx, schoolId)
  const { seq, document, isDue, keys, algorithm } = await readKeySet(services, tx, schoolId)
  if (document && !isDue) return { seq, document }
  const all = [...keys, ...(await makeMissingKeys(services, tx, { schoolId, algorithm, keys }))]
  const next = await signKeySet(services, { schoolId, algorithm, seq: seq + 1, keys: all })
  await saveKeySet(tx, schoolId, seq + 1, next)
  return { seq: seq + 1, document: next }
}

interface HeldKeySet {
  seq: number
  document: SignedDocument | null
  /** It says not what it should, or is half over. */
  isDue: boolean
  keys: IssuerKeyRow[]
  algorithm: AccessStateRow['algorithm']
}

async function readKeySet({ now }: Services, on: Queryable, schoolId: string): Promise<HeldKeySet> {
  const at = new Date(now())
  const state = await findAccessState(on, schoolId)
  if (!state) throw new Error('there is no such school')
  const keys = await findBelievedKeys(on, schoolId, at)
  const { keys_seq: seq, keys_document: document, algorithm } = state
  return { seq, document, keys, algorithm, isDue: isDue(document, keys, at.getTime()) }
}

function isDue(document: SignedDocument | null, keys: IssuerKeyRow[], nowMs: number): boolean {
  if (!document || countSigning(keys, nowMs) < SIGNING_COUNT) return true
  const held = readPayload(document)
  const isOld = nowMs - held.issued * 1000 > SET_LIFETIME_MS / 2
  return isOld || JSON.stringify(held.keys) !== JSON.stringify(keys.map(describeKey))
}

function countSigning(keys: IssuerKeyRow[], nowMs: number): number {
  return keys.filter(({ sign_until }) => sign_until.getTime() > nowMs).length
}

/** Each signs after the one before it, so that they end one by one. */
async function makeMissingKeys(
  { keys: holder, now }: Services,
  tx: Tx,
  { schoolId, algorithm, keys }: Pick<HeldKeySet, 'algorithm' | 'keys'> & { schoolId: string },
): Promise<IssuerKeyRow[]> {
  const nowMs = now()
  const lastId = await findLastKeyId(tx, schoolId)
  let from = Math.max(nowMs, ...keys.map(({ sign_until }) => sign_until.getTime()))
  const made: IssuerKeyRow[] = []
  for (let missing = SIGNING_COUNT - countSigning(keys, nowMs); missing > 0; missing--) {
    const keyId = lastId + 1 + made.length
    if (keyId > KEY_ID_MAX) throw new Error('the school has used up its issuer keys')
    const key = {
      key_id: keyId,
      algorithm,
      public_key: Buffer.from(await holder.accessIssuerKey(schoolId, algorithm, keyId)),
      not_before: new Date(nowMs - EARLY_MS),
      sign_until: new Date(from + SIGN_MS),
      not_after: new Date(from + SIGN_MS + BELIEVED_AFTER_MS),
    }
    await saveIssuerKey(tx, schoolId, key)
    made.push(key)
    from += SIGN_MS
  }
  return made
}

async function signKeySet(
  { keys: holder, now }: Services,
  {
    schoolId,
    algorithm,
    seq,
    keys,
  }: Pick<HeldKeySet, 'algorithm' | 'keys' | 'seq'> & { schoolId: string },
): Promise<SignedDocument> {
  const type = 'ECA1.keys'
  const keySet: KeySet = {
    school: schoolId,
    seq,
    issued: unixSeconds(now()),
    expires: unixSeconds(now() + SET_LIFETIME_MS),
    keys: keys.map(describeKey),
  }
  const payload = Buffer.from(JSON.stringify(keySet))
  const signature = await holder.signDocument(schoolId, algorithm, null, type, payload)
  return {
    type,
    algorithm,
    keyId: null,
    payload: payload.toString('base64url'),
    signature: Buffer.from(signature).toString('base64url'),
  }
}

function describeKey(key: IssuerKeyRow): KeySet['keys'][number] {
  return {
    keyId: key.key_id,
    algorithm: key.algorithm,
    publicKey: key.public_key.toString('base64url'),
    notBefore: unixSeconds(key.not_before.getTime()),
    notAfter: unixSeconds(key.not_after.getTime()),
  }
}

function readPayload({ payload }: SignedDocument): KeySet {
  return keySetSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
}

function unixSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}
