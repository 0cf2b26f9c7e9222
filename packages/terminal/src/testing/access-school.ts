import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import {
  type AccessPurpose,
  CREDENTIAL_BODY_BYTES,
  type CredentialBody,
  credentialSigningInput,
  encodeCredentialBody,
  encodeShown,
  formatAccessCode,
  showSigningInput,
} from '@campus-ecode/protocol/access-code'
import type { IssuerKey, KeySet, RootKey } from '@campus-ecode/protocol/access-keys'
import type { GatePolicy, GateRule } from '@campus-ecode/protocol/access-policy'
import {
  encodeRevocationList,
  type RevocationListHeader,
} from '@campus-ecode/protocol/revocation-list'
import {
  type DocumentType,
  documentSigningInput,
  type SignedDocument,
} from '@campus-ecode/protocol/signed-document'

const DAY_SECONDS = 86_400

/** The issuer's side of access codes, with keys of its own: enough to hold a gate against. */
export interface AccessSchool {
  schoolId: string
  gateId: string
  root: RootKey
  keySet(change?: Partial<Omit<KeySet, 'school'>>): SignedDocument
  policy(change?: Partial<GatePolicy>, keyId?: number): SignedDocument
  list(change?: ListChange, keyId?: number): SignedDocument
  /** The usual three. */
  documents(): { keys: SignedDocument; policy: SignedDocument; list: SignedDocument }
  /** Key 1, then those that were added. */
  issuerKeys: IssuerKey[]
  addIssuerKey(change?: Partial<IssuerKey>): IssuerKey
  /** The 110 bytes that a core gives for a phone's key. */
  signCredential(devicePublicKey: Uint8Array, change?: Partial<CredentialBody>): Uint8Array
  createPhone(change?: Partial<CredentialBody>): Phone
}

export type ListChange = Partial<Omit<RevocationListHeader, 'school'>> & { hashes?: Uint8Array[] }

/** A phone with one credential. */
export interface Phone {
  /** base64url. */
  hash: string
  show(shownAt: number, purpose?: AccessPurpose, context?: number): string
}

/** @param now Unix seconds; documents and credentials are issued a minute before. */
export function createAccessSchool(now: number): AccessSchool {
  const schoolId = '1001'
  const gateId = randomUUID()
  const root = generateKeyPairSync('ed25519')
  const issued = now - 60
  const issuers = new Map<number, KeyObject>()
  const issuerKeys: IssuerKey[] = []

  function signDocument(type: DocumentType, payload: Uint8Array, keyId: number | null) {
    const key = keyId === null ? root.privateKey : issuerOf(keyId)
    const signature = sign(null, documentSigningInput(type, payload), key)
    const texts = { payload: toText(payload), signature: toText(signature) }
    return { type, algorithm: 'ed25519', keyId, ...texts } satisfies SignedDocument
  }

  function issuerOf(keyId: number): KeyObject {
    const key = issuers.get(keyId)
    if (!key) throw new Error(`no issuer key ${keyId}`)
    return key
  }

  function addIssuerKey(change: Partial<IssuerKey> = {}): IssuerKey {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const key: IssuerKey = {
      keyId: issuerKeys.length + 1,
      algorithm: 'ed25519',
      publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
      notBefore: now - DAY_SECONDS,
      notAfter: now + 365 * DAY_SECONDS,
      ...change,
    }
    issuers.set(key.keyId, privateKey)
    issuerKeys.push(key)
    return key
  }
  addIssuerKey()

  const school: AccessSchool = {
    schoolId,
    gateId,
    root: { algorithm: 'ed25519', publicKey: root.publicKey.export({ format: 'jwk' }).x ?? '' },
    issuerKeys,
    addIssuerKey,
    keySet(change) {
      const set: KeySet = {
        school: schoolId,
        seq: 1,
        issued,
        expires: now + 365 * DAY_SECONDS,
        keys: issuerKeys,
        ...change,
      }
      return signDocument('ECA1.keys', Buffer.from(JSON.stringify(set)), null)
    },
    policy(change, keyId = 1) {
      const policy: GatePolicy = {
        school: schoolId,
        gateId,
        seq: 1,
        issued,
        utcOffsetMinutes: 480,
        shownPastSeconds: 20,
        shownFutureSeconds: 5,
        staleList: 'closed',
        rules: [createRule({ classes: ['student', 'teacher'] })],
        ...change,
      }
      return signDocument('ECA1.policy', Buffer.from(JSON.stringify(policy)), keyId)
    },
    list({ hashes = [], ...change } = {}, keyId = 1) {
      const payload = encodeRevocationList({
        school: schoolId,
        seq: 1,
        issued,
        nextUpdate: issued + 3_600,
        minNotBefore: 0,
        ...change,
        hashes: joinHashes(hashes),
      })
      return signDocument('ECA1.list', payload, keyId)
    },
    documents: () => ({ keys: school.keySet(), policy: school.policy(), list: school.list() }),
    signCredential(devicePublicKey, change) {
      const credential: CredentialBody = {
        algorithm: 'ed25519',
        keyId: 1,
        school: schoolId,
        class: 'student',
        profile: 0,
        notBefore: issued,
        lifetimeMinutes: 1_440,
        devicePublicKey,
        ...change,
      }
      const body = encodeCredentialBody(credential)
      return Buffer.concat([
        body,
        sign(null, credentialSigningInput(body), issuerOf(credential.keyId)),
      ])
    },
    createPhone(change) {
      const device = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const whole = school.signCredential(compress(device.publicKey), change)
      const body = whole.subarray(0, CREDENTIAL_BODY_BYTES)
      return {
        hash: createHash('sha256').update(body).digest().toString('base64url', 0, 8),
        show(shownAt, purpose = 'door', context = 0) {
          const shown = encodeShown(whole, { shownAt, purpose, context })
          const key = { key: device.privateKey, dsaEncoding: 'ieee-p1363' } as const
          return formatAccessCode(shown, sign('sha256', showSigningInput(shown), key))
        },
      }
    },
  }
  return school
}

export function createRule(change: Partial<GateRule> = {}): GateRule {
  return {
    purpose: 'door',
    context: 0,
    classes: [],
    profiles: [],
    week: [],
    notBefore: null,
    notAfter: null,
    ...change,
  }
}

/** Sorted, each once, as a list has them. */
export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const texts = new Set(hashes.map((hash) => Buffer.from(hash).toString('hex')))
  return Buffer.from([...texts].sort().join(''), 'hex')
}

function compress(publicKey: KeyObject): Uint8Array {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const last = Buffer.from(y, 'base64url').at(-1) ?? 0
  return Buffer.concat([Buffer.of(2 + (last & 1)), Buffer.from(x, 'base64url')])
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
