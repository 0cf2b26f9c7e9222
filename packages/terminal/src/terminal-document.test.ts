import { readFileSync } from 'node:fs'
import { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { errorTable } from '@campus-ecode/protocol/errors'
import { signRequest, signResponse, verifyResponse } from '@campus-ecode/protocol/http-signature'
import {
  paymentSchema,
  paymentStatusSchema,
  payRequestSchema,
} from '@campus-ecode/protocol/payments'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { describe, expect, it } from 'vitest'

// Tills are built from this document, so what can be checked in it is checked.
// Its tables are padded by the formatter.
const text = readFileSync(new URL('../../../docs/terminal.md', import.meta.url), 'utf8').replace(
  / {2,}\|/g,
  ' |',
)

function block(name: string): string {
  const content = new RegExp(`\`\`\`${name}\n(.*?)\n\`\`\``, 's').exec(text)?.[1]
  if (content === undefined) throw new Error(`the document has no block ${name}`)
  return content
}

function readMessage(name: string) {
  const [head = '', body = ''] = block(name).split('\n\n')
  const [first = '', ...lines] = head.split('\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  return { first, headers, body }
}

/** Takes down the base that is signed. */
function recordBase(): { key: SigningKey; bases: string[] } {
  const [keyId = '', secret = ''] = block('key').split('\n')
  const real = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
  const bases: string[] = []
  const sign = (base: string) => {
    bases.push(base)
    return real.sign(base)
  }
  return { key: { ...real, sign }, bases }
}

const NOW_MS = 1_788_220_800_000

function signExample() {
  const { key, bases } = recordBase()
  const { body } = readMessage('http')
  const signed = signRequest({
    method: 'POST',
    origin: 'https://core.bank.example',
    target: '/v1/payments',
    headers: { 'content-type': 'application/json' },
    body,
    key,
    nowMs: NOW_MS,
    nonce: Buffer.from(Array.from({ length: 16 }, (_, i) => i)).toString('base64url'),
  })
  return { key, bases, body, signed }
}

describe('docs/terminal.md', () => {
  it('signs the example byte for byte as the code does', () => {
    const { bases, body, signed } = signExample()
    const { first, headers } = readMessage('http')
    expect(bases).toEqual([block('base')])
    expect(first).toBe('POST /v1/payments HTTP/1.1')
    expect(headers).toEqual({
      host: 'core.bank.example',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...signed.headers,
    })
    expect(payRequestSchema.parse(JSON.parse(body)).amountFen).toBe(1250)
  })

  it('shows an answer that the code signs and verifies so', async () => {
    const { key, bases, signed } = signExample()
    const { headers, body } = readMessage('answer')
    const { 'content-type': type, 'ecode-request-id': requestId, ...added } = headers
    const covered = { 'content-type': type, 'ecode-request-id': requestId }
    const answer = signResponse({
      status: 200,
      headers: covered,
      body,
      requestSignature: signed.signature,
      key,
      nowMs: NOW_MS,
    })
    expect(bases.at(-1)).toBe(block('answer-base'))
    expect(added).toEqual(answer.headers)
    const verified = await verifyResponse({
      status: 200,
      headers,
      body,
      requestSignature: signed.signature,
      findKey: () => key,
      nowMs: NOW_MS,
    })
    expect(verified).toMatchObject({ ok: true })
    expect(paymentSchema.strict().parse(JSON.parse(body))).toEqual(JSON.parse(body))
  })

  it('says for every refusal that a till can meet what the cashier does, and for no other', () => {
    const table = text.slice(
      text.indexOf('| Code | Cashier |'),
      text.indexOf('A code that this till'),
    )
    const named = [...table.matchAll(/`([A-Z_]+)`/g)].map((match) => match[1])
    const transport = Object.keys(errorTable).slice(
      0,
      Object.keys(errorTable).indexOf('SCHOOL_CREDENTIALS_INVALID'),
    )
    const met = new Set<string>([
      ...Object.values(terminalRoutes).flatMap((route): readonly string[] => route.errors),
      // Told to a page by its BFF, never by a core.
      ...transport.filter((code) => code !== 'CORE_UNREACHABLE'),
    ])
    expect(new Set(named)).toEqual(met)
    expect(named).toHaveLength(met.size)
  })

  it('says for every status whether the goods are handed over', () => {
    const table = text.slice(text.indexOf('| Status | Money |'), text.indexOf('Any request may be'))
    const named = [...table.matchAll(/`([A-Z_]+)`/g)].map((match) => match[1])
    expect(named.toSorted()).toEqual(paymentStatusSchema.options.toSorted())
  })
})
