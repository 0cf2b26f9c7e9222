import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  credentialSigningInput,
  encodeCredentialBody,
  encodeShown,
  formatAccessCode,
  showSigningInput,
} from '@campus-ecode/protocol/access-code'
import { encodeRevocationList } from '@campus-ecode/protocol/revocation-list'
import {
  type DocumentType,
  documentSigningInput,
  type SignedDocument,
} from '@campus-ecode/protocol/signed-document'
import type { GateIdentity } from '@campus-ecode/terminal'

const DAY_SECONDS = 86_400

/** A school's documents for one gate, and codes that open it. */
export interface IssuedSchool {
  identity: GateIdentity
  issuerKey: KeyObject
  keys: SignedDocument
  policy: SignedDocument
  /** @param count Entries; none of them is one of the codes'. */
  writeList(count: number): SignedDocument
  /** @param shownAt Unix seconds; `now` when left out. */
  issueCode(shownAt?: number): IssuedCode
}

/** A code, and its two signatures as a bare verifier wants them. */
export interface IssuedCode {
  text: string
  credential: Signed
  shown: Signed
  /** Compressed point. */
  devicePoint: Buffer
  deviceKey: KeyObject
}

export interface Signed {
  input: Uint8Array
  signature: Buffer
}

/** @param now Unix seconds. */
export function issueSchool(now: number): IssuedSchool {
  const schoolId = '1001'
  const gateId = '0199f000-0000-7000-8000-000000000001'
  const root = generateKeyPairSync('ed25519')
  const issuer = generateKeyPairSync('ed25519')
  const textOf = (key: KeyObject) => key.export({ format: 'jwk' }).x ?? ''
  const common = { school: schoolId, seq: 1, issued: now - 60 }

  function signDocument(type: DocumentType, payload: Uint8Array): SignedDocument {
    const isByRoot = type === 'ECA1.keys'
    const key = isByRoot ? root.privateKey : issuer.privateKey
    return {
      type,
      algorithm: 'ed25519',
      keyId: isByRoot ? null : 1,
      payload: Buffer.from(payload).toString('base64url'),
      signature: sign(null, documentSigningInput(type, payload), key).toString('base64url'),
    }
  }

  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  return {
    identity: {
      schoolId,
      gateId,
      root: { algorithm: 'ed25519', publicKey: textOf(root.publicKey) },
    },
    issuerKey: issuer.publicKey,
    keys: signDocument(
      'ECA1.keys',
      json({
        ...common,
        expires: now + 300 * DAY_SECONDS,
        keys: [
          {
            keyId: 1,
            algorithm: 'ed25519',
            publicKey: textOf(issuer.publicKey),
            notBefore: now - DAY_SECONDS,
            notAfter: now + 300 * DAY_SECONDS,
          },
        ],
      }),
    ),
    policy: signDocument(
      'ECA1.policy',
      json({
        ...common,
        gateId,
        utcOffsetMinutes: 480,
        shownPastSeconds: 20,
        shownFutureSeconds: 5,
        staleList: 'closed',
        // As many as a gate of a large school has; the last one opens.
        rules: Array.from({ length: 40 }, (_, n) => ({
          purpose: 'door',
          context: 0,
          classes: n === 39 ? ['student'] : [],
          profiles: [n + 1],
          week: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00' }],
          notBefore: null,
          notAfter: null,
        })),
      }),
    ),
    writeList(count) {
      const hashes = Array.from({ length: count }, () => randomBytes(8).toString('hex')).sort()
      const header = { nextUpdate: now + 3_600, minNotBefore: 0 }
      const list = { ...common, ...header, hashes: Buffer.from(hashes.join(''), 'hex') }
      return signDocument('ECA1.list', encodeRevocationList(list))
    },
    issueCode(shownAt = now) {
      const device = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const { x = '', y = '' } = device.publicKey.export({ format: 'jwk' })
      const parity = (Buffer.from(y, 'base64url').at(-1) ?? 0) & 1
      const devicePoint = Buffer.concat([Buffer.of(2 + parity), Buffer.from(x, 'base64url')])
      const body = encodeCredentialBody({
        algorithm: 'ed25519',
        keyId: 1,
        school: schoolId,
        class: 'student',
        profile: 0,
        notBefore: now - 60,
        lifetimeMinutes: 1_440,
        devicePublicKey: devicePoint,
      })
      const credentialInput = credentialSigningInput(body)
      const issuerSignature = sign(null, credentialInput, issuer.privateKey)
      const credential = Buffer.concat([body, issuerSignature])
      const shown = encodeShown(credential, { shownAt, purpose: 'door', context: 0 })
      const shownInput = showSigningInput(shown)
      const deviceSignature = sign('sha256', shownInput, {
        key: device.privateKey,
        dsaEncoding: 'ieee-p1363',
      })
      return {
        text: formatAccessCode(shown, deviceSignature),
        credential: { input: credentialInput, signature: issuerSignature },
        shown: { input: shownInput, signature: deviceSignature },
        devicePoint,
        deviceKey: device.publicKey,
      }
    },
  }
}
