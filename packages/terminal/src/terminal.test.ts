import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { createSigningKey, createVerifyingKey } from '@campus-ecode/protocol/signing-key'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTerminal } from './terminal.ts'
import type { Fault } from './testing/fake-core.ts'
import { type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture.close())

async function payOrder(orderNo: string) {
  const code = fixture.drawCode(fixture.student)
  const answer = await fixture.till.pay({ orderNo, amountFen: 1000, code })
  expect(answer).toMatchObject({ kind: 'answered', body: { status: 'PAID' } })
}

describe('single calls', () => {
  it('pays, asks, refunds in parts and asks again', async () => {
    const { till } = fixture
    await payOrder('A-1')
    expect(await till.query('A-1')).toMatchObject({ body: { orderNo: 'A-1', amountFen: 900 } })
    const refund = { orderNo: 'A-1', refundNo: 'R-1', amountFen: 400 }
    expect(await till.refund(refund)).toMatchObject({ body: { status: 'REFUNDED' } })
    expect(await till.getRefund(refund)).toMatchObject({ body: { amountFen: 400 } })
    expect(await till.refund({ ...refund, refundNo: 'R-2', amountFen: 501 })).toMatchObject({
      kind: 'refused',
      code: 'REFUND_EXCEEDS_PAYMENT',
      retryable: false,
      requestId: expect.any(String),
    })
    expect(await till.reverse('A-1')).toMatchObject({ kind: 'refused', code: 'ORDER_REFUNDED' })
  })

  it('pays by card and by face, and sends what was read untouched', async () => {
    const { till, student, core } = fixture
    Object.assign(student, { hasAgreement: true, hasFaceConsent: true })
    for (const token of student.tokens) {
      const order = { orderNo: `T-${token.kind}`, amountFen: 1000, token }
      const body = { status: 'PAID', means: token.kind, amountFen: 900 }
      expect(await till.pay(order)).toMatchObject({ kind: 'answered', body })
      expect(core.calls.at(-1)?.body).toEqual(order)
      const settled = await till.payAndSettle({ ...order, orderNo: `U-${token.kind}` })
      expect(settled).toMatchObject({ outcome: 'paid', payment: { means: token.kind } })
    }
    student.hasAgreement = false
    const [card] = student.tokens
    if (!card) throw new Error('the student holds no card')
    const refused = { orderNo: 'T-3', amountFen: 1000, token: card }
    expect(await till.payAndSettle(refused)).toMatchObject({
      outcome: 'refused',
      code: 'AGREEMENT_MISSING',
    })
    expect((await till.query('T-3')).kind).toBe('answered')
  })

  it.each<[Fault, string]>([
    ['drop', 'NO_ANSWER'],
    ['drop-after', 'NO_ANSWER'],
    ['hang-after', 'NO_ANSWER'],
    ['500', 'FAULT'],
    ['foreign-signature', 'NOT_VERIFIED'],
    ['unsigned', 'NOT_VERIFIED'],
    ['not-json', 'NOT_UNDERSTOOD'],
  ])('after %s knows nothing: %s', async (fault, reason) => {
    fixture.core.faults = [fault]
    expect(await fixture.till.query('A-1')).toMatchObject({ kind: 'unknown', reason })
  })

  it('believes no refusal that the core did not sign', async () => {
    fixture.core.faults = ['unsigned']
    expect(await fixture.till.query('A-1')).toEqual({
      kind: 'unknown',
      reason: 'NOT_VERIFIED',
      says: 'ORDER_NOT_FOUND',
    })
  })

  it('calls a nonce that is refused twice in a row unknown: something of ours did arrive', async () => {
    fixture.core.faults = ['replayed', 'replayed']
    expect(await fixture.till.reverse('A-1')).toMatchObject({ kind: 'unknown', reason: 'FAULT' })
  })

  it('rejects an address that cannot be used', async () => {
    const { keyId, secret } = fixture.core.campus.terminals[0] ?? { keyId: '', secret: '' }
    const open = (coreUrl: string) => createTerminal({ coreUrl, keyId, secret })
    expect(() => open('https://core.bank.example/path')).toThrow(TypeError)
    expect(() => open('core.bank.example')).toThrow(TypeError)
    process.env.NODE_ENV = 'production'
    try {
      expect(() => open('http://core.bank.example')).toThrow(/https/)
      await open('http://127.0.0.1:8081').close()
    } finally {
      process.env.NODE_ENV = 'test'
    }
    await expect(fixture.till.query('..')).rejects.toThrow(TypeError)
  })
})

describe('settling', () => {
  it('repeats a refund under its number until it is certain, and pays back once', async () => {
    await payOrder('A-1')
    const before = fixture.student.balanceFen
    fixture.core.faults = ['drop', '500-after', 'hang-after']
    const refund = { orderNo: 'A-1', refundNo: 'R-1', amountFen: 400, patienceMs: 5_000 }
    expect(await fixture.till.refundAndSettle(refund)).toMatchObject({
      outcome: 'refunded',
      refund: { amountFen: 400 },
    })
    expect(fixture.student.balanceFen).toBe(before + 400)
  })

  it('repeats a reversal until it is certain', async () => {
    await payOrder('A-1')
    fixture.core.faults = ['drop-after', 'unsigned']
    const outcome = await fixture.till.reverseAndSettle({ orderNo: 'A-1', patienceMs: 5_000 })
    expect(outcome).toMatchObject({ outcome: 'reversed', payment: { status: 'REVERSED' } })
  })

  it('undoes an order that never arrived, so that it cannot be paid later (R33)', async () => {
    const { till } = fixture
    expect(await till.reverseAndSettle({ orderNo: 'A-9' })).toMatchObject({ outcome: 'reversed' })
    const code = fixture.drawCode(fixture.student)
    expect(await till.payAndSettle({ orderNo: 'A-9', amountFen: 1, code })).toMatchObject({
      outcome: 'refused',
      code: 'ORDER_REVERSED',
    })
  })

  it('reports what cannot be undone or refunded', async () => {
    const { till } = fixture
    await payOrder('A-1')
    await till.refund({ orderNo: 'A-1', refundNo: 'R-1', amountFen: 1 })
    expect(await till.reverseAndSettle({ orderNo: 'A-1' })).toMatchObject({
      code: 'ORDER_REFUNDED',
    })
    const refund = { orderNo: 'A-2', refundNo: 'R-1', amountFen: 1 }
    expect(await till.refundAndSettle(refund)).toMatchObject({ code: 'ORDER_NOT_FOUND' })
  })

  it('says unknown when patience ends', async () => {
    fixture.core.faults = ['500', '500', '500', '500', '500']
    const outcome = await fixture.till.reverseAndSettle({ orderNo: 'A-1', patienceMs: 300 })
    expect(outcome).toMatchObject({ outcome: 'unknown', reason: 'FAULT', says: 'INTERNAL' })
  })
})

describe('the clock', () => {
  it.each([
    ['slow', 400_000],
    ['fast', -400_000],
  ])('is corrected once when this machine is %s, and stays so', async (_, offsetMs) => {
    fixture.core.clock.offsetMs = offsetMs
    expect(await fixture.till.query('A-1')).toMatchObject({ code: 'ORDER_NOT_FOUND' })
    expect(Math.abs(fixture.till.clockOffsetMs - offsetMs)).toBeLessThan(1_500)
    await payOrder('A-1')
    expect(fixture.core.calls.map(({ name }) => name)).toEqual(['getPayment', 'pay'])
  })

  it('is taken over from getTerminal to a fraction of a second', async () => {
    fixture.core.clock.offsetMs = 30_000
    const askedAt = performance.now()
    expect(await fixture.till.getTerminal()).toMatchObject({
      kind: 'answered',
      body: { name: '3 号窗口', merchant: { name: '第一食堂' } },
    })
    // Nobody can know it better than to half of what the way there and back took.
    const halfMs = (performance.now() - askedAt) / 2
    expect(Math.abs(fixture.till.clockOffsetMs - 30_000)).toBeLessThan(halfMs + 2)
  })

  it('is not believed when the core does not confirm it', async () => {
    fixture.core.clock.offsetMs = 400_000
    const till = fixture.connect({ secret: Buffer.alloc(32, 'wrong').toString('base64url') })
    expect(await till.query('A-1')).toMatchObject({ kind: 'unknown', reason: 'NOT_VERIFIED' })
    expect(till.clockOffsetMs).toBe(0)
  })

  it('may be a minute off without any correction', async () => {
    fixture.core.clock.offsetMs = 58_000
    expect(await fixture.till.query('A-1')).toMatchObject({ code: 'ORDER_NOT_FOUND' })
    expect(fixture.till.clockOffsetMs).toBe(0)
  })
})

describe('keys of another kind', () => {
  it('signs with Ed25519 and verifies the core by its own key', async () => {
    const ours = generateKeyPairSync('ed25519')
    const theirs = generateKeyPairSync('ed25519')
    const algorithm = 'ed25519'
    const key = createSigningKey({ keyId: 'till-1', algorithm, privateKey: ours.privateKey })
    const seenByCore = createVerifyingKey({
      keyId: 'till-1',
      algorithm,
      publicKey: ours.publicKey,
    })
    const coreKey = createSigningKey({ keyId: 'core-1', algorithm, privateKey: theirs.privateKey })
    const coreKeys = [
      createVerifyingKey({ keyId: 'core-1', algorithm, publicKey: theirs.publicKey }),
    ]
    const server = createServer(async (request, response) => {
      const verified = await verifyRequest({
        method: request.method ?? '',
        origin,
        target: request.url ?? '',
        headers: request.headers,
        findKey: () => seenByCore,
        nowMs: Date.now(),
      })
      if (!verified.ok) return void response.writeHead(401).end()
      const body = JSON.stringify({
        terminalId: '019a0000-0000-7000-8000-000000000001',
        name: '1',
        merchant: { id: '019a0000-0000-7000-8000-000000000002', name: 'm' },
        school: { id: '1001', name: 's' },
        serverTime: new Date().toISOString(),
      })
      const headers = { 'content-type': 'application/json' }
      const signed = signResponse({
        status: 200,
        headers,
        body,
        requestSignature: verified.signature,
        key: coreKey,
        nowMs: Date.now(),
      })
      response.writeHead(200, { ...headers, ...signed.headers }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const till = createTerminal({ coreUrl: origin, key, coreKeys })
    expect(await till.getTerminal()).toMatchObject({ kind: 'answered' })
    const stranger = createTerminal({ coreUrl: origin, key, coreKeys: [seenByCore] })
    expect(await stranger.getTerminal()).toMatchObject({ reason: 'NOT_VERIFIED' })
    await Promise.all([till.close(), stranger.close()])
    server.close()
  })
})
