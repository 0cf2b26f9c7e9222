import { expect, test } from 'vitest'
import { fromBase64Url, toBase64Url } from './base64url.ts'
import { createPageKey } from './page-key.ts'

function read(part = '') {
  return JSON.parse(new TextDecoder().decode(fromBase64Url(part)))
}

async function sha256(text: string) {
  return toBase64Url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

test('a proof says method, address, time and token hash, and is signed by the key it names (RFC 9449 §4.2)', async () => {
  const key = await createPageKey()
  const url = 'https://bff.test/v1/me/codes'
  const proof = await key.prove('POST', url, 'a-token', 1_700_000_000_999)
  const [header, claims, signature = ''] = proof.split('.')
  expect(read(header)).toEqual({
    typ: 'dpop+jwt',
    alg: 'ES256',
    jwk: { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String) },
  })
  expect(read(claims)).toEqual({
    htm: 'POST',
    htu: url,
    iat: 1_700_000_000,
    ath: await sha256('a-token'),
    jti: expect.stringMatching(/^[\w-]{22}$/),
  })
  const { jwk } = read(header)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const publicKey = await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify'])
  const genuine = await crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    publicKey,
    fromBase64Url(signature),
    new TextEncoder().encode(`${header}.${claims}`),
  )
  expect(genuine).toBe(true)
})

test('the thumbprint is that of the key in the proof (RFC 7638 §3)', async () => {
  const key = await createPageKey()
  const { jwk } = read((await key.prove('GET', 'https://bff.test/', 't', 0)).split('.')[0])
  const members = `{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`
  expect(key.thumbprint).toBe(await sha256(members))
})

test('no two proofs and no two keys are the same', async () => {
  const [one, two] = [await createPageKey(), await createPageKey()]
  expect(one.thumbprint).not.toBe(two.thumbprint)
  const jti = async () => read((await one.prove('GET', 'https://a/', 't', 0)).split('.')[1]).jti
  expect(await jti()).not.toBe(await jti())
})
