import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { httpbis } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import { createContentDigest } from './content-digest.ts'
import { isErrorCode } from './errors.ts'
import {
  type RequestToVerify,
  type ResponseToVerify,
  signRequest,
  signResponse,
  verifyRequest,
  verifyResponse,
} from './http-signature.ts'
import type { MessageHeaders } from './received-signature.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'

const nowMs = 1_700_000_000_000
const nowSeconds = nowMs / 1000
const origin = 'https://core.bank.example'
const target = '/v1/payments?trace=1'
const body = '{"orderNo":"A-0001","amountFen":1250}'
const json = { 'content-type': 'application/json' }

const hmac = createSigningKey({
  keyId: 'terminal-7',
  algorithm: 'hmac-sha256',
  secret: randomBytes(32).toString('base64url'),
})
const { privateKey } = generateKeyPairSync('ed25519')
const ed25519 = createSigningKey({ keyId: 'bank-1', algorithm: 'ed25519', privateKey })

/** A signed request as the receiver sees it, ready to be tampered with. */
function sendRequest(key: SigningKey = hmac, more: Partial<RequestToVerify> = {}): RequestToVerify {
  const sent = { method: 'POST', origin, target, headers: json as MessageHeaders, body, ...more }
  const signed = signRequest({ ...sent, key, nowMs })
  return {
    ...sent,
    headers: { host: 'core.bank.example', accept: '*/*', ...sent.headers, ...signed.headers },
    findKey: (keyId) => (keyId === key.keyId ? key : undefined),
    nowMs,
  }
}

function sendResponse(key: SigningKey = hmac, requestSignature = 'ecode=:AAAA:'): ResponseToVerify {
  const sent = { status: 200, headers: json, body, requestSignature }
  const signed = signResponse({ ...sent, key, nowMs })
  return {
    ...sent,
    headers: { date: 'now', ...json, ...signed.headers },
    findKey: (keyId) => (keyId === key.keyId ? key : undefined),
    nowMs,
  }
}

/** Signs whatever list of components and parameters it is told to, as a careless peer would. */
function craft(request: RequestToVerify, list: string, parameters: string, key = hmac) {
  const known: Record<string, string> = {
    '@method': request.method,
    '@authority': 'core.bank.example',
    '@path': '/v1/payments',
    '@query': '?trace=1',
  }
  const lines = list.split(' ').map((identifier) => {
    const name = identifier.slice(1, identifier.indexOf('"', 1))
    return `${identifier}: ${known[name] ?? request.headers[name]}`
  })
  const input = `(${list})${parameters}`
  const base = [...lines, `"@signature-params": ${input}`].join('\n')
  const signature = Buffer.from(key.sign(base)).toString('base64')
  return {
    ...request,
    headers: { ...request.headers, 'signature-input': `x=${input}`, signature: `x=:${signature}:` },
  }
}

const fullList = '"@method" "@authority" "@path" "@query" "content-digest" "content-type"'
const fullParameters = `;created=${nowSeconds};nonce="0123456789abcdef";keyid="terminal-7";tag="ecode"`

async function expectRefusal(
  result: ReturnType<typeof verifyRequest> | ReturnType<typeof verifyResponse>,
  code: string,
  reason?: string,
) {
  const refusal = await result
  expect(refusal).toMatchObject(reason ? { ok: false, code, reason } : { ok: false, code })
  expect(isErrorCode(code)).toBe(true)
}

describe.each([
  ['hmac-sha256', hmac],
  ['ed25519', ed25519],
])('a request signed with %s', (_, key) => {
  it('is accepted, with all that the caller needs to remember it', async () => {
    const request = sendRequest(key)
    const result = await verifyRequest(request)
    expect(result).toEqual({
      ok: true,
      keyId: key.keyId,
      createdSeconds: nowSeconds,
      nonce: expect.stringMatching(/^[\w-]{22}$/),
      signature: request.headers.signature,
    })
  })

  it('is accepted by a key that has to be looked up', async () => {
    const request = { ...sendRequest(key), findKey: async () => key }
    expect(await verifyRequest(request)).toMatchObject({ ok: true })
  })

  it('is accepted without a body, and with bytes instead of text', async () => {
    const bare = sendRequest(key, { method: 'GET', headers: {}, body: undefined })
    expect(await verifyRequest(bare)).toMatchObject({ ok: true })
    expect(await verifyRequest({ ...bare, body: new Uint8Array() })).toMatchObject({ ok: true })
    const bytes = { ...sendRequest(key), body: new TextEncoder().encode(body) }
    expect(await verifyRequest(bytes)).toMatchObject({ ok: true })
  })

  it('is refused once anything it covers is changed', async () => {
    const request = sendRequest(key, { headers: { ...json, 'ecode-proof-id': 'jti-1' } })
    const changed: [Partial<RequestToVerify>, string][] = [
      [{ method: 'PUT' }, 'SIGNATURE_INVALID'],
      [{ target: '/v1/refunds?trace=1' }, 'SIGNATURE_INVALID'],
      [{ target: '/v1/payments?trace=2' }, 'SIGNATURE_INVALID'],
      [{ target: '/v1/payments' }, 'SIGNATURE_INVALID'],
      [{ origin: 'https://core.other.example' }, 'SIGNATURE_INVALID'],
      [{ origin: 'https://core.bank.example:8443' }, 'SIGNATURE_INVALID'],
      [{ body: body.replace('1250', '1251') }, 'DIGEST_MISMATCH'],
      [{ body: `${body} ` }, 'DIGEST_MISMATCH'],
      [{ body: undefined }, 'DIGEST_MISMATCH'],
      [{ headers: { ...request.headers, 'content-type': 'text/plain' } }, 'SIGNATURE_INVALID'],
      [{ headers: { ...request.headers, 'ecode-proof-id': 'jti-2' } }, 'SIGNATURE_INVALID'],
      [{ headers: { ...request.headers, 'ecode-proof-id': undefined } }, 'SIGNATURE_INVALID'],
      [{ headers: { ...request.headers, 'content-digest': undefined } }, 'SIGNATURE_INVALID'],
    ]
    expect(await verifyRequest(request)).toMatchObject({ ok: true })
    for (const [change, code] of changed) {
      await expectRefusal(verifyRequest({ ...request, ...change }), code)
    }
  })

  it('is refused when the digest was changed along with the body', async () => {
    const request = sendRequest(key)
    const forged = '{"orderNo":"A-0001","amountFen":1}'
    const headers = { ...request.headers, 'content-digest': createContentDigest(forged) }
    await expectRefusal(verifyRequest({ ...request, headers, body: forged }), 'SIGNATURE_INVALID')
  })

  it('is refused with any one bit flipped in what was signed', async () => {
    const request = sendRequest(key, { headers: { ...json, 'ecode-proof-id': 'jti-1' } })
    expect(await verifyRequest(request)).toMatchObject({ ok: true })
    // Ed25519 is fifty times slower, and the text it signs is the same: one bit of each byte will do.
    const bits = key === hmac ? [0, 1, 2, 3, 4, 5, 6] : [0]
    const flips = (text: string) =>
      [...text].flatMap((_, at) => bits.map((bit) => flipBit(text, at, bit)))
    const names = ['content-type', 'content-digest', 'ecode-proof-id', 'signature-input']
    const tampered: RequestToVerify[] = [
      ...flips(request.method).map((method) => ({ ...request, method })),
      ...flips(request.target).map((changed) => ({ ...request, target: changed })),
      ...flips(body).map((changed) => ({ ...request, body: changed })),
      ...[...names, 'signature'].flatMap((name) =>
        flips(String(request.headers[name])).map((value) => ({
          ...request,
          headers: { ...request.headers, [name]: value },
        })),
      ),
    ]
    const accepted: RequestToVerify[] = []
    for (const one of tampered) if ((await verifyRequest(one)).ok) accepted.push(one)
    expect(tampered.length).toBeGreaterThan(400)
    expect(accepted).toEqual([])
  })
})

function flipBit(text: string, at: number, bit: number): string {
  return (
    text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
  )
}

describe('signing a request', () => {
  it('covers what must be covered and gives only the headers to add', () => {
    const headers = { ...json, accept: '*/*', 'ecode-proof-id': 'j', 'ecode-absent': undefined }
    const nonce = 'AAECAwQFBgcICQoLDA0ODw'
    const signed = signRequest({
      method: 'POST',
      origin,
      target,
      headers,
      body,
      key: hmac,
      nowMs,
      nonce,
    })
    expect(signed.headers).toEqual({
      'content-digest': createContentDigest(body),
      'signature-input': `ecode=(${fullList} "ecode-proof-id");created=${nowSeconds};nonce="${nonce}";keyid="terminal-7";alg="hmac-sha256";tag="ecode"`,
      signature: signed.signature,
    })
    expect(signed.signature).toMatch(/^ecode=:[A-Za-z0-9+/]{43}=:$/)
  })

  it('signs an empty query as "?"', () => {
    const sent = { method: 'GET', origin, headers: {}, key: hmac, nowMs, nonce: '0123456789abcdef' }
    const bare = signRequest({ ...sent, target: '/v1' })
    expect(signRequest({ ...sent, target: '/v1?' }).signature).toBe(bare.signature)
    expect(signRequest({ ...sent, target: '/v1?a' }).signature).not.toBe(bare.signature)
  })

  it('never uses a nonce twice', () => {
    const sign = () => signRequest({ method: 'GET', origin, target, headers: {}, key: hmac, nowMs })
    const inputs = Array.from({ length: 2000 }, () => sign().headers['signature-input'])
    expect(new Set(inputs).size).toBe(2000)
  })

  it.each([
    ['an absolute target', { target: 'https://core.bank.example/v1' }],
    ['a target with dot segments', { target: '/v1/../admin' }],
    ['a method in lower case', { method: 'post' }],
    ['an origin with a path', { origin: 'https://core.bank.example/api' }],
    ['a body without a content type', { headers: {} }],
    ['two content types', { headers: { 'content-type': ['a/b', 'c/d'] } }],
    ['a header that breaks the line', { headers: { ...json, 'ecode-a': 'x\n"@method": GET' } }],
    ['a header name that breaks out', { headers: { ...json, 'ecode-a" "b': 'x' } }],
    ['a header name in upper case', { headers: { ...json, 'Ecode-A': 'x' } }],
    ['a short nonce', { nonce: 'abc' }],
    ['a nonce that breaks out', { nonce: '0123456789";x="abc' }],
  ])('is a fault with %s', (_, change) => {
    const sent = { method: 'POST', origin, target, headers: json, body, key: hmac, nowMs }
    expect(() => signRequest({ ...sent, ...change })).toThrow(TypeError)
  })
})

describe('verifying a request', () => {
  it('accepts a peer that orders, labels and adds in its own way', async () => {
    const list = `"content-type" "accept" ${fullList.replace(' "content-type"', '')}`
    const parameters = `;tag="ecode";keyid="terminal-7";nonce="0123456789abcdef";expires=${nowSeconds};created=${nowSeconds}`
    const request = craft(sendRequest(), list, parameters)
    expect(await verifyRequest(request)).toMatchObject({ ok: true, nonce: '0123456789abcdef' })
  })

  it('accepts a sha-512 digest', async () => {
    const digest = `sha-512=:${await crypto.subtle
      .digest('SHA-512', new TextEncoder().encode(body))
      .then((bytes) => Buffer.from(bytes).toString('base64'))}:`
    const sent = sendRequest()
    const changed = { ...sent, headers: { ...sent.headers, 'content-digest': digest } }
    expect(await verifyRequest(craft(changed, fullList, fullParameters))).toMatchObject({
      ok: true,
    })
  })

  it('passes over a signature with another tag', async () => {
    const request = sendRequest()
    const { signature, 'signature-input': input } = request.headers
    const headers = {
      ...request.headers,
      'signature-input': `proxy=("@method");created=1;keyid="p";tag="proxy", ${input}`,
      signature: `proxy=:AAAA:, ${signature}`,
    }
    expect(await verifyRequest({ ...request, headers })).toMatchObject({ ok: true, signature })
  })

  it('misses a signature where there is none with our tag', async () => {
    const request = sendRequest()
    await expectRefusal(verifyRequest({ ...request, headers: json }), 'SIGNATURE_MISSING')
    const response = craft(request, fullList, fullParameters.replace('"ecode"', '"ecode-response"'))
    await expectRefusal(verifyRequest(response), 'SIGNATURE_MISSING')
  })

  it('refuses a second signature with our tag, though both verify', async () => {
    const first = sendRequest()
    const second = craft(first, fullList, fullParameters)
    const headers = {
      ...first.headers,
      'signature-input': `${first.headers['signature-input']}, ${second.headers['signature-input']}`,
      signature: `${first.headers.signature}, ${second.headers.signature}`,
    }
    await expectRefusal(verifyRequest({ ...first, headers }), 'SIGNATURE_INVALID')
  })

  it.each(fullList.split(' '))('refuses a signature that leaves out %s', async (identifier) => {
    const list = fullList
      .split(' ')
      .filter((one) => one !== identifier)
      .join(' ')
    await expectRefusal(
      verifyRequest(craft(sendRequest(), list, fullParameters)),
      'SIGNATURE_INVALID',
      'a required component is not covered',
    )
    // Without the omission the very same signature is good.
    expect(await verifyRequest(craft(sendRequest(), fullList, fullParameters))).toMatchObject({
      ok: true,
    })
  })

  it('refuses an ecode- header that nobody signed', async () => {
    const request = sendRequest()
    const headers = { ...request.headers, 'ecode-proof-id': 'planted' }
    await expectRefusal(
      verifyRequest({ ...request, headers }),
      'SIGNATURE_INVALID',
      'a required component is not covered',
    )
  })

  it.each([
    ['with ;tr', '"content-type";tr'],
    ['with ;sf', '"content-type";sf'],
    ['with ;bs', '"content-type";bs'],
    ['with ;req', '"content-type";req'],
    ['with an unknown parameter', '"content-type";x'],
  ])('refuses a component %s, which covers something else', async (_, identifier) => {
    const list = fullList.replace('"content-type"', identifier)
    await expectRefusal(
      verifyRequest(craft(sendRequest(), list, fullParameters)),
      'SIGNATURE_INVALID',
      'a covered component is absent or not supported',
    )
  })

  it.each([
    '"@target-uri"',
    '"@signature-params"',
    '"@nothing"',
    '"x-absent"',
    '"constructor"',
    '1',
  ])('refuses a list that also covers %s', async (identifier) => {
    await expectRefusal(
      verifyRequest(craft(sendRequest(), `${fullList} ${identifier}`, fullParameters)),
      'SIGNATURE_INVALID',
      'a covered component is absent or not supported',
    )
  })

  it('refuses a component that is covered twice', async () => {
    await expectRefusal(
      verifyRequest(craft(sendRequest(), `${fullList} "@method"`, fullParameters)),
      'SIGNATURE_INVALID',
      'a component is covered twice',
    )
  })

  it('refuses a covered header that came twice', async () => {
    const request = sendRequest()
    for (const name of ['content-type', 'content-digest', 'signature', 'signature-input']) {
      const value = String(request.headers[name])
      const headers = { ...request.headers, [name]: [value, value] }
      await expectRefusal(verifyRequest({ ...request, headers }), 'SIGNATURE_INVALID')
    }
  })

  it('refuses a body whose digest is absent from message and signature', async () => {
    const sent = sendRequest()
    const request = { ...sent, headers: { ...sent.headers, 'content-digest': undefined } }
    const list = fullList.replace('"content-digest" ', '')
    await expectRefusal(verifyRequest(craft(request, list, fullParameters)), 'SIGNATURE_INVALID')
  })

  it('refuses a signed digest that proves nothing', async () => {
    const sent = sendRequest()
    for (const digest of ['md5=:AAAA:', 'sha-256=:AAAA:', 'nonsense']) {
      const request = { ...sent, headers: { ...sent.headers, 'content-digest': digest } }
      await expectRefusal(
        verifyRequest(craft(request, fullList, fullParameters)),
        'DIGEST_MISMATCH',
      )
    }
  })

  it('refuses a signature without a nonce', async () => {
    const parameters = fullParameters.replace(/;nonce="[^"]+"/, '')
    await expectRefusal(
      verifyRequest(craft(sendRequest(), fullList, parameters)),
      'SIGNATURE_INVALID',
      'the nonce is missing',
    )
  })

  it.each([
    ['60 s old', 60, true],
    ['61 s old', 61, false],
    ['60 s ahead', -60, true],
    ['61 s ahead', -61, false],
  ])('judges a signature %s by the window', async (_, ageSeconds, accepted) => {
    const request = { ...sendRequest(), nowMs: nowMs + ageSeconds * 1000 }
    if (accepted) expect(await verifyRequest(request)).toMatchObject({ ok: true })
    else await expectRefusal(verifyRequest(request), 'SIGNATURE_EXPIRED')
  })

  it('takes a narrower window and honours expires', async () => {
    const late = { ...sendRequest(), nowMs: nowMs + 6000 }
    expect(await verifyRequest({ ...late, toleranceSeconds: 6 })).toMatchObject({ ok: true })
    await expectRefusal(verifyRequest({ ...late, toleranceSeconds: 5 }), 'SIGNATURE_EXPIRED')
    const expiring = craft(sendRequest(), fullList, `${fullParameters};expires=${nowSeconds + 5}`)
    expect(await verifyRequest({ ...expiring, nowMs: nowMs + 5000 })).toMatchObject({ ok: true })
    await expectRefusal(verifyRequest({ ...expiring, nowMs: nowMs + 6000 }), 'SIGNATURE_EXPIRED')
  })

  it('refuses a key it cannot find', async () => {
    await expectRefusal(
      verifyRequest({ ...sendRequest(), findKey: () => undefined }),
      'KEY_UNKNOWN',
    )
    await expectRefusal(
      verifyRequest({ ...sendRequest(), findKey: async () => undefined }),
      'KEY_UNKNOWN',
    )
  })

  it('refuses another key of the same name', async () => {
    const other = createSigningKey({
      keyId: hmac.keyId,
      algorithm: 'hmac-sha256',
      secret: randomBytes(32).toString('base64url'),
    })
    await expectRefusal(
      verifyRequest({ ...sendRequest(), findKey: () => other }),
      'SIGNATURE_INVALID',
      'the signature does not verify',
    )
  })

  it('takes the algorithm from the key, never from the message', async () => {
    const parameters = fullParameters.replace('terminal-7', 'bank-1')
    const publicBytes = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
    // An HMAC keyed with what the verifier knows of the Ed25519 key: the classic confusion.
    const confused = createSigningKey({
      keyId: 'bank-1',
      algorithm: 'hmac-sha256',
      secret: publicBytes.subarray(-32).toString('base64url'),
    })
    const findKey = () => ed25519
    for (const alg of ['', ';alg="ed25519"']) {
      await expectRefusal(
        verifyRequest({ ...craft(sendRequest(), fullList, parameters + alg, confused), findKey }),
        'SIGNATURE_INVALID',
        'the signature does not verify',
      )
    }
    for (const alg of ['hmac-sha256', 'none', '']) {
      const request = craft(sendRequest(), fullList, `${parameters};alg="${alg}"`, ed25519)
      await expectRefusal(
        verifyRequest({ ...request, findKey }),
        'SIGNATURE_INVALID',
        'alg is not that of the key',
      )
    }
    const good = craft(sendRequest(), fullList, `${parameters};alg="ed25519"`, ed25519)
    expect(await verifyRequest({ ...good, findKey })).toMatchObject({ ok: true })
  })

  it.each(['https://core.bank.example/v1/payments', '//core.bank.example/v1', '/v1/../v1', '*'])(
    'refuses the target %s before looking at the signature',
    async (bad) => {
      await expectRefusal(verifyRequest({ ...sendRequest(), target: bad }), 'SIGNATURE_INVALID')
    },
  )

  it('refuses a method that is not in upper case', async () => {
    const request = craft({ ...sendRequest(), method: 'post' }, fullList, fullParameters)
    await expectRefusal(verifyRequest(request), 'SIGNATURE_INVALID')
  })

  it('believes neither Host nor any forwarding header', async () => {
    const request = sendRequest()
    const headers = { ...request.headers, host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    expect(await verifyRequest({ ...request, headers })).toMatchObject({ ok: true })
    const elsewhere = sendRequest(hmac, { origin: 'https://evil.example' })
    await expectRefusal(verifyRequest({ ...elsewhere, origin }), 'SIGNATURE_INVALID')
  })

  it('says nothing of the message or the key in a refusal', async () => {
    const request = { ...sendRequest(), method: 'PUT' }
    const text = JSON.stringify(await verifyRequest(request))
    for (const secret of ['PUT', 'terminal-7', 'payments', 'trace', body]) {
      expect(text).not.toContain(secret)
    }
  })

  it('takes a provider of another algorithm as it is', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const provider: SigningKey = {
      keyId: 'p256-1',
      algorithm: 'ecdsa-p256-sha256',
      sign: (base) => sign('sha256', Buffer.from(base), pair.privateKey),
      verify: (base, signature) => verify('sha256', Buffer.from(base), pair.publicKey, signature),
    }
    const request = sendRequest(provider)
    expect(await verifyRequest(request)).toMatchObject({ ok: true, keyId: 'p256-1' })
    await expectRefusal(verifyRequest({ ...request, method: 'PUT' }), 'SIGNATURE_INVALID')
  })
})

describe('a response', () => {
  it('is accepted as the answer to its request', async () => {
    const request = sendRequest()
    const verified = await verifyRequest(request)
    if (!verified.ok) throw new Error(verified.reason)
    const response = sendResponse(ed25519, verified.signature)
    const requestSignature = String(request.headers.signature)
    expect(await verifyResponse({ ...response, requestSignature })).toEqual({
      ok: true,
      keyId: 'bank-1',
      createdSeconds: nowSeconds,
    })
  })

  it('is refused as the answer to any other request', async () => {
    const first = String(sendRequest().headers.signature)
    const second = String(sendRequest().headers.signature)
    expect(first).not.toBe(second)
    const response = sendResponse(hmac, first)
    expect(await verifyResponse(response)).toMatchObject({ ok: true })
    const others = [second, first.replace('ecode=', 'other='), flipBit(first, 10, 0)]
    for (const requestSignature of others) {
      await expectRefusal(verifyResponse({ ...response, requestSignature }), 'SIGNATURE_INVALID')
    }
  })

  it('is refused once anything it covers is changed', async () => {
    const response = sendResponse()
    const changed: [Partial<ResponseToVerify>, string][] = [
      [{ status: 201 }, 'SIGNATURE_INVALID'],
      [{ body: body.replace('1250', '1') }, 'DIGEST_MISMATCH'],
      [{ body: undefined }, 'DIGEST_MISMATCH'],
      [{ headers: { ...response.headers, 'content-type': 'text/html' } }, 'SIGNATURE_INVALID'],
      [{ headers: { ...response.headers, 'content-digest': undefined } }, 'SIGNATURE_INVALID'],
      [{ headers: { ...response.headers, 'ecode-planted': 'x' } }, 'SIGNATURE_INVALID'],
      [{ headers: json }, 'SIGNATURE_MISSING'],
      [{ findKey: () => undefined }, 'KEY_UNKNOWN'],
      [{ findKey: () => ed25519 }, 'SIGNATURE_INVALID'],
      [{ nowMs: nowMs + 61_000 }, 'SIGNATURE_EXPIRED'],
      [{ nowMs: nowMs - 61_000 }, 'SIGNATURE_EXPIRED'],
    ]
    expect(await verifyResponse(response)).toMatchObject({ ok: true })
    expect(await verifyResponse({ ...response, nowMs: nowMs + 60_000 })).toMatchObject({ ok: true })
    for (const [change, code] of changed) {
      await expectRefusal(verifyResponse({ ...response, ...change }), code)
    }
  })

  it('may have no body, or one that is streamed and so not covered', async () => {
    const requestSignature = 'ecode=:AAAA:'
    const sent = { status: 200, headers: { 'content-type': 'text/event-stream' }, requestSignature }
    const signed = signResponse({ ...sent, key: hmac, nowMs })
    const headers = { ...sent.headers, ...signed.headers }
    const response = { ...sent, headers, findKey: () => hmac, nowMs }
    expect(await verifyResponse(response)).toMatchObject({ ok: true })
    await expectRefusal(verifyResponse({ ...response, body: 'x' }), 'SIGNATURE_INVALID')
  })

  const statusOnly = '"@status" "content-digest" "content-type"'
  const binding = '"signature";req;key="ecode"'
  it.each([
    ['leaves out the status', `${binding} "content-digest" "content-type"`],
    ['is bound to no request', statusOnly],
    ['is bound to itself', `${statusOnly} "signature"`],
    ['is bound to itself by key', `${statusOnly} "signature";key="ecode";sf`],
    ['is bound to the whole field', `${statusOnly} "signature";req`],
    ['is bound to another label', `${statusOnly} "signature";req;key="other"`],
    ['is bound in a further way', `${statusOnly} "signature";req;key="ecode";sf`],
    ['is bound by a further field', `${statusOnly} ${binding} "date";req;key="ecode"`],
    ['covers a field of the request', `${statusOnly} ${binding} "content-type";req`],
  ])('is refused when it %s, however well signed', async (_, list) => {
    const response = sendResponse()
    // What each identifier would have to stand for if the verifier took it.
    const values: Record<string, string> = { '@status': '200', signature: ':AAAA:', date: ':AAAA:' }
    const sign = (covered: string) => {
      const lines = covered.split(' ').map((identifier) => {
        const name = identifier.slice(1, identifier.indexOf('"', 1))
        return `${identifier}: ${values[name] ?? response.headers[name]}`
      })
      const input = `(${covered});created=${nowSeconds};keyid="terminal-7";tag="ecode-response"`
      const base = [...lines, `"@signature-params": ${input}`].join('\n')
      const signature = `x=:${Buffer.from(hmac.sign(base)).toString('base64')}:`
      const headers = { ...response.headers, 'signature-input': `x=${input}`, signature }
      return verifyResponse({ ...response, headers })
    }
    await expectRefusal(sign(list), 'SIGNATURE_INVALID')
    expect(await sign(`${statusOnly} ${binding}`)).toMatchObject({ ok: true })
  })

  it('cannot be made from a request that the same key signed', async () => {
    const request = sendRequest()
    await expectRefusal(
      verifyResponse({ ...sendResponse(), headers: request.headers }),
      'SIGNATURE_MISSING',
    )
  })

  it('is a fault when the request signature is not one', () => {
    expect(() => sendResponse(hmac, 'AAAA')).toThrow(TypeError)
  })
})

describe('an independent implementation', () => {
  const signer = { id: hmac.keyId, sign: async (data: Buffer) => Buffer.from(hmac.sign(`${data}`)) }
  const keyLookup = async () => ({
    verify: async (data: Buffer, signature: Buffer) => hmac.verify(`${data}`, signature),
  })
  const asSent = ({ method, headers }: RequestToVerify) => ({
    method,
    url: origin + target,
    headers: headers as Record<string, string>,
  })

  it('accepts the requests and responses we sign', async () => {
    const request = asSent(sendRequest())
    expect(await httpbis.verifyMessage({ keyLookup }, request)).toBe(true)
    const { status, headers } = sendResponse(hmac, request.headers.signature)
    const response = { status, headers: headers as Record<string, string> }
    expect(await httpbis.verifyMessage({ keyLookup }, response, request)).toBe(true)
    const other = asSent(sendRequest())
    expect(await httpbis.verifyMessage({ keyLookup }, response, other)).toBe(false)
  })

  it('signs requests and responses that we accept', async () => {
    const params = ['created', 'nonce', 'keyid', 'tag']
    const created = new Date(nowMs)
    const digest = { 'content-digest': createContentDigest(body), ...json }
    const request = await httpbis.signMessage(
      {
        key: signer,
        name: 'theirs',
        fields: fullList.split(' '),
        params,
        paramValues: { created, nonce: 'their-nonce-0001', tag: 'ecode' },
      },
      { method: 'POST', url: origin + target, headers: digest },
    )
    const verified = await verifyRequest({
      ...{ method: 'POST', origin, target, body, nowMs, findKey: () => hmac },
      headers: lowerCase(request.headers),
    })
    expect(verified).toMatchObject({ ok: true, nonce: 'their-nonce-0001' })

    const ours = asSent(sendRequest())
    const response = await httpbis.signMessage(
      {
        key: signer,
        fields: ['@status', 'content-type', '"signature";key="ecode";req', 'content-digest'],
        params: ['created', 'keyid', 'tag'],
        paramValues: { created, tag: 'ecode-response' },
      },
      { status: 200, headers: digest },
      ours,
    )
    const requestSignature = String(ours.headers.signature)
    const received = { status: 200, headers: lowerCase(response.headers), body, nowMs }
    expect(
      await verifyResponse({ ...received, requestSignature, findKey: () => hmac }),
    ).toMatchObject({ ok: true })
  })
})

function lowerCase(headers: Record<string, string | string[]>): MessageHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, v]) => [name.toLowerCase(), v]))
}

interface MessageVector {
  headers: Record<string, string>
  body?: string
  createdSeconds: number
  signatureBase: string[]
  signedHeaders: Record<string, string>
}
interface OurVectors {
  keys: { keyId: string; algorithm: string; secret: string; privateKey: string }[]
  messages: (MessageVector & {
    name: string
    keyId: string
    origin: string
    method: string
    target: string
    nonce: string
    response: MessageVector & { status: number }
  })[]
}
const { ours }: { ours: OurVectors } = JSON.parse(
  readFileSync(new URL('../vectors/http-signatures.json', import.meta.url), 'utf8'),
)

describe('our vectors', () => {
  it.each(ours.messages)('hold for $name', async (vector) => {
    const { response, ...request } = vector
    const material = ours.keys.find(({ keyId }) => keyId === vector.keyId)
    if (!material) throw new Error('no such key')
    const { keyId, algorithm, secret, privateKey: pem } = material
    const key =
      algorithm === 'ed25519'
        ? createSigningKey({ keyId, algorithm, privateKey: pem })
        : createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    const bases: string[] = []
    const recording: SigningKey = {
      ...key,
      sign(base) {
        bases.push(base)
        return key.sign(base)
      },
    }

    const requestMs = request.createdSeconds * 1000
    const signed = signRequest({ ...request, key: recording, nowMs: requestMs })
    expect(signed.headers).toEqual(request.signedHeaders)
    const requestSignature = signed.signature
    const responseMs = response.createdSeconds * 1000
    const answer = signResponse({
      ...response,
      requestSignature,
      key: recording,
      nowMs: responseMs,
    })
    expect(answer.headers).toEqual(response.signedHeaders)
    expect(bases).toEqual([request.signatureBase.join('\n'), response.signatureBase.join('\n')])

    const findKey = () => key
    const sent = { ...request, headers: { ...request.headers, ...request.signedHeaders } }
    expect(await verifyRequest({ ...sent, findKey, nowMs: requestMs })).toMatchObject({ ok: true })
    const answered = { ...response, headers: { ...response.headers, ...response.signedHeaders } }
    expect(
      await verifyResponse({ ...answered, requestSignature, findKey, nowMs: responseMs }),
    ).toMatchObject({ ok: true })
  })
})
