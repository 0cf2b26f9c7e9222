import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createContentDigest, matchesContentDigest } from './content-digest.ts'

interface DigestVector {
  name: string
  body: string
  contentDigest: string
}
const vectors: { rfc9530: DigestVector[] } = JSON.parse(
  readFileSync(new URL('../vectors/http-signatures.json', import.meta.url), 'utf8'),
)
const body = '{"hello": "world"}\n'
const sha256 = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:'
const sha512 =
  'sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:'

describe('content digest', () => {
  it.each(vectors.rfc9530)('agrees with $name', (vector) => {
    expect(matchesContentDigest(vector.contentDigest, vector.body)).toBe(true)
    expect(matchesContentDigest(vector.contentDigest, `${vector.body} `)).toBe(false)
    if (vector.contentDigest.startsWith('sha-256=')) {
      expect(createContentDigest(vector.body)).toBe(vector.contentDigest)
    }
  })

  it('is the same for a string and its UTF-8 bytes', () => {
    expect(createContentDigest(new TextEncoder().encode('饭卡'))).toBe(createContentDigest('饭卡'))
  })

  it('takes the two sound algorithms together, in any order', () => {
    expect(matchesContentDigest(`${sha512}, ${sha256}`, body)).toBe(true)
  })

  it('passes over an algorithm it does not know beside a sound one', () => {
    expect(matchesContentDigest(`md5=:Sd/dVLAcvNLSq16eXua5uQ==:, ${sha256}`, body)).toBe(true)
  })

  it.each([
    ['one of two digests is wrong', `${sha256}, sha-512=:AAAA:`],
    ['only a broken algorithm is given', 'md5=:Sd/dVLAcvNLSq16eXua5uQ==:'],
    ['the digest is shortened', 'sha-256=:RK/0qy18MlBSVnWgjwz6lQ==:'],
    ['the value is no byte sequence', 'sha-256="RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="'],
    ['the value is a number', 'sha-256=1'],
    ['the value is an inner list', 'sha-256=(:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:)'],
    ['the field is no dictionary', 'RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg='],
    ['the field is empty', ''],
  ])('does not match when %s', (_, field) => {
    expect(matchesContentDigest(field, body)).toBe(false)
  })
})
