import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  signRequest,
  signResponse,
  verifyRequest,
  verifyResponse,
} from '@campus-ecode/protocol/http-signature'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { request } from 'undici'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Fate, type PortGateway, startPortGateway } from './port-gateway.ts'

const key = createSigningKey({
  keyId: 'core-1',
  algorithm: 'hmac-sha256',
  secret: Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url'),
})
const json = { 'content-type': 'application/json' }

let bank: Server
let gateway: PortGateway
let fate: Fate
/** What the bank has acted on. */
let acts: string[]
let told: { isOrder: boolean; fate: string; answer: unknown }[]

beforeEach(async () => {
  acts = []
  told = []
  fate = { kind: 'pass' }
  bank = createServer(async (incoming, outgoing) => {
    let body = ''
    for await (const chunk of incoming) body += chunk
    const { method = '', url: target = '', headers } = incoming
    const origin = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`
    const signed = { method, origin, target, headers, nowMs: Date.now(), findKey: () => key }
    const verified = await verifyRequest({ ...signed, body: body || undefined })
    if (!verified.ok) return outgoing.writeHead(401).end()
    acts.push(`${method} ${target} ${body}`)
    const text = JSON.stringify({ status: 'SUCCEEDED', acts: acts.length })
    const { headers: own } = signResponse({
      status: 200,
      headers: json,
      body: text,
      requestSignature: verified.signature,
      key,
      nowMs: Date.now(),
    })
    return outgoing.writeHead(200, { ...json, ...own }).end(text)
  })
  await new Promise<void>((done) => bank.listen(0, '127.0.0.1', done))
  gateway = await startPortGateway({
    url: `http://127.0.0.1:${(bank.address() as AddressInfo).port}`,
    key,
    decide: () => fate,
    onAnswered: ({ isOrder }, { kind }, answer) => told.push({ isOrder, fate: kind, answer }),
  })
})
afterEach(async () => {
  await gateway.close()
  await new Promise((done) => bank.close(done))
})

/** A core's call; throws when the connection ends without an answer. */
async function call(method: 'GET' | 'POST', target: string, body?: string, nowMs = Date.now()) {
  const headers: Record<string, string> = body === undefined ? {} : json
  const signed = signRequest({ method, origin: gateway.url, target, headers, body, key, nowMs })
  const answer = await request(gateway.url + target, {
    method,
    headers: { ...headers, ...signed.headers },
    body: body ?? null,
  })
  const text = await answer.body.text()
  const verified = await verifyResponse({
    status: answer.statusCode,
    headers: answer.headers,
    body: text,
    requestSignature: signed.signature,
    findKey: () => key,
    nowMs: Date.now(),
  })
  return { status: answer.statusCode, verified: verified.ok, text }
}

it('passes calls on, and answers that verify', async () => {
  const paid = await call('POST', '/v1/debits', '{"a":1}')
  expect(paid).toMatchObject({ status: 200, verified: true })
  expect(JSON.parse(paid.text)).toEqual({ status: 'SUCCEEDED', acts: 1 })
  await call('GET', '/v1/debits/pay-1')
  expect(acts).toEqual(['POST /v1/debits {"a":1}', 'GET /v1/debits/pay-1 '])
  expect(told.map(({ isOrder }) => isOrder)).toEqual([true, false])
})

it('lets a call act whose answer it drops, and tells what was answered', async () => {
  fate = { kind: 'dropped' }
  await expect(call('POST', '/v1/debits', '{}')).rejects.toThrow()
  expect(acts).toHaveLength(1)
  expect(told).toEqual([
    { isOrder: true, fate: 'dropped', answer: { status: 'SUCCEEDED', acts: 1 } },
  ])
})

it('keeps a lost call from acting', async () => {
  fate = { kind: 'lost' }
  await expect(call('POST', '/v1/debits', '{}')).rejects.toThrow()
  expect([acts, told]).toEqual([[], []])
})

it('makes a call twice and answers once', async () => {
  fate = { kind: 'twice' }
  const { text } = await call('POST', '/v1/debits/pay-1/refunds', '{}')
  expect(JSON.parse(text)).toMatchObject({ acts: 2 })
  expect(told).toHaveLength(1)
})

it('turns away, as the system would, a core whose clock is off', async () => {
  const { status, verified } = await call('POST', '/v1/debits', '{}', Date.now() + 120_000)
  expect([status, verified, acts]).toEqual([401, false, []])
})

it('refuses connections while it is away, and is back at the same address', async () => {
  const back = gateway.goAway(150)
  await expect(call('GET', '/v1/debits/pay-1')).rejects.toThrow('ECONNREFUSED')
  await back
  expect(await call('GET', '/v1/debits/pay-1')).toMatchObject({ status: 200 })
})
