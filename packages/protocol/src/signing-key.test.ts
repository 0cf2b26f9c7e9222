import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSigningKey, createVerifyingKey } from './signing-key.ts'

const secret = randomBytes(32).toString('base64url')
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

describe('signing keys', () => {
  it('verify with the shared secret what was signed with it', () => {
    const signing = createSigningKey({ keyId: 'k', algorithm: 'hmac-sha256', secret })
    const verifying = createVerifyingKey({ keyId: 'k', algorithm: 'hmac-sha256', secret })
    expect(verifying.verify('base', signing.sign('base'))).toBe(true)
    expect(verifying.verify('bass', signing.sign('base'))).toBe(false)
  })

  it.each([
    ['PEM', privatePem, publicPem],
    ['key objects', privateKey, publicKey],
  ])('verify with the public key what the private one signed, as %s', (_, own, shared) => {
    const signing = createSigningKey({ keyId: 'k', algorithm: 'ed25519', privateKey: own })
    const verifying = createVerifyingKey({ keyId: 'k', algorithm: 'ed25519', publicKey: shared })
    const signature = signing.sign('base')
    expect(verifying.verify('base', signature)).toBe(true)
    expect(signing.verify('base', signature)).toBe(true)
    expect(verifying.verify('bass', signature)).toBe(false)
  })

  it.each([0, 31, 33, 63, 65])('say no to a signature of %i bytes', (length) => {
    const hmac = createSigningKey({ keyId: 'k', algorithm: 'hmac-sha256', secret })
    const ed25519 = createSigningKey({ keyId: 'k', algorithm: 'ed25519', privateKey })
    expect(hmac.verify('base', new Uint8Array(length))).toBe(false)
    expect(ed25519.verify('base', new Uint8Array(length))).toBe(false)
  })

  it.each([
    ['31 bytes', randomBytes(31).toString('base64url')],
    ['65 bytes', randomBytes(65).toString('base64url')],
    ['nothing', ''],
    ['plain base64', Buffer.alloc(32, 0xff).toString('base64')],
    ['a stray newline', `${secret}\n`],
  ])('refuse a secret of %s without repeating it', (_, bad) => {
    const create = () => createSigningKey({ keyId: 'k', algorithm: 'hmac-sha256', secret: bad })
    expect(create).toThrow(new TypeError('An hmac-sha256 secret is 32 to 64 bytes as base64url'))
  })

  it.each([
    ['another curve', generateKeyPairSync('x25519').privateKey],
    ['a public key', publicKey],
    ['a public PEM', publicPem],
    ['no PEM', 'not-a-key-but-maybe-a-secret'],
  ])('refuse %s as a private Ed25519 key without repeating it', (_, bad) => {
    const create = () => createSigningKey({ keyId: 'k', algorithm: 'ed25519', privateKey: bad })
    expect(create).toThrow(
      new TypeError('An ed25519 key is given as a private key, in PEM or as a key object'),
    )
  })

  it.each([
    ['a private key object', privateKey],
    ['a private PEM', privatePem],
    ['another curve', createPublicKey(generateKeyPairSync('x25519').privateKey)],
  ])('refuse %s as a public Ed25519 key', (_, bad) => {
    const create = () => createVerifyingKey({ keyId: 'k', algorithm: 'ed25519', publicKey: bad })
    expect(create).toThrow(TypeError)
  })

  it.each(['', 'a b', 'a"b', 'k'.repeat(129), '密钥'])('refuse the key id %j', (keyId) => {
    expect(() => createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })).toThrow(TypeError)
    expect(() => createSigningKey({ keyId, algorithm: 'ed25519', privateKey })).toThrow(TypeError)
  })
})
