import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import type { MerchantOrder, OrderNotice } from '@campus-ecode/protocol/orders'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTerminal } from '../terminal.ts'
import { createMerchant, type Merchant } from './create-merchant.ts'

const secret = randomBytes(32).toString('base64url')
const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`
const key = createSigningKey({ keyId: '1001.t.shop0001', algorithm: 'hmac-sha256', secret })
const order: MerchantOrder = {
  ...{ orderId: '01a2073b-0000-7000-8000-000000000001', orderNo: 'A-1', status: 'OPEN' },
  ...{ description: '午餐 2 份', listFen: 1_000, payment: null },
  ...{ expiresAt: '2026-09-01T04:15:00.000Z', createdAt: '2026-09-01T04:00:00.000Z' },
}
const refund = {
  ...{ orderNo: 'A-1', refundNo: 'R-1', status: 'REFUNDED', amountFen: 400, channel: 'wallet' },
  ...{ createdAt: '2026-09-01T05:00:00.000Z', settledAt: '2026-09-01T05:00:00.000Z' },
}

let core: Server
let coreUrl: string
let merchant: Merchant
let calls: { line: string; body: unknown }[]
let answer: { status: number; body: unknown }
beforeAll(async () => {
  core = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const body = await text(request)
    const verified = await verifyRequest({
      ...{ method, origin: coreUrl, target: url, headers, body: Buffer.from(body) },
      ...{ nowMs: Date.now(), findKey: async () => key },
    })
    if (!verified.ok) return void response.writeHead(401).end()
    calls.push({ line: `${method} ${url}`, body: body === '' ? undefined : JSON.parse(body) })
    const content = JSON.stringify(answer.body)
    const type = answer.status < 400 ? 'application/json' : 'application/problem+json'
    const signed = signResponse({
      ...{ status: answer.status, headers: { 'content-type': type }, body: content, key },
      ...{ requestSignature: verified.signature, nowMs: Date.now() },
    })
    response.writeHead(answer.status, { 'content-type': type, ...signed.headers }).end(content)
  })
  await new Promise<void>((done) => core.listen(0, '127.0.0.1', done))
  coreUrl = `http://127.0.0.1:${(core.address() as AddressInfo).port}`
  merchant = createMerchant({ coreUrl, keyId: key.keyId, secret, webhookSecret })
})
afterAll(async () => {
  await merchant.close()
  core.closeAllConnections()
  core.close()
})
beforeEach(() => {
  calls = []
  answer = { status: 200, body: order }
})

describe('a merchant’s server (R38)', () => {
  it('creates, asks for, closes and refunds an order by signed calls', async () => {
    const created = { orderNo: 'A-1', amountFen: 1_000, description: '午餐 2 份' }
    answer.status = 201
    expect(await merchant.createOrder(created)).toEqual({ kind: 'answered', body: order })
    answer.status = 200
    expect(await merchant.getOrder('A-1')).toEqual({ kind: 'answered', body: order })
    expect(await merchant.closeOrder('A-1')).toEqual({ kind: 'answered', body: order })
    answer.body = refund
    const wanted = { orderNo: 'A-1', refundNo: 'R-1', amountFen: 400 }
    expect(await merchant.refundOrder(wanted)).toEqual({ kind: 'answered', body: refund })
    expect(await merchant.getRefund(wanted)).toEqual({ kind: 'answered', body: refund })
    expect(calls).toEqual([
      { line: 'POST /v1/orders', body: { ...created, expiresInSeconds: 900 } },
      { line: 'GET /v1/orders/A-1', body: undefined },
      { line: 'POST /v1/orders/A-1/close', body: {} },
      { line: 'POST /v1/orders/A-1/refunds', body: { refundNo: 'R-1', amountFen: 400 } },
      { line: 'GET /v1/orders/A-1/refunds/R-1', body: undefined },
    ])
  })

  it('says what was refused', async () => {
    const message = { 'zh-CN': '订单已支付', en: 'The order is paid already' }
    answer = {
      status: 409,
      body: {
        ...{ type: 'about:blank', title: message.en, status: 409, code: 'ORDER_ALREADY_PAID' },
        ...{ message, retryable: false, requestId: 'r-1' },
      },
    }
    expect(await merchant.closeOrder('A-1')).toMatchObject({
      kind: 'refused',
      code: 'ORDER_ALREADY_PAID',
    })
  })
})

describe('a till that is back (R24)', () => {
  it('asks what came in since a cursor', async () => {
    const till = createTerminal({ coreUrl, keyId: key.keyId, secret })
    answer.body = { payments: [], cursor: '17' }
    expect(await till.getIncoming()).toEqual({ kind: 'answered', body: answer.body })
    await till.getIncoming('17')
    expect(calls.map(({ line }) => line)).toEqual(['GET /v1/incoming', 'GET /v1/incoming?after=17'])
    await till.close()
  })
})

describe('reading a notice', () => {
  const notice: OrderNotice = {
    ...{ type: 'order.paid', timestamp: '2026-09-01T04:05:00.000Z' },
    data: {
      ...{ schoolId: '1001', orderId: order.orderId, orderNo: 'A-1' },
      ...{ amountFen: 900, refundNo: null },
    },
  }
  const sign = (content: unknown, at = new Date(), by = webhookSecret) => {
    const body = JSON.stringify(content)
    const headers = {
      'webhook-id': 'n-1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(by).sign('n-1', at, body),
    }
    return { headers, body }
  }

  it('takes what the core signed', () => {
    const { headers, body } = sign(notice)
    expect(merchant.readNotice(headers, body)).toEqual({ id: 'n-1', notice })
  })

  it('takes nothing that was changed, is old, is another’s or of another form', () => {
    const { headers, body } = sign(notice)
    expect(merchant.readNotice(headers, body.replace('900', '1'))).toBeUndefined()
    expect(merchant.readNotice({ ...headers, 'webhook-id': 'n-2' }, body)).toBeUndefined()
    expect(merchant.readNotice({}, body)).toBeUndefined()
    const old = sign(notice, new Date(Date.now() - 6 * 60_000))
    expect(merchant.readNotice(old.headers, old.body)).toBeUndefined()
    const other = sign(notice, new Date(), `whsec_${randomBytes(32).toString('base64')}`)
    expect(merchant.readNotice(other.headers, other.body)).toBeUndefined()
    const strange = sign({ type: 'order.eaten' })
    expect(merchant.readNotice(strange.headers, strange.body)).toBeUndefined()
    const without = createMerchant({ coreUrl, keyId: key.keyId, secret })
    expect(without.readNotice(headers, body)).toBeUndefined()
    return without.close()
  })
})
