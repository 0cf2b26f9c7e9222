import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/access.json' with { type: 'json' }
import {
  ACCESS_CODE_LENGTH,
  type AccessAlgorithm,
  type AccessPurpose,
  credentialSigningInput,
  encodeCredentialBody,
  encodeShown,
  formatAccessCode,
  parseAccessCode,
  parseCredentialBody,
  showSigningInput,
} from './access-code.ts'
import { keySetSchema } from './access-keys.ts'
import { gatePolicySchema } from './access-policy.ts'
import { type AccessRefusal, accessRefusalCodes } from './access-refusals.ts'
import { decodeBase45, encodeBase45 } from './base45.ts'
import { routeCode } from './code-route.ts'
import {
  applyRevocationDelta,
  CREDENTIAL_HASH_BYTES,
  encodeRevocationList,
  isRevoked,
  LIST_HEADER_BYTES,
  parseRevocationList,
} from './revocation-list.ts'
import type { PersonClass } from './shapes.ts'
import { type DocumentType, documentSigningInput, signedDocumentSchema } from './signed-document.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const base64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))

describe('Base45 (RFC 9285)', () => {
  it.each(vectors.base45)('encodes $bytesHex to $text, and back', ({ bytesHex, text }) => {
    expect(encodeBase45(hex(bytesHex))).toBe(text)
    expect(decodeBase45(text)).toEqual(hex(bytesHex))
  })

  it.each(vectors.base45Refused)('refuses %j', (text) => {
    expect(decodeBase45(text)).toBeUndefined()
  })

  it('writes every pair of bytes in one way only', () => {
    const wrong: number[] = []
    for (let value = 0; value <= 0xffff; value++) {
      const read = decodeBase45(encodeBase45(Uint8Array.of(value >> 8, value & 0xff)))
      if (read?.length !== 2 || (read[0] ?? 0) * 256 + (read[1] ?? 0) !== value) wrong.push(value)
    }
    expect(wrong).toEqual([])
    expect(decodeBase45('GGW')).toBeUndefined()
  })
})

describe('an access code', () => {
  it.each(vectors.parts)('$id: is written and read as another implementation does', (vector) => {
    const body = encodeCredentialBody({
      algorithm: vector.algorithm as AccessAlgorithm,
      keyId: vector.keyId,
      school: vector.school,
      class: vector.class as PersonClass,
      profile: vector.profile,
      notBefore: vector.notBefore,
      lifetimeMinutes: vector.lifetimeMinutes,
      devicePublicKey: hex(vector.devicePublicKeyHex),
    })
    expect(Buffer.from(body).toString('hex')).toBe(vector.bodyHex)
    const digest = createHash('sha256').update(body).digest('hex')
    expect(digest.slice(0, 2 * CREDENTIAL_HASH_BYTES)).toBe(vector.hashHex)
    const shown = encodeShown(hex(vector.credentialHex), {
      shownAt: vector.shownAt,
      purpose: vector.purpose as AccessPurpose,
      context: vector.context,
    })
    expect(Buffer.from(shown).toString('hex')).toBe(vector.shownHex)
    expect(formatAccessCode(shown, hex(vector.codeHex).subarray(117))).toBe(vector.text)
    expect(vector.text).toHaveLength(ACCESS_CODE_LENGTH)

    const code = parseAccessCode(vector.text)
    const {
      class: personClass,
      algorithm,
      keyId,
      school,
      profile,
      notBefore,
      lifetimeMinutes,
    } = vector
    const { purpose, context, shownAt } = vector
    const fields = {
      algorithm,
      keyId,
      school,
      class: personClass,
      profile,
      notBefore,
      lifetimeMinutes,
    }
    expect(code).toMatchObject({ ...fields, purpose, context, shownAt })
    expect(parseCredentialBody(body)).toMatchObject(fields)
    expect(routeCode(vector.text).kind).toBe('access')
  })

  it('is signed by issuer and phone over what the document says', () => {
    const [part] = vectors.parts
    const code = part && parseAccessCode(part.text)
    if (!code) throw new Error('no vector')
    const issuer = keySetOf('keys').keys.find(({ keyId }) => keyId === code.keyId)
    const signed = credentialSigningInput(code.body)
    expect(verify(null, signed, ed25519(issuer?.publicKey), code.issuerSignature)).toBe(true)
    expect(verify(null, code.body, ed25519(issuer?.publicKey), code.issuerSignature)).toBe(false)
    const phone = { key: p256(code.devicePublicKey), dsaEncoding: 'ieee-p1363' as const }
    expect(verify('sha256', showSigningInput(code.shown), phone, code.deviceSignature)).toBe(true)
    expect(verify('sha256', code.shown, phone, code.deviceSignature)).toBe(false)
  })

  it('is refused in every malformed form, and told from other codes', () => {
    for (const { text, refusal } of vectors.checks) {
      const routed = routeCode(text).kind
      const formed = parseAccessCode(text) !== undefined
      if (refusal === 'NOT_RECOGNISED') expect(formed).toBe(false)
      else if (refusal === 'NOT_ACCESS') expect(['access', 'unknown']).not.toContain(routed)
      else expect([formed, routed]).toEqual([true, 'access'])
    }
  })

  it('takes no part that does not fit', () => {
    const good = parseCredentialBody(hex(vectors.parts[0]?.bodyHex ?? ''))
    if (!good) throw new Error('no vector')
    for (const change of [
      { school: '101' },
      { keyId: 256 },
      { profile: 65_536 },
      { lifetimeMinutes: 0 },
      { lifetimeMinutes: 4_321 },
      { notBefore: -1 },
      { notBefore: 0.5 },
      { devicePublicKey: new Uint8Array(32) },
    ]) {
      expect(() => encodeCredentialBody({ ...good, ...change })).toThrow(RangeError)
    }
    expect(() =>
      encodeShown(new Uint8Array(109), { shownAt: 0, purpose: 'door', context: 0 }),
    ).toThrow(RangeError)
    expect(() => formatAccessCode(new Uint8Array(117), new Uint8Array(63))).toThrow(RangeError)
  })
})

describe('documents for gates', () => {
  it('are of the schema, their JSON too', () => {
    for (const [name, document] of Object.entries(vectors.documents)) {
      const { type, payload } = signedDocumentSchema.parse(document)
      const read = () => JSON.parse(Buffer.from(payload, 'base64url').toString())
      const isFormed = !name.endsWith('UnknownMember')
      if (type === 'ECA1.keys') expect(keySetSchema.safeParse(read()).success, name).toBe(isFormed)
      if (type === 'ECA1.policy')
        expect(gatePolicySchema.safeParse(read()).success, name).toBe(isFormed)
    }
  })

  it('are signed over type and payload', () => {
    const { root } = vectors.roots
    const { type, payload, signature } = vectors.documents.keys
    const input = documentSigningInput(type as DocumentType, base64(payload))
    expect(verify(null, input, ed25519(root.publicKey), base64(signature))).toBe(true)
    const other = documentSigningInput('ECA1.list', base64(payload))
    expect(verify(null, other, ed25519(root.publicKey), base64(signature))).toBe(false)
  })

  it('a list is read and written byte for byte, and refused when it is out of form', () => {
    const list = parseRevocationList(base64(vectors.documents.list.payload))
    if (!list) throw new Error('the list is not read')
    expect(Buffer.from(encodeRevocationList(list)).toString('base64url')).toBe(
      vectors.documents.list.payload,
    )
    for (let at = 0; at < list.hashes.length; at += CREDENTIAL_HASH_BYTES) {
      const hash = list.hashes.slice(at, at + CREDENTIAL_HASH_BYTES)
      expect(isRevoked(list, hash)).toBe(true)
      hash[7] = (hash[7] ?? 0) ^ 1
      expect(isRevoked(list, hash)).toBe(false)
    }
    const { listUnsorted, listShort, listLong } = vectors.documents
    for (const { payload } of [listUnsorted, listShort, listLong]) {
      expect(parseRevocationList(base64(payload))).toBeUndefined()
    }
  })

  it('a list without a number is none', () => {
    const payload = base64(vectors.documents.list.payload)
    payload.fill(0, 2, 6)
    expect(parseRevocationList(payload)).toBeUndefined()
  })

  it('a delta gives the new list byte for byte', () => {
    const [whole] = vectors.deltas
    const held = parseRevocationList(base64(vectors.documents.list.payload))
    if (!whole || !held) throw new Error('no vector')
    const { header, added, removed } = whole.delta
    const hashes = applyRevocationDelta(held.hashes, {
      added: base64(added),
      removed: base64(removed),
    })
    expect(Buffer.concat([base64(header), hashes]).toString('base64url')).toBe(whole.payload)
    expect(base64(header)).toHaveLength(LIST_HEADER_BYTES)
  })

  it('a delta gives what sets give, whatever the sets', () => {
    const hash = (n: number) => createHash('sha256').update(String(n)).digest('hex').slice(0, 16)
    const write = (hashes: Iterable<string>) => hex([...hashes].sort().join(''))
    for (let round = 0; round < 200; round++) {
      const before = new Set<string>()
      const after = new Set<string>()
      for (let n = 0; n < round % 20; n++) {
        const fate = (round * 7 + n * 13) % 5
        if (fate < 4) before.add(hash(n))
        if (fate > 1) after.add(hash(n))
      }
      const delta = {
        added: write([...after].filter((entry) => !before.has(entry))),
        removed: write([...before].filter((entry) => !after.has(entry))),
      }
      expect(applyRevocationDelta(write(before), delta)).toEqual(write(after))
    }
  })
})

it('the vectors have every refusal, and codes that open', () => {
  const refusals = new Set(vectors.checks.map(({ refusal }) => refusal))
  for (const code of accessRefusalCodes) expect(refusals).toContain(code satisfies AccessRefusal)
  expect(vectors.checks.filter(({ result }) => result === 'opened').length).toBeGreaterThan(20)
})

function keySetOf(name: 'keys') {
  return keySetSchema.parse(
    JSON.parse(Buffer.from(vectors.documents[name].payload, 'base64url').toString()),
  )
}

function ed25519(publicKey = ''): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
}

/** SubjectPublicKeyInfo (RFC 5480) around a compressed point. */
function p256(point: Uint8Array): KeyObject {
  const head = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex')
  return createPublicKey({ key: Buffer.concat([head, point]), format: 'der', type: 'spki' })
}
