import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSignatureBase, parseSignature, readField } from './received-signature.ts'
import { authorityOf, parseRequestTarget } from './request-target.ts'
import { createSigningKey, createVerifyingKey, type VerifyingKey } from './signing-key.ts'

interface KeyVector {
  keyId: string
  algorithm: string
  secret: string
  privateKey: string
  publicKey: string
}
interface RfcVectors {
  keys: KeyVector[]
  request: {
    method: string
    origin: string
    target: string
    headers: Record<string, string>
  }
  response: { status: number; headers: Record<string, string> }
  signatures: {
    name: string
    of: 'request' | 'response'
    keyId: string
    signatureInput: string
    signature: string
    signatureBase: string[]
  }[]
}
const { rfc9421 }: { rfc9421: RfcVectors } = JSON.parse(
  readFileSync(new URL('../vectors/http-signatures.json', import.meta.url), 'utf8'),
)

function readRfcComponent(of: 'request' | 'response', name: string): string | undefined {
  if (of === 'response') {
    const { status, headers } = rfc9421.response
    return name === '@status' ? String(status) : readField(headers, name)
  }
  const { method, origin, target, headers } = rfc9421.request
  if (name === '@method') return method
  if (name === '@authority') return authorityOf(origin)
  if (name === '@path') return parseRequestTarget(target)?.path
  return readField(headers, name)
}

function prepareKey({ keyId, algorithm, secret, publicKey }: KeyVector): VerifyingKey {
  if (algorithm === 'hmac-sha256') return createVerifyingKey({ keyId, algorithm, secret })
  if (algorithm === 'ed25519') return createVerifyingKey({ keyId, algorithm, publicKey })
  // Not one of ours: what a provider of another algorithm looks like.
  const key = createPublicKey(publicKey)
  return {
    keyId,
    algorithm,
    verify: (base, signature) =>
      verify('sha256', Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }, signature),
  }
}

function readRfcVector(vector: RfcVectors['signatures'][number]) {
  const received = parseSignature(
    { 'signature-input': vector.signatureInput, signature: vector.signature },
    undefined,
  )
  if (typeof received === 'string') throw new Error(received)
  const signed = createSignatureBase(received, [], (name) => readRfcComponent(vector.of, name))
  const keyVector = rfc9421.keys.find(({ keyId }) => keyId === received.keyId)
  if (!keyVector || 'reason' in signed) throw new Error(JSON.stringify(signed))
  return { received, base: signed.base, keyVector, key: prepareKey(keyVector) }
}

describe('RFC 9421 appendix B.2', () => {
  it.each(rfc9421.signatures)('$name verifies', (vector) => {
    const { received, base, key } = readRfcVector(vector)
    expect(base).toBe(vector.signatureBase.join('\n'))
    expect(received.member).toBe(vector.signature)
    expect(key.verify(base, received.bytes)).toBe(true)
    expect(key.verify(`${base} `, received.bytes)).toBe(false)
  })

  it.each(rfc9421.signatures.slice(0, 2))('$name is what we sign', (vector) => {
    const { received, base, keyVector } = readRfcVector(vector)
    const { keyId, algorithm, secret, privateKey } = keyVector
    const key =
      algorithm === 'ed25519'
        ? createSigningKey({ keyId, algorithm, privateKey })
        : createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    expect(Buffer.from(key.sign(base)).toString('base64')).toBe(received.bytes.toString('base64'))
  })
})

describe('signature fields', () => {
  const input = 'a=("@method");created=1;keyid="k";tag="t"'
  const parse = (signatureInput: string | string[] | undefined, signature: string | undefined) =>
    parseSignature({ 'signature-input': signatureInput, signature }, 't')

  it('are read whatever their spacing, order and company', () => {
    const spaced = 'b=();tag="u",  a=(  "@method"   "x" );tag="t"; keyid="k";created=1'
    const received = parse(spaced, 'b=:AAAA:, a=:AQID:')
    expect(received).toMatchObject({ label: 'a', created: 1, keyId: 'k', member: 'a=:AQID:' })
    if (typeof received === 'string') throw new Error(received)
    expect(createSignatureBase(received, [], (name) => `<${name}>`)).toEqual({
      base: '"@method": <@method>\n"x": <x>\n"@signature-params": ("@method" "x");tag="t";keyid="k";created=1',
    })
  })

  it('are missing when neither is there, or none has the tag', () => {
    expect(parse(undefined, undefined)).toBe('missing')
    expect(parse('a=("@method");created=1;keyid="k"', 'a=:AAAA:')).toBe('missing')
    expect(parse('a=("@method");created=1;keyid="k";tag=t', 'a=:AAAA:')).toBe('missing')
    expect(parse('', '')).toBe('missing')
  })

  it.each([
    ['only the input', input, undefined],
    ['only the signature', undefined, 'a=:AAAA:'],
    ['no dictionary', '("@method")', 'a=:AAAA:'],
    ['a broken dictionary', `${input},`, 'a=:AAAA:'],
    ['a broken signature', input, 'a=:AA'],
    ['another label', input, 'b=:AAAA:'],
    ['a signature that is no byte sequence', input, 'a="AAAA"'],
    ['a signature that is a list', input, 'a=(:AAAA:)'],
    ['an input that is no list', 'a="x";created=1;keyid="k";tag="t"', 'a=:AAAA:'],
    ['two signatures with the tag', `${input}, ${input.replace('a', 'b')}`, 'a=:AAAA:, b=:AAAA:'],
    ['no key id', 'a=("@method");created=1;tag="t"', 'a=:AAAA:'],
    ['a key id to be escaped', String.raw`a=();created=1;keyid="\"";tag="t"`, 'a=:AAAA:'],
    ['a key id that is a token', 'a=();created=1;keyid=k;tag="t"', 'a=:AAAA:'],
    ['no created', 'a=("@method");keyid="k";tag="t"', 'a=:AAAA:'],
    ['created as a string', 'a=();created="1";keyid="k";tag="t"', 'a=:AAAA:'],
    ['created as a fraction', 'a=();created=1.5;keyid="k";tag="t"', 'a=:AAAA:'],
    ['created before 1970', 'a=();created=-1;keyid="k";tag="t"', 'a=:AAAA:'],
    ['created as a date', 'a=();created=@1;keyid="k";tag="t"', 'a=:AAAA:'],
    ['expires as a string', `${input};expires="9"`, 'a=:AAAA:'],
    ['alg as a token', `${input};alg=ed25519`, 'a=:AAAA:'],
    ['a short nonce', `${input};nonce="123456789012345"`, 'a=:AAAA:'],
    ['a long nonce', `${input};nonce="${'1'.repeat(129)}"`, 'a=:AAAA:'],
    ['a nonce with a space', `${input};nonce="1234567890 123456"`, 'a=:AAAA:'],
    ['an unknown parameter', `${input};context="x"`, 'a=:AAAA:'],
    ['33 components', input.replace('"@method"', '"@method" '.repeat(33).trim()), 'a=:AAAA:'],
    ['base64 without its padding', input, 'a=:AQ:'],
    ['base64 with stray bits', input, 'a=:AR==:'],
    ['more than 4096 characters', input, `a=:${'A'.repeat(4096)}:`],
    ['a control character', input, 'a=:AAAA:\u0001'],
    ['a character beyond ASCII', input, 'a=:AAAA:\u00e9'],
  ])('are malformed with %s', (_, signatureInput, signature) => {
    expect(parse(signatureInput, signature)).toBe('malformed')
  })

  it('are malformed when given as several lines', () => {
    expect(parse([input, input], 'a=:AAAA:')).toBe('malformed')
    expect(parse([input], 'a=:AAAA:')).toMatchObject({ keyId: 'k' })
  })
})

describe('a field', () => {
  it('enters the base without the white space around it', () => {
    expect(readField({ a: ' \tb  c\t ' }, 'a')).toBe('b  c')
    expect(readField({ a: '' }, 'a')).toBe('')
  })

  it.each(['constructor', '__proto__', 'toString'])('named %s is not found by accident', (name) => {
    expect(readField({}, name)).toBeUndefined()
  })

  it('that is folded, repeated or too long is not read', () => {
    expect(readField({ a: 'b\n c' }, 'a')).toBeUndefined()
    expect(readField({ a: ['b', 'c'] }, 'a')).toBeUndefined()
    expect(readField({ a: 'b'.repeat(4096) }, 'a')).toHaveLength(4096)
    expect(readField({ a: 'b'.repeat(4097) }, 'a')).toBeUndefined()
  })
})
