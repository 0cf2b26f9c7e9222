import { randomBytes, randomUUID } from 'node:crypto'
import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { IssuedCode } from '@campus-ecode/protocol/issued-codes'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { CoreClient } from './core-client.ts'
import { mintSession, PageClient } from './page-client.ts'
import { findPerson, takePeople } from './people.ts'
import { expectProblem } from './problems.ts'
import { sendRaw } from './raw-http.ts'
import { readDemo } from './system.ts'

takePeople(['何雨桐'])

const { bffUrl, coreUrl, demoUrl, dataDir } = inject('system')
const demo = readDemo(dataDir)
const { school } = demo
const person = findPerson(demo, '何雨桐')
const page = await PageClient.open({ bffUrl, origin: demoUrl, school, cardNo: person.cardNo })

describe.each([
  ['BFF', bffUrl, '/v1/me/card'],
  ['core', coreUrl, '/v1/terminal'],
])('the %s', (_, url, path) => {
  const { host } = new URL(url)
  const get = (target: string, ...headers: string[]) =>
    sendRaw(
      url,
      [`GET ${target} HTTP/1.1`, `Host: ${host}`, ...headers, 'Connection: close', '', ''].join(
        '\r\n',
      ),
    )

  it.each([
    ['an absolute-form target', `http://evil.example${path}`],
    ['our own address in absolute form', `${url}${path}`],
    ['dot segments', `/x/..${path}`],
    ['encoded dot segments', `/x/%2e%2e${path}`],
  ])('refuses %s', async (_, target) => {
    await expectProblem(await get(target), 'TARGET_INVALID')
  })

  it('refuses a second Host', async () => {
    await expectProblem(await get(path, 'Host: evil.example'), 'TARGET_INVALID')
  })

  it('refuses a second Authorization or Signature', async () => {
    const signature = 'Signature: ecode=:AAAA:'
    await expectProblem(await get(path, signature, signature), 'TARGET_INVALID')
    const authorization = 'Authorization: DPoP x'
    await expectProblem(await get(path, authorization, authorization), 'TARGET_INVALID')
  })

  it('refuses what is no HTTP at all', async () => {
    await expectProblem(await sendRaw(url, 'HELLO\r\n\r\n'), 'BAD_REQUEST')
  })

  it('refuses a header without end', async () => {
    const answer = await get(path, `X-Long: ${'a'.repeat(100_000)}`)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })

  it('does not know other addresses', async () => {
    await expectProblem(await get('/v1/admin'), 'NOT_FOUND')
    await expectProblem(await get('/.env'), 'NOT_FOUND')
  })
})

describe('the BFF on sessions', () => {
  const body = { subject: { cardNo: person.cardNo }, thumbprint: 'A'.repeat(43) }

  it.each([
    ['the wrong secret', { id: school.id, secret: 'x'.repeat(43) }],
    ['no such school', { id: '9999', secret: school.secret }],
    ['an id that is none', { id: 'abc', secret: school.secret }],
  ])('refuses %s', async (_, credentials) => {
    const answer = await mintSession(bffUrl, credentials, body)
    await expectProblem(answer, 'SCHOOL_CREDENTIALS_INVALID', [credentials.secret])
  })

  it('refuses a number that nobody has', async () => {
    const answer = await mintSession(bffUrl, school, { ...body, subject: { cardNo: '0000000' } })
    await expectProblem(answer, 'SUBJECT_UNKNOWN', [school.secret])
  })

  it.each([
    ['no thumbprint', { subject: body.subject }],
    ['a short thumbprint', { ...body, thumbprint: 'A'.repeat(42) }],
    ['more than is asked for', { ...body, admin: true }],
    ['a scope that does not exist', { ...body, scopes: ['admin'] }],
    ['a list', [body]],
  ])('refuses a session with %s', async (_, spoiled) => {
    await expectProblem(await mintSession(bffUrl, school, spoiled), 'BAD_REQUEST', [school.secret])
  })

  it('refuses a browser that holds the secret', async () => {
    const answer = await fetch(`${bffUrl}/v1/sessions`, {
      method: 'POST',
      headers: {
        origin: demoUrl,
        authorization: `Basic ${btoa(`${school.id}:${school.secret}`)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    await expectProblem(answer, 'ORIGIN_NOT_ALLOWED')
  })
})

describe('the BFF on pages', () => {
  const issue = { account: 'wallet' }

  it('answers the page it was opened for', async () => {
    expect((await page.call('GET', '/v1/me/card')).status).toBe(200)
  })

  it('refuses an origin that the school has not listed', async () => {
    const headers = { origin: 'https://evil.example' }
    await expectProblem(await page.call('GET', '/v1/me/card', { headers }), 'ORIGIN_NOT_ALLOWED')
  })

  it('refuses a missing, foreign or spoiled session', async () => {
    const callWith = (authorization: string | undefined) =>
      page.call('GET', '/v1/me/card', { headers: { authorization } })
    await expectProblem(await callWith(undefined), 'SESSION_MISSING')
    await expectProblem(await callWith(`Bearer ${page.token}`), 'SESSION_MISSING')
    const spoiled = page.token.slice(0, -2) + (page.token.endsWith('AA') ? 'BB' : 'AA')
    await expectProblem(await callWith(`DPoP ${spoiled}`), 'SESSION_INVALID', [spoiled])
  })

  it.each([
    ['missing', undefined, 'PROOF_INVALID'],
    ['no JWS', 'a.b.c', 'PROOF_INVALID'],
    ['for another method', { htm: 'POST' }, 'PROOF_INVALID'],
    ['for another address', { htu: `${bffUrl}/v1/me/bill` }, 'PROOF_INVALID'],
    ['for another session', { ath: 'AAAA' }, 'PROOF_INVALID'],
    ['an old one', { aheadSeconds: -120 }, 'PROOF_EXPIRED'],
    ['from the future', { aheadSeconds: 120 }, 'PROOF_EXPIRED'],
  ] as const)('refuses a proof that is %s', async (_, proof, code) => {
    const dpop = typeof proof === 'object' ? await page.prove('GET', '/v1/me/card', proof) : proof
    await expectProblem(await page.call('GET', '/v1/me/card', { headers: { dpop } }), code)
  })

  it("refuses another page's proof", async () => {
    const other = await PageClient.open({ bffUrl, origin: demoUrl, school, cardNo: person.cardNo })
    const dpop = await other.prove('GET', '/v1/me/card')
    const answer = await page.call('GET', '/v1/me/card', { headers: { dpop } })
    await expectProblem(answer, 'PROOF_INVALID')
  })

  it('takes a proof once where something changes', async () => {
    const dpop = await page.prove('POST', '/v1/me/codes')
    const call = () => page.call('POST', '/v1/me/codes', { body: issue, headers: { dpop } })
    expect((await call()).status).toBe(201)
    await expectProblem(await call(), 'PROOF_REPLAYED')
  })

  it('refuses what the session was not opened for', async () => {
    const narrow = await PageClient.open({
      bffUrl,
      origin: demoUrl,
      school,
      cardNo: person.cardNo,
      scopes: ['card'],
    })
    await expectProblem(await narrow.call('POST', '/v1/me/codes', { body: issue }), 'SCOPE_MISSING')
  })

  it.each([
    ['broken JSON', '{"account":', {}, 'BAD_REQUEST'],
    ['a list', '[]', {}, 'BAD_REQUEST'],
    ['an unknown account', '{"account":"gold"}', {}, 'BAD_REQUEST'],
    [
      'another type',
      '{"account":"wallet"}',
      { 'content-type': 'text/plain' },
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    ['no type', '{"account":"wallet"}', { 'content-type': '' }, 'MEDIA_TYPE_UNSUPPORTED'],
    ['too much', JSON.stringify({ account: 'x'.repeat(2_000_000) }), {}, 'BODY_TOO_LARGE'],
  ] as const)('refuses %s', async (_, body, headers, code) => {
    await expectProblem(await page.call('POST', '/v1/me/codes', { body, headers }), code)
  })

  it('refuses a method that the address does not take', async () => {
    await expectProblem(await page.call('DELETE', '/v1/me/card'), 'METHOD_NOT_ALLOWED')
  })
})

describe('the core on terminals', () => {
  const [terminal, otherTerminal] = demo.terminals
  if (!terminal || !otherTerminal) throw new Error('the demo has two terminals')
  const core = new CoreClient(coreUrl, terminal)
  const newOrder = () => ({
    orderNo: `bad-${randomUUID()}`,
    amountFen: 100,
    code: '134567890123456789',
  })
  let walletFen: number
  beforeAll(async () => {
    walletFen = await readWalletFen()
  })

  it.each([
    [
      'no signature',
      { headers: { signature: undefined, 'signature-input': undefined } },
      'SIGNATURE_MISSING',
    ],
    ['half a signature', { headers: { signature: undefined } }, 'SIGNATURE_INVALID'],
    ['a malformed signature', { headers: { 'signature-input': 'ecode=(' } }, 'SIGNATURE_INVALID'],
    ['another secret', { secret: randomBytes(32).toString('base64url') }, 'SIGNATURE_INVALID'],
    ['the secret of another terminal', { secret: otherTerminal.secret }, 'SIGNATURE_INVALID'],
    ['an unknown key', { keyId: `${school.id}.t.nobody` }, 'KEY_UNKNOWN'],
    ['an old signature', { aheadSeconds: -120 }, 'SIGNATURE_EXPIRED'],
    ['a signature from the future', { aheadSeconds: 120 }, 'SIGNATURE_EXPIRED'],
    ['another body than was signed', { signedBody: JSON.stringify(newOrder()) }, 'DIGEST_MISMATCH'],
  ] as const)('refuses %s', async (_, spoil, code) => {
    const answer = await core.call('POST', '/v1/payments', newOrder(), spoil)
    await expectProblem(answer, code, [terminal.secret])
  })

  it('refuses a signature for another address', async () => {
    const answer = await fetch(`${coreUrl}/v1/terminal`, {
      headers: core.sign('GET', '/v1/payments/1', undefined),
    })
    await expectProblem(answer, 'SIGNATURE_INVALID')
  })

  it("refuses a terminal's key on a person's card", async () => {
    const target = `/v1/schools/${school.id}/people/${person.id}/card`
    await expectProblem(await core.call('GET', target), 'KEY_NOT_ALLOWED')
  })

  it.each([
    ['zero', 0],
    ['a negative amount', -100],
    ['a fraction of a fen', 12.5],
    ['a string', '100'],
    ['more than there can be', 10_000_001],
    ['more than a double can count', 1e300],
    ['nothing', null],
  ])('refuses %s as an amount', async (_, amountFen) => {
    const code = await issueCode()
    const answer = await core.call('POST', '/v1/payments', { ...newOrder(), code, amountFen })
    const { code: refusal } = (await answer.clone().json()) as { code: 'BAD_REQUEST' }
    expect(['AMOUNT_INVALID', 'BAD_REQUEST']).toContain(refusal)
    await expectProblem(answer, refusal, [code])
  })

  it.each([
    ['broken JSON', '{"orderNo":', {}, 'BAD_REQUEST'],
    ['a member too many', JSON.stringify({ ...newOrder(), tip: 1 }), {}, 'BAD_REQUEST'],
    [
      'an order number with a slash',
      JSON.stringify({ ...newOrder(), orderNo: 'a/b' }),
      {},
      'BAD_REQUEST',
    ],
    [
      'another type',
      JSON.stringify(newOrder()),
      { contentType: 'text/plain' },
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    [
      'too much',
      JSON.stringify({ ...newOrder(), code: 'x'.repeat(2_000_000) }),
      {},
      'BODY_TOO_LARGE',
    ],
  ] as const)('refuses %s', async (_, body, spoil, code) => {
    await expectProblem(await core.call('POST', '/v1/payments', body, spoil), code)
  })

  it('takes a nonce once, and repeats the answer of an order that it knows (R33)', async () => {
    const order = { ...newOrder(), amountFen: 1, code: await issueCode() }
    const nonce = randomBytes(16).toString('base64url')
    const first = await core.call('POST', '/v1/payments', order, { nonce })
    expect(first.status).toBe(200)
    const replayed = await core.call('POST', '/v1/payments', order, { nonce })
    expect(await replayed.json()).toEqual(await first.json())
    const other = { ...newOrder(), amountFen: 1, code: await issueCode() }
    const answer = await core.call('POST', '/v1/payments', other, { nonce })
    await expectProblem(answer, 'SIGNATURE_REPLAYED')
    const reversed = await core.call('POST', `/v1/payments/${order.orderNo}/reverse`, {})
    expect(reversed.status).toBe(200)
  })

  it('refuses an order number with other content', async () => {
    const order = { ...newOrder(), amountFen: 1, code: await issueCode() }
    expect((await core.call('POST', '/v1/payments', order)).status).toBe(200)
    const other = { ...order, amountFen: 2 }
    await expectProblem(await core.call('POST', '/v1/payments', other), 'ORDER_NO_REUSED')
    const reversed = await core.call('POST', `/v1/payments/${order.orderNo}/reverse`, {})
    expect(reversed.status).toBe(200)
  })

  it('has moved nothing by all that, and serves as before', async () => {
    expect(await readWalletFen()).toBe(walletFen)
    for (const url of [bffUrl, coreUrl]) {
      const startedAt = performance.now()
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
      expect(performance.now() - startedAt).toBeLessThan(1_000)
    }
  })
})

async function issueCode(): Promise<string> {
  const answer = await page.call('POST', '/v1/me/codes', { body: { account: 'wallet' } })
  return ((await answer.json()) as IssuedCode).code
}

async function readWalletFen(): Promise<number> {
  const { accounts } = (await (await page.call('GET', '/v1/me/accounts')).json()) as Accounts
  return accounts.find(({ account }) => account === 'wallet')?.balanceFen ?? Number.NaN
}
