import { createPublicKey, randomBytes, verify } from 'node:crypto'
import {
  type AccessAlgorithm,
  type CredentialBody,
  credentialSigningInput,
  encodeCredentialBody,
} from '@campus-ecode/protocol/access-code'
import type { KeySet } from '@campus-ecode/protocol/access-keys'
import { encodeRevocationList } from '@campus-ecode/protocol/revocation-list'
import { documentSigningInput } from '@campus-ecode/protocol/signed-document'
import { sm2 } from 'sm-crypto-v2'
import { v7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { createMemoryKeys } from '../testing/memory-keys.ts'
import { createSm2Signer } from './sm2-signer.ts'

const NOW = 1_800_000_000
const keys = createMemoryKeys(() => NOW * 1000)
const algorithms: AccessAlgorithm[] = ['ed25519', 'sm2']

/** By somebody else's SM2, and by Node.js with a key of another form than the one that signed. */
const verifiers: Record<AccessAlgorithm, typeof verifyEd25519> = {
  ed25519: verifyEd25519,
  sm2: (publicKey, input, signature) =>
    sm2.doVerifySignature(input, hex(signature), hex(publicKey), {
      ...{ hash: true, der: false, userId: '1234567812345678' },
    }),
}

function verifyEd25519(publicKey: Uint8Array, input: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, input, key, signature)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function credential(changed: Partial<CredentialBody> = {}): Uint8Array {
  return encodeCredentialBody({
    ...{ algorithm: 'ed25519', keyId: 1, school: '1001', class: 'student', profile: 0 },
    ...{ notBefore: NOW, lifetimeMinutes: 1_440 },
    devicePublicKey: Uint8Array.of(2, ...randomBytes(32)),
    ...changed,
  })
}

async function keySet(algorithm: AccessAlgorithm, changed: Partial<KeySet> = {}): Promise<KeySet> {
  const publicKey = await keys.accessIssuerKey('1001', algorithm, 1)
  return {
    school: '1001',
    seq: 1,
    issued: NOW,
    expires: 1_830_000_000,
    keys: [
      {
        ...{ keyId: 1, algorithm, publicKey: Buffer.from(publicKey).toString('base64url') },
        ...{ notBefore: 1_800_000_000, notAfter: 1_830_000_000 },
      },
    ],
    ...changed,
  }
}

const json = (content: object) => Buffer.from(JSON.stringify(content))

const policy = (school: string, changed: { seq?: number; issued?: number } = {}) => ({
  ...{ school, gateId: v7(), seq: 1, issued: NOW, utcOffsetMinutes: 480 },
  ...{ shownPastSeconds: 20, shownFutureSeconds: 5, staleList: 'closed', rules: [] },
  ...changed,
})

const list = (school: string, changed: { seq?: number; issued?: number } = {}) =>
  encodeRevocationList({
    ...{ school, seq: 1, issued: NOW, nextUpdate: NOW + 1, minNotBefore: 0 },
    hashes: randomBytes(8),
    ...changed,
  })

describe.each(algorithms)('%s', (algorithm) => {
  const length = { ed25519: 32, sm2: 65 }[algorithm]
  const isSigned = verifiers[algorithm]

  it('signs credentials that somebody else’s implementation believes, for the key they name', async () => {
    const publicKey = await keys.accessIssuerKey('1001', algorithm, 7)
    expect(publicKey).toHaveLength(length)
    for (let round = 0; round < 20; round++) {
      const body = credential({ algorithm, keyId: 7 })
      const signature = await keys.signCredential('1001', algorithm, 7, body)
      expect(signature).toHaveLength(64)
      expect(isSigned(publicKey, credentialSigningInput(body), signature)).toBe(true)
      expect(isSigned(publicKey, body, signature)).toBe(false)
      body[45] = (body[45] ?? 0) ^ 1
      expect(isSigned(publicKey, credentialSigningInput(body), signature)).toBe(false)
    }
  })

  it('has other keys for each school, id and part, and for each installation', async () => {
    const all = await Promise.all([
      keys.accessIssuerKey('1001', algorithm, 1),
      keys.accessIssuerKey('1001', algorithm, 2),
      keys.accessIssuerKey('1002', algorithm, 1),
      keys.accessRootKey('1001', algorithm),
      keys.accessRootKey('1002', algorithm),
      createMemoryKeys().accessRootKey('1001', algorithm),
    ])
    expect(new Set(all.map(hex)).size).toBe(all.length)
    expect(await keys.accessRootKey('1001', algorithm)).toEqual(all[3])
  })

  it('signs the three documents, key sets with the root key alone', async () => {
    const root = await keys.accessRootKey('1001', algorithm)
    const issuer = await keys.accessIssuerKey('1001', algorithm, 1)
    const set = json(await keySet(algorithm))
    const signature = await keys.signDocument('1001', algorithm, null, 'ECA1.keys', set)
    expect(isSigned(root, documentSigningInput('ECA1.keys', set), signature)).toBe(true)
    expect(isSigned(issuer, documentSigningInput('ECA1.keys', set), signature)).toBe(false)
    for (const [type, payload] of [
      ['ECA1.list', list('1001')],
      ['ECA1.policy', json(policy('1001'))],
    ] as const) {
      const signed = await keys.signDocument('1001', algorithm, 1, type, payload)
      expect(isSigned(issuer, documentSigningInput(type, payload), signed)).toBe(true)
      await expect(keys.signDocument('1001', algorithm, null, type, payload)).rejects.toThrow()
    }
    await expect(keys.signDocument('1001', algorithm, 1, 'ECA1.keys', set)).rejects.toThrow()
  })

  it('signs no credential of another school, key or algorithm, and nothing else as one', async () => {
    const other = algorithm === 'sm2' ? 'ed25519' : 'sm2'
    const body = credential({ algorithm })
    for (const wrong of [
      credential({ algorithm, school: '1002' }),
      credential({ algorithm, keyId: 2 }),
      credential({ algorithm: other }),
      body.subarray(1),
      Uint8Array.of(...body, 0),
      Uint8Array.of(0x20, ...body.subarray(1)),
      new Uint8Array(0),
    ]) {
      await expect(keys.signCredential('1001', algorithm, 1, wrong)).rejects.toThrow()
    }
  })

  it('signs no document of another school, and no key set with a key of somebody else', async () => {
    const stranger = createMemoryKeys()
    const foreign = Buffer.from(await stranger.accessIssuerKey('1001', algorithm, 1))
    const own = await keySet(algorithm)
    const [key] = own.keys
    if (!key) throw new Error('no key')
    const publicKey = foreign.toString('base64url')
    for (const wrong of [
      await keySet(algorithm, { keys: [{ ...key, publicKey }] }),
      await keySet(algorithm, { keys: [key, { ...key, publicKey }] }),
      await keySet(algorithm, { keys: [{ ...key, keyId: 2 }] }),
      await keySet(algorithm, { school: '1002' }),
      policy('1001'),
      {},
    ]) {
      const sign = keys.signDocument('1001', algorithm, null, 'ECA1.keys', json(wrong))
      await expect(sign).rejects.toThrow()
    }
    for (const [type, payload] of [
      ['ECA1.list', list('1002')],
      ['ECA1.list', json(policy('1001'))],
      ['ECA1.policy', json(policy('1002'))],
      ['ECA1.policy', list('1001')],
    ] as const) {
      await expect(keys.signDocument('1001', algorithm, 1, type, payload)).rejects.toThrow()
    }
  })
})

describe('whoever had the core', () => {
  const hour = 3_600
  const later = { issued: NOW + hour }
  const highest = { seq: 0xffffffff }

  it('has no credentials that begin when they have it no more', async () => {
    await keys.signCredential('1001', 'ed25519', 2, credential({ keyId: 2, notBefore: NOW - 60 }))
    for (const notBefore of [NOW + hour, NOW + 300 * 86_400, NOW - hour]) {
      // Gates know the next key already.
      const body = credential({ keyId: 2, notBefore })
      await expect(keys.signCredential('1001', 'ed25519', 2, body)).rejects.toThrow()
    }
  })

  it('has no document that stays fresh, or that no later one can replace', async () => {
    const forever = { expires: NOW + 10 * 365 * 86_400 }
    for (const [type, payload] of [
      ['ECA1.list', list('1001', later)],
      ['ECA1.list', list('1001', highest)],
      ['ECA1.policy', json(policy('1001', later))],
      ['ECA1.policy', json(policy('1001', highest))],
      ['ECA1.keys', json(await keySet('ed25519', later))],
      ['ECA1.keys', json(await keySet('ed25519', highest))],
      ['ECA1.keys', json(await keySet('ed25519', forever))],
    ] as const) {
      const keyId = type === 'ECA1.keys' ? null : 2
      const sign = keys.signDocument('1001', 'ed25519', keyId, type, payload)
      await expect(sign).rejects.toThrow()
    }
  })
})

describe('SM2', () => {
  it('signs and verifies as somebody else’s implementation does', async () => {
    const signer = createSm2Signer()
    if (!signer) throw new Error('SM2 does not work on this machine')
    for (let round = 0; round < 50; round++) {
      const key = signer.createKey(randomBytes(48))
      const input = randomBytes(1 + round * 7)
      const signature = hex(key.sign(input))
      const options = { hash: true, der: false, userId: '1234567812345678' }
      expect(sm2.doVerifySignature(input, signature, hex(key.publicKey), options)).toBe(true)
    }
  })

  it('is not served where the standard’s example does not come out', () => {
    const off = `f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b4${'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa'}`
    expect(createSm2Signer({ signature: off })).toBeUndefined()
    expect(createSm2Signer({ signature: '' })).toBeUndefined()
  })
})
