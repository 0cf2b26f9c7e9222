import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { orderNoticeSchema } from '@campus-ecode/protocol/orders'
import { Webhook } from 'standardwebhooks'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { type AllowedNetworks, parseNetworks } from './allowed-address.ts'
import { createCourier } from './deliver.ts'
import { giveEndpoint } from './give-endpoint.ts'
import { claimDueWebhooks, insertWebhook, removeEndpoint } from './store.ts'
import { deliverDueWebhooks, startWebhookWorker } from './worker.ts'

interface Received {
  headers: IncomingMessage['headers']
  body: string
}

const LOOPBACK = parseNetworks('127.0.0.0/8,::1/128')
let core: HttpCore
let server: Server
let origin: string
let received: Received[]
let answer: (url: string) => { status: number; location?: string } | 'silence'
beforeAll(async () => {
  core = await createHttpCore()
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    received.push({ headers: request.headers, body })
    const reply = answer(request.url ?? '')
    if (reply === 'silence') return
    response.writeHead(reply.status, reply.location ? { location: reply.location } : {})
    response.end('a secret answer')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await core.close()
})
beforeEach(async () => {
  received = []
  answer = () => ({ status: 204 })
  core.logged.length = 0
  await core.db.pool.query('delete from webhooks')
})

async function addEndpoint(url = `${origin}/notices`) {
  const endpointId = v7()
  const endpoint = { schoolId: SCHOOL, endpointId, url }
  const secret = await inTransaction(core.db.pool, (tx) =>
    giveEndpoint(tx, core.services.keys, endpoint, undefined),
  )
  return { endpointId, secret: secret ?? '' }
}

async function tell(endpointId: string): Promise<string> {
  const webhookId = v7()
  const data = { schoolId: SCHOOL, orderId: v7(), orderNo: 'n', amountFen: 5, refundNo: null }
  await inTransaction(core.db.pool, (tx) =>
    insertWebhook(tx, { schoolId: SCHOOL, webhookId, endpointId, type: 'order.paid', data }),
  )
  return webhookId
}

async function deliver(networks: AllowedNetworks = LOOPBACK): Promise<void> {
  const courier = createCourier(core.services, networks)
  await deliverDueWebhooks(core.services, courier)
  await courier.close()
}

async function stateOf(webhookId: string) {
  const { rows } = await core.db.pool.query(
    `select attempt_count, delivered_at is not null as delivered, failure,
            extract(epoch from next_attempt_at - now())::float8 as wait_seconds
       from webhooks where webhook_id = $1`,
    [webhookId],
  )
  return rows[0]
}

const makeDue = () =>
  core.db.pool.query('update webhooks set next_attempt_at = now() where delivered_at is null')

it('is delivered in Standard Webhooks form, under the id of what happened', async () => {
  const { endpointId, secret } = await addEndpoint()
  const webhookId = await tell(endpointId)
  await deliver()
  const [{ headers, body } = { headers: {}, body: '' }] = received
  expect(headers['webhook-id']).toBe(webhookId)
  const given = Object.fromEntries(Object.entries(headers).map(([name, v]) => [name, String(v)]))
  const notice = orderNoticeSchema.parse(new Webhook(secret).verify(body, given))
  expect(notice).toMatchObject({ type: 'order.paid', data: { orderNo: 'n', amountFen: 5 } })
  expect(() => new Webhook(secret).verify(body.replace('5', '6'), given)).toThrow()
  expect(await stateOf(webhookId)).toMatchObject({ delivered: true, wait_seconds: null })
})

it('is sent again after a refusal, ever later, with the same id and content, and given up after a day', async () => {
  const { endpointId } = await addEndpoint()
  const webhookId = await tell(endpointId)
  answer = () => ({ status: 500 })
  const waits: number[] = []
  for (let attempt = 1; attempt <= 11; attempt++) {
    await deliver()
    const { attempt_count: count, failure, wait_seconds: wait } = await stateOf(webhookId)
    expect([count, failure]).toEqual([attempt, 'answered 500'])
    if (wait === null) break
    waits.push(wait)
    await makeDue()
  }
  expect(waits).toHaveLength(10)
  expect(waits.every((wait, at) => at === 0 || wait >= (waits[at - 1] ?? 0) * 0.9)).toBe(true)
  const inAll = waits.reduce((sum, wait) => sum + wait, 0)
  expect(inAll).toBeGreaterThan(20 * 3_600)
  expect(inAll).toBeLessThan(32 * 3_600)
  expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set([webhookId]),
  )
  expect(new Set(received.map(({ body }) => body)).size).toBe(1)
  await deliver()
  expect(received).toHaveLength(11)
})

it('that cannot be written waits as one that is refused, so that an outage of ours costs it no day', async () => {
  const { endpointId } = await addEndpoint()
  const webhookId = await tell(endpointId)
  const keys = { ...core.services.keys, open: () => Promise.reject(new Error('the keys are away')) }
  const courier = createCourier({ ...core.services, keys }, LOOPBACK)
  for (const [attempt, waitSeconds] of [
    [1, 5],
    [2, 30],
    [3, 120],
  ] as const) {
    await deliverDueWebhooks(core.services, courier)
    const state = await stateOf(webhookId)
    expect(state).toMatchObject({ attempt_count: attempt, failure: 'not sent' })
    expect(state.wait_seconds).toBeGreaterThan(waitSeconds - 3)
    expect(state.wait_seconds).toBeLessThan(waitSeconds * 1.2)
    await makeDue()
  }
  await courier.close()
  await deliver()
  expect(await stateOf(webhookId)).toMatchObject({ delivered: true })
})

it('follows no redirect', async () => {
  const { endpointId } = await addEndpoint()
  const webhookId = await tell(endpointId)
  answer = (url) =>
    url === '/notices' ? { status: 307, location: `${origin}/elsewhere` } : { status: 200 }
  await deliver()
  expect(received).toHaveLength(1)
  expect(await stateOf(webhookId)).toMatchObject({ delivered: false, failure: 'answered 307' })
})

it('goes to no address of ours, by number or by name, unless its network is allowed', async () => {
  for (const url of [`${origin}/notices`, `http://localhost:${new URL(origin).port}/notices`]) {
    const webhookId = await tell((await addEndpoint(url)).endpointId)
    await deliver([])
    expect(await stateOf(webhookId)).toMatchObject({ failure: 'address not allowed' })
    expect(received).toEqual([])
    await makeDue()
    await deliver(LOOPBACK)
    expect(received).toHaveLength(1)
    received = []
  }
})

it('is told to a server that is down once it is back', async () => {
  const { endpointId } = await addEndpoint('http://127.0.0.1:1/notices')
  const webhookId = await tell(endpointId)
  await deliver()
  expect(await stateOf(webhookId)).toMatchObject({ delivered: false, failure: 'ECONNREFUSED' })
})

it('writes nothing for who has no address, and gives up what waits for one that is gone', async () => {
  const nobody = await tell(v7())
  expect(await stateOf(nobody)).toBeUndefined()
  const { endpointId } = await addEndpoint()
  const webhookId = await tell(endpointId)
  await inTransaction(core.db.pool, (tx) => removeEndpoint(tx, SCHOOL, endpointId))
  await deliver()
  expect(await stateOf(webhookId)).toMatchObject({ failure: 'no address', wait_seconds: null })
})

it('keeps the secret that was given out, and makes another when asked with a wrong one', async () => {
  const { endpointId, secret } = await addEndpoint()
  const give = (url: string | undefined, known?: string) =>
    inTransaction(core.db.pool, (tx) =>
      giveEndpoint(tx, core.services.keys, { schoolId: SCHOOL, endpointId, url }, known),
    )
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(await give('https://new.example/', secret)).toBe(secret)
  const other = await give('https://new.example/', 'whsec_wrong')
  expect(other).not.toBe(secret)
  expect(await give(undefined, other)).toBeUndefined()
})

it('a slow server keeps no other waiting, is asked few things at once, and nothing of it is logged', async () => {
  const [slow, quick] = [await addEndpoint(`${origin}/slow`), await addEndpoint()]
  answer = (url) => (url === '/slow' ? 'silence' : { status: 200 })
  for (let count = 0; count < 12; count++) await tell(slow.endpointId)
  const worker = startWebhookWorker(core.services, LOOPBACK)
  try {
    await until(() => received.length >= 4)
    const webhookId = await tell(quick.endpointId)
    await until(async () => (await stateOf(webhookId)).delivered)
    expect(received).toHaveLength(5)
  } finally {
    await worker.stop()
  }
  const log = core.logged.join('')
  for (const secret of ['order.paid', 'a secret answer', origin, slow.secret]) {
    expect(log).not.toContain(secret)
  }
})

it('many servers that never answer do not always come before another', async () => {
  const [perEndpoint, atOnce] = [4, 32]
  for (let count = 0; count <= atOnce / perEndpoint; count++) {
    const { endpointId } = await addEndpoint()
    for (let due = 0; due < perEndpoint; due++) await tell(endpointId)
  }
  const passedOver = new Set<string>()
  for (let round = 0; round < 30; round++) {
    await makeDue()
    await claimDueWebhooks(core.db.pool, [], perEndpoint, atOnce)
    const { rows } = await core.db.pool.query(
      'select distinct endpoint_id as id from webhooks where next_attempt_at <= now()',
    )
    expect(rows).toHaveLength(1)
    passedOver.add(rows[0].id)
  }
  expect(passedOver.size).toBeGreaterThan(1)
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let time = 0; !(await isSo()); time++) {
    if (time > 200) throw new Error('it does not come')
    await sleep(50)
  }
}
