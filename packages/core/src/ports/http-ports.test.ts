import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DebitRequest } from '@campus-ecode/protocol/debit-port'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  createBankGateway,
  createDebitPort,
  createOneCardPort,
  createSmsPort,
} from './http-ports.ts'
import { createRealNamePort } from './real-name-port.ts'
import type { PortConfig } from './signed-client.ts'

const createKey = (fill: string) =>
  createSigningKey({
    keyId: 'core-1',
    algorithm: 'hmac-sha256',
    secret: Buffer.alloc(32, fill).toString('base64url'),
  })
const key = createKey('k')

interface Scene {
  status?: number
  content?: unknown
  signer?: SigningKey | null
  behave?: 'silent' | 'cut' | 'endless'
}

/** An outside system that verifies what it gets and answers as the test says. */
let scene: Scene = {}
let received: { method: string; url: string; body: unknown; verified: boolean }[] = []
let server: Server
let origin: string

beforeAll(async () => {
  server = createServer(async (incoming, outgoing) => {
    const body = await readAll(incoming)
    const { method = '', url: target = '', headers } = incoming
    const verified = await verifyRequest({
      method,
      origin,
      target,
      headers,
      body,
      findKey: () => key,
      nowMs: Date.now(),
    })
    received.push({
      method,
      url: target,
      body: body.length > 0 ? JSON.parse(body.toString()) : undefined,
      verified: verified.ok,
    })
    if (scene.behave === 'silent') return
    if (scene.behave === 'cut') return void incoming.socket.destroy()
    const { status = 200, signer = key } = scene
    const text = scene.behave === 'endless' ? 'x'.repeat(100_000) : JSON.stringify(scene.content)
    const type = { 'content-type': 'application/json' }
    const signature =
      signer && verified.ok
        ? signResponse({
            status,
            headers: type,
            body: text,
            requestSignature: verified.signature,
            key: signer,
            nowMs: Date.now(),
          }).headers
        : {}
    outgoing.writeHead(status, { ...type, ...signature }).end(text)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((port) => port.close()))
  scene = {}
  received = []
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function connect<T extends { close(): Promise<void> }>(
  create: (config: Parameters<typeof createDebitPort>[0]) => T,
  url = `${origin}/bank`,
): T {
  const port = create({ url, key, now: () => Date.now(), deadlineMs: 300 })
  open.push(port)
  return port
}

const at = '2026-03-01T00:00:00.000Z'
const request: DebitRequest = {
  reference: 'pay-0001',
  account: 'planted-account',
  amountFen: 1250,
  memo: '校园e码通消费',
}
const debit = {
  reference: 'pay-0001',
  status: 'SUCCEEDED',
  amountFen: 1250,
  declineReason: null,
  at,
}
const refund = {
  reference: 'pay-0001',
  refundReference: 'ref-0001',
  status: 'SUCCEEDED',
  amountFen: 50,
  at,
}

describe('a debit port', () => {
  it('asks for each thing at its address, signed, with the account in no address', async () => {
    const port = connect(createDebitPort)
    scene = { content: debit }
    expect(await port.debit(request)).toEqual({ ok: true, value: debit })
    expect(await port.query('pay-0001')).toEqual({ ok: true, value: debit })
    expect(await port.reverse('pay-0001')).toEqual({ ok: true, value: debit })
    scene = { content: refund }
    const refundRequest = { refundReference: 'ref-0001', amountFen: 50 }
    expect(await port.refund('pay-0001', refundRequest)).toEqual({ ok: true, value: refund })
    expect(await port.queryRefund('pay-0001', 'ref-0001')).toEqual({ ok: true, value: refund })
    expect(received).toEqual([
      { method: 'POST', url: '/bank/v1/debits', body: request, verified: true },
      { method: 'GET', url: '/bank/v1/debits/pay-0001', body: undefined, verified: true },
      { method: 'POST', url: '/bank/v1/debits/pay-0001/reverse', body: {}, verified: true },
      {
        method: 'POST',
        url: '/bank/v1/debits/pay-0001/refunds',
        body: refundRequest,
        verified: true,
      },
      {
        method: 'GET',
        url: '/bank/v1/debits/pay-0001/refunds/ref-0001',
        body: undefined,
        verified: true,
      },
    ])
  })

  it('REFUSED says what they said, signed', async () => {
    scene = { status: 404, content: { error: 'NOT_FOUND' } }
    expect(await connect(createDebitPort).query('pay-0001')).toEqual({
      ok: false,
      reason: 'REFUSED',
      error: 'NOT_FOUND',
    })
  })

  it('NOT_SENT when nobody listens there', async () => {
    const closed = createServer()
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done))
    const { port } = closed.address() as AddressInfo
    await new Promise((done) => closed.close(done))
    const answer = await connect(createDebitPort, `http://127.0.0.1:${port}`).debit(request)
    expect(answer).toEqual({ ok: false, reason: 'NOT_SENT' })
  })

  it.each<[string, Scene]>([
    ['they are silent', { behave: 'silent' }],
    ['the connection is cut', { behave: 'cut' }],
    ['the answer is endless', { behave: 'endless' }],
    ['they have a fault of their own', { status: 500, content: debit }],
    ['they are too busy', { status: 429, content: {} }],
    ['they redirect', { status: 302, content: debit }],
    ['the answer is not signed', { content: debit, signer: null }],
    ['the answer is signed by somebody else', { content: debit, signer: createKey('x') }],
    ['a refusal is not signed', { status: 404, content: { error: 'NOT_FOUND' }, signer: null }],
    ['the answer has another form', { content: { ...debit, status: 'MAYBE' } }],
    ['the answer is about something else', { content: { ...debit, reference: 'pay-0002' } }],
    ['the refusal is none that we know', { status: 400, content: { error: 'NO' } }],
  ])('UNKNOWN when %s', async (_, next) => {
    scene = next
    expect(await connect(createDebitPort).debit(request)).toEqual({ ok: false, reason: 'UNKNOWN' })
    expect(received).toHaveLength(1)
  })

  it.each<[string, Scene, string]>([
    ['is not signed', { content: debit, signer: null }, 'SIGNATURE_MISSING'],
    ['is signed by another', { content: debit, signer: createKey('x') }, 'SIGNATURE_INVALID'],
    ['lacks a member', { content: { ...debit, at: undefined } }, 'not in the agreed form: at'],
    [
      'tells of another debit',
      { content: { ...debit, reference: 'pay-2' } },
      'about another reference',
    ],
    ['refuses in words of its own', { status: 409, content: {} }, 'a refusal that names no error'],
    ['is a fault, signed', { status: 500, content: {} }, 'a fault of theirs'],
  ])(
    'says in the log why an answer that %s was not believed, and of whom nothing',
    async (_, answer, because) => {
      const warn = vi.fn()
      const create = (config: PortConfig) =>
        createDebitPort({ ...config, name: 'bank', log: { warn }, deadlineMs: 5_000 })
      scene = answer
      expect(await connect(create).query('pay-0001')).toEqual({ ok: false, reason: 'UNKNOWN' })
      const { status = 200 } = answer
      const path = '/v1/debits/:reference'
      const said = { port: 'bank', method: 'GET', path, status, because }
      expect(warn.mock.calls).toEqual([[said, 'an answer was not believed']])
    },
  )

  it('does not let silent calls keep later ones from getting through', async () => {
    const port = connect(createDebitPort)
    scene = { behave: 'silent' }
    const silent = await Promise.all(Array.from({ length: 64 }, () => port.query('pay-0001')))
    expect(silent.every((answer) => !answer.ok && answer.reason === 'UNKNOWN')).toBe(true)
    scene = { content: debit }
    // A busy machine may miss the first deadline; calls that were still held would miss every one.
    await expect.poll(async () => (await port.query('pay-0001')).ok).toBe(true)
  })
})

describe('people of the one-card system (R2b)', () => {
  const cardNo = '2023010417'
  const holder = { cardNo, name: '林知夏', class: 'student', left: false }

  it('are asked about with number and password in no address', async () => {
    const port = connect(createOneCardPort)
    scene = { content: holder }
    expect(await port.lookUp(cardNo)).toEqual({ ok: true, value: holder })
    scene = { content: { cardNo, matches: true } }
    expect(await port.checkPassword(cardNo, 'secret-word')).toMatchObject({
      value: { matches: true },
    })
    expect(received).toEqual([
      { method: 'POST', url: '/bank/v1/people/look-ups', body: { cardNo }, verified: true },
      {
        method: 'POST',
        url: '/bank/v1/password-checks',
        body: { cardNo, password: 'secret-word' },
        verified: true,
      },
    ])
  })

  it('are nobody where the answer is of somebody else, not signed, or in another form', async () => {
    const port = connect(createOneCardPort)
    const wrong: Scene[] = [
      { content: { cardNo: '1', matches: true } },
      { content: { cardNo, matches: true }, signer: createKey('x') },
      { content: { cardNo, matches: 'yes' } },
      { behave: 'cut' },
    ]
    for (const next of wrong) {
      scene = next
      expect(await port.checkPassword(cardNo, 'x')).toEqual({ ok: false, reason: 'UNKNOWN' })
    }
    scene = { status: 404, content: { error: 'ACCOUNT_UNKNOWN' } }
    expect(await port.lookUp(cardNo)).toMatchObject({ error: 'ACCOUNT_UNKNOWN' })
  })

  it('are asked about by one at a time while they do not answer, so that nobody else waits', async () => {
    const port = connect(createOneCardPort)
    scene = { behave: 'silent' }
    await port.checkPassword(cardNo, 'x')
    received = []
    const all = await Promise.all(Array.from({ length: 8 }, () => port.checkPassword(cardNo, 'x')))
    expect(all.filter((answer) => !answer.ok && answer.reason === 'NOT_SENT')).toHaveLength(7)
    expect(received).toHaveLength(1)
  })
})

describe('the bank gateway', () => {
  const payout = { reference: 'wd-00000001', status: 'SUCCEEDED', amountFen: 1250, at }
  const order = { ...request, reference: 'wd-00000001' }

  it('asks for each thing at its address, with nothing of card or person in an address', async () => {
    const gateway = connect(createBankGateway)
    const reference = 'check-00000001'
    const asked = {
      reference,
      name: '林知夏',
      idNumber: '990101200506121246',
      cardNo: '9990011347401234',
      phone: '12000010417',
    }
    const check = {
      reference,
      result: 'SMS_SENT',
      differs: [],
      bankName: '云谷银行',
      tail: '1234',
      phoneTail: '0417',
    }
    scene = { content: check }
    expect(await gateway.checkCard(asked)).toEqual({ ok: true, value: check })
    const confirmed = { reference, result: 'CONFIRMED', account: 'tok-1' }
    scene = { content: confirmed }
    expect(await gateway.confirmCard(reference, '123456')).toEqual({ ok: true, value: confirmed })
    scene = { content: payout }
    expect(await gateway.payOut(order)).toEqual({ ok: true, value: payout })
    expect(await gateway.queryPayout('wd-00000001')).toEqual({ ok: true, value: payout })
    expect(await gateway.cancelPayout('wd-00000001')).toEqual({ ok: true, value: payout })
    const path = '/bank/v1/card-checks'
    const smsCode = '123456'
    expect(received).toEqual([
      { method: 'POST', url: path, body: asked, verified: true },
      { method: 'POST', url: `${path}/${reference}/confirm`, body: { smsCode }, verified: true },
      { method: 'POST', url: '/bank/v1/payouts', body: order, verified: true },
      { method: 'GET', url: '/bank/v1/payouts/wd-00000001', body: undefined, verified: true },
      { method: 'POST', url: '/bank/v1/payouts/wd-00000001/cancel', body: {}, verified: true },
    ])
  })

  it.each<[string, Scene]>([
    ['they are silent', { behave: 'silent' }],
    ['the connection is cut', { behave: 'cut' }],
    ['the answer is not signed', { content: payout, signer: null }],
    ['the answer has another form', { content: { ...payout, status: 'REVERSED' } }],
    ['the answer is about another payout', { content: { ...payout, reference: 'wd-00000002' } }],
  ])('UNKNOWN when %s', async (_, next) => {
    scene = next
    const gateway = connect(createBankGateway)
    for (const ask of [
      () => gateway.payOut(order),
      () => gateway.queryPayout('wd-00000001'),
      () => gateway.cancelPayout('wd-00000001'),
      () => gateway.checkCard({ reference: 'check-00000001', account: 'tok-1' }),
      () => gateway.confirmCard('check-00000001', '123456'),
    ]) {
      expect(await ask()).toEqual({ ok: false, reason: 'UNKNOWN' })
    }
  })
})

describe('the one-card port', () => {
  it('asks for a balance with the card number in the body', async () => {
    const balance = { balanceFen: 5620, asOf: at }
    scene = { content: balance }
    const port = connect(createOneCardPort, `${origin}/one-card/`)
    expect(await port.balance('2023010417')).toEqual({ ok: true, value: balance })
    expect(received).toEqual([
      {
        method: 'POST',
        url: '/one-card/v1/balances',
        body: { account: '2023010417' },
        verified: true,
      },
    ])
  })

  it('gives a balance up after a second and a half, before a debit would be', async () => {
    scene = { behave: 'silent' }
    const port = createOneCardPort({ url: origin, key, now: () => Date.now(), deadlineMs: 60_000 })
    open.push(port)
    const startedAt = Date.now()
    expect(await port.balance('1')).toEqual({ ok: false, reason: 'UNKNOWN' })
    expect(Date.now() - startedAt).toBeLessThan(3_000)
  })
})

describe('the SMS port', () => {
  it('hands a message over once per reference', async () => {
    const message = {
      reference: 'enrol-0001',
      phone: '13800138000',
      template: 'enrol-device' as const,
      params: { code: '123456' },
    }
    scene = { content: { reference: 'enrol-0001', accepted: true } }
    expect((await connect(createSmsPort, `${origin}/sms`).send(message)).ok).toBe(true)
    expect(received).toEqual([
      { method: 'POST', url: '/sms/v1/messages', body: message, verified: true },
    ])
  })
})

describe('the real-name port', () => {
  const reference = 'face-1001-0197'
  const check = {
    reference,
    result: 'PENDING',
    pageUrl: 'https://face.example/check/abc',
    expiresAt: at,
  }

  it('hands name and ID number over in the body, and asks by the reference', async () => {
    const asked = {
      ...{ reference, name: '林半夏', idNumber: '110101200001011234', expiresAt: at },
      ...{ returnTo: 'https://school.example/card', locale: 'en' as const },
    }
    scene = { content: check }
    const port = connect(createRealNamePort, `${origin}/real-name`)
    expect(await port.start(asked)).toEqual({ ok: true, value: check })
    const passed = { ...check, result: 'PASSED', pageUrl: null }
    scene = { content: passed }
    expect(await port.query(reference)).toEqual({ ok: true, value: passed })
    const path = '/real-name/v1/face-checks'
    expect(received).toEqual([
      { method: 'POST', url: path, body: asked, verified: true },
      { method: 'GET', url: `${path}/${reference}`, body: undefined, verified: true },
    ])
  })

  it.each([
    ['another check', { ...check, reference: 'face-1001-0198' }],
    ['a page that is none', { ...check, pageUrl: 'javascript:alert(1)' }],
    ['a result that is none', { ...check, result: 'PERHAPS' }],
  ])('knows nothing from an answer about %s', async (_, content) => {
    scene = { content }
    const port = connect(createRealNamePort)
    expect(await port.query(reference)).toEqual({ ok: false, reason: 'UNKNOWN' })
  })

  it('believes no answer that is signed with another key', async () => {
    scene = { content: { ...check, result: 'PASSED' }, signer: createKey('other') }
    const port = connect(createRealNamePort)
    expect(await port.query(reference)).toEqual({ ok: false, reason: 'UNKNOWN' })
  })

  it('lets one ask a provider that hangs, and tells the others at once', async () => {
    scene = { behave: 'silent' }
    const port = connect(createRealNamePort)
    await port.query(reference)
    received = []
    const startedAt = Date.now()
    await Promise.all(Array.from({ length: 20 }, () => port.query(reference)))
    expect(received).toHaveLength(1)
    expect(Date.now() - startedAt).toBeLessThan(3_000)
  })
})

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks)
}
