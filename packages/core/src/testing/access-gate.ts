import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import {
  type CredentialBody,
  credentialSigningInput,
  parseCredentialBody,
} from '@campus-ecode/protocol/access-code'
import { type KeySet, keySetSchema } from '@campus-ecode/protocol/access-keys'
import { type GatePolicy, gatePolicySchema } from '@campus-ecode/protocol/access-policy'
import type { ListDelta } from '@campus-ecode/protocol/gate-api'
import {
  applyRevocationDelta,
  isRevoked,
  parseRevocationList,
  type RevocationList,
} from '@campus-ecode/protocol/revocation-list'
import { documentSigningInput, type SignedDocument } from '@campus-ecode/protocol/signed-document'
import type { Keys } from '../keys/keys.ts'
import type { CurrentList } from '../revocations/current-list.ts'

/** A fresh key of a phone: a compressed P-256 point, base64url. */
export function newAccessKey(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const isOdd = ((Buffer.from(y, 'base64url').at(-1) ?? 0) & 1) === 1
  const head = Buffer.of(isOdd ? 3 : 2)
  return Buffer.concat([head, Buffer.from(x, 'base64url')]).toString('base64url')
}

/** What of a gate the core's own tests need: it believes documents and credentials, and refuses revoked ones. */
export async function createAccessGate(keys: Keys, schoolId: string) {
  const root = await keys.accessRootKey(schoolId, 'ed25519')
  let keySet: KeySet | undefined
  let list: RevocationList | undefined

  function believe(document: SignedDocument, publicKey: Uint8Array): Buffer {
    const payload = Buffer.from(document.payload, 'base64url')
    const input = documentSigningInput(document.type, payload)
    if (!isSigned(publicKey, input, Buffer.from(document.signature, 'base64url'))) {
      throw new Error(`a document is not signed: ${document.type}`)
    }
    return payload
  }

  function issuerKey(keyId: number | null, nowSeconds = Date.now() / 1000): Buffer | undefined {
    const key = keySet?.keys.find((one) => one.keyId === keyId)
    const isInTime = key && key.notBefore <= nowSeconds && nowSeconds < key.notAfter
    return isInTime ? Buffer.from(key.publicKey, 'base64url') : undefined
  }

  function takeFull(document: SignedDocument): void {
    const key = issuerKey(document.keyId)
    if (!key) throw new Error('the list’s key is unknown')
    const next = parseRevocationList(believe(document, key))
    if (!next || next.seq < (list?.seq ?? 0)) throw new Error('the list is malformed or older')
    list = next
  }

  function takeDelta(delta: ListDelta): void {
    if (list?.seq !== delta.fromSeq) throw new Error('the delta is to another list')
    const bytes = (text: string) => Buffer.from(text, 'base64url')
    const { algorithm, keyId, signature } = delta
    const changes = { added: bytes(delta.added), removed: bytes(delta.removed) }
    const hashes = applyRevocationDelta(list.hashes, changes)
    const payload = Buffer.concat([bytes(delta.header), hashes]).toString('base64url')
    takeFull({ type: 'ECA1.list', algorithm, keyId, payload, signature })
  }

  return {
    takeKeys(document: SignedDocument): KeySet {
      const next = keySetSchema.parse(JSON.parse(believe(document, root).toString('utf8')))
      if (next.seq < (keySet?.seq ?? 0)) throw new Error('the key set is older')
      keySet = next
      return next
    },
    takeList({ full, delta }: CurrentList): RevocationList {
      if (full) takeFull(full)
      if (delta) takeDelta(delta)
      if (!list) throw new Error('there is no list')
      return list
    },
    takePolicy(document: SignedDocument): GatePolicy {
      const key = issuerKey(document.keyId)
      if (!key) throw new Error('the policy’s key is unknown')
      return gatePolicySchema.parse(JSON.parse(believe(document, key).toString('utf8')))
    },
    /** Why a credential of the core is not let in; undefined when it is. */
    refuse(credential: string, nowSeconds = Date.now() / 1000): string | undefined {
      const bytes = Buffer.from(credential, 'base64url')
      const body = readCredential(credential)
      const key = issuerKey(body.keyId, nowSeconds)
      if (!key) return 'KEY_UNKNOWN'
      const input = credentialSigningInput(bytes.subarray(0, 46))
      if (!isSigned(key, input, bytes.subarray(46))) return 'ISSUER_SIGNATURE'
      if (body.notBefore > nowSeconds) return 'CREDENTIAL_EARLY'
      if (nowSeconds >= body.notBefore + body.lifetimeMinutes * 60) return 'CREDENTIAL_EXPIRED'
      const isOff =
        list && (isRevoked(list, hashOf(credential)) || body.notBefore < list.minNotBefore)
      return isOff ? 'REVOKED' : undefined
    },
  }
}

/** The 46 bytes that the issuer signed, taken apart. */
export function readCredential(credential: string): CredentialBody {
  const body = parseCredentialBody(Buffer.from(credential, 'base64url').subarray(0, 46))
  if (!body) throw new Error('not a credential')
  return body
}

/** By which a credential is known. */
export function hashOf(credential: string): Buffer {
  const body = Buffer.from(credential, 'base64url').subarray(0, 46)
  return createHash('sha256').update(body).digest().subarray(0, 8)
}

function isSigned(publicKey: Uint8Array, input: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, input, key, signature)
}
