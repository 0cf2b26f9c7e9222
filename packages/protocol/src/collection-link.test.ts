import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/collection.json' with { type: 'json' }
import {
  collectionSigningInput,
  formatCollectionLink,
  parseCollectionLink,
} from './collection-link.ts'
import { isCollectionNo } from './collection-number.ts'

// What stands before a seed and a public key in PKCS#8 and SPKI (RFC 8410).
const privateKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${vectors.key.seedHex}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
})
const publicKey = createPublicKey({
  key: Buffer.from(`302a300506032b6570032100${vectors.key.publicKeyHex}`, 'hex'),
  format: 'der',
  type: 'spki',
})

function judge(text: string): string {
  const link = parseCollectionLink(text)
  if (!link) return 'malformed'
  const input = collectionSigningInput(link)
  const isGenuine = verify(null, input, publicKey, Buffer.from(link.signature, 'base64url'))
  return isGenuine ? 'valid' : 'forged'
}

describe('a collection link (R24)', () => {
  it.each(vectors.links)('$name: $result', ({ text, result }) => {
    expect(judge(text)).toBe(result)
  })

  it('is written as it is read', () => {
    for (const { text, result } of vectors.links) {
      const link = parseCollectionLink(text)
      if (!link || result !== 'valid') continue
      const signature = sign(null, collectionSigningInput(link), privateKey)
      expect(formatCollectionLink(link, signature)).toBe(text)
      expect(link.query).toBe(text.slice(text.indexOf('?') + 1, text.indexOf('&g=')))
    }
  })

  it('cannot be written with a part that would be read otherwise', () => {
    const link = { origin: 'https://pay.example', school: '1001', merchant: 'm', keyId: '1' }
    const write = (terminal: string) =>
      formatCollectionLink({ ...link, terminal }, Buffer.alloc(64))
    expect(write('t')).toContain('&t=t&')
    expect(() => write('t&k=2')).toThrow(RangeError)
    expect(() => formatCollectionLink({ ...link, terminal: 't' }, Buffer.alloc(63))).toThrow(
      RangeError,
    )
  })
})

it.each(vectors.numbers)('$text is a number: $isNumber', ({ text, isNumber }) => {
  expect(isCollectionNo(text)).toBe(isNumber)
})
