import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type PersonWebhook, personWebhookSchema } from '@campus-ecode/protocol/person-webhooks'
import { Webhook } from 'standardwebhooks'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { deletePerson } from '../erasure/delete-person.ts'
import { insertEvent } from '../events/insert-event.ts'
import { createOnlineTerminal } from '../orders/testing/online-terminal.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { parseNetworks } from './allowed-address.ts'
import { createCourier } from './deliver.ts'
import { type DeliveryState, listDeliveries, replayWebhooks } from './deliveries.ts'
import {
  readSchoolEndpoint,
  rotateWebhookSecret,
  schoolEndpointId,
  setSchoolEndpoint,
} from './school-endpoint.ts'
import { tellSchools } from './tell-school.ts'
import { deliverDueWebhooks, startWebhookWorker } from './worker.ts'

interface Received {
  headers: Record<string, string>
  body: string
}

const ENDPOINT = { schoolId: SCHOOL, endpointId: schoolEndpointId(SCHOOL) }
let core: HttpCore
let server: Server
let url: string
let received: Received[]
let status: number
beforeAll(async () => {
  core = await createHttpCore()
  server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
    received.push({ headers: Object.fromEntries(headers), body })
    response.writeHead(status).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await core.close()
})
beforeEach(async () => {
  received = []
  status = 204
  await setEndpoint(undefined)
  await core.db.pool.query('delete from webhooks')
  await setEndpoint(url)
})

const setEndpoint = (to: string | undefined) =>
  inTransaction(core.db.pool, (tx) => setSchoolEndpoint(tx, core.services.keys, SCHOOL, to))

/** As the worker does it, until nothing is left to do. */
async function tell(): Promise<void> {
  await core.settleEvents()
  await tellSchools(core.services)
  const courier = createCourier(core.services, parseNetworks('127.0.0.0/8'))
  for (;;) {
    const before = received.length
    await deliverDueWebhooks(core.services, courier)
    if (received.length === before) break
  }
  await courier.close()
}

const news = (): PersonWebhook[] =>
  received
    .map(({ body }) => personWebhookSchema.parse(JSON.parse(body)))
    .sort((one, other) => one.data.sequence - other.data.sequence)
const kinds = () => news().map(({ data }) => data.about.kind)

async function pay(personId: string, amountFen: number, orderNo = v7()) {
  const code = await core.issueCode(personId)
  return (await core.call('pay', { body: { orderNo, amountFen, code } })).body
}
const lock = (personId: string) => core.call('lockCard', { params: { personId } })

describe('a school’s server is told (R41)', () => {
  it('what was paid, undone and returned, in Standard Webhooks form, with the card number it knows', async () => {
    const { personId, cardNo } = await core.addPerson({ personClass: 'student' })
    const { paymentId } = await pay(personId, 1_000, 'told-1')
    await pay(personId, 500, 'told-2')
    await core.reverse('told-2')
    const refund = { params: { orderNo: 'told-1' }, body: { refundNo: 'r', amountFen: 300 } }
    await core.call('refund', refund)
    await tell()
    expect(kinds()).toEqual(['paid', 'paid', 'reversed', 'refund'])
    const [first] = news()
    expect(first).toEqual({
      type: 'person.paid',
      timestamp: expect.any(String),
      data: {
        ...{ schoolId: SCHOOL, personId, cardNo, sequence: 1 },
        about: {
          ...{ kind: 'paid', entryId: paymentId, amountFen: 900 },
          ...{
            means: 'code',
            channel: 'wallet',
            merchantName: '第一食堂',
            terminalName: '3号窗口',
          },
        },
      },
    })
    const { secret } = (await readSchoolEndpoint(core.services, SCHOOL)) ?? { secret: '' }
    for (const { headers, body } of received) {
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
      expect(() => new Webhook(secret).verify(body.replace('1', '2'), headers)).toThrow()
    }
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(4)
  })

  it('whatever makes a notice, without what is the bank’s or the phone’s own', async () => {
    const { personId } = await core.addPerson({ bankCard: true })
    await core.call('setNoticeSettings', {
      params: { personId },
      body: { lowBalanceFen: 9_500 },
    })
    await pay(personId, 600)
    await lock(personId)
    const events = [
      { kind: 'device', deviceId: v7(), change: 'enrolled', label: 'iPhone' },
      { kind: 'wallet', news: { change: 'card_bound', bankName: '建设银行', tail: '1234' } },
      { kind: 'wallet', news: { change: 'wechat', use: 'pay', bound: true } },
      { kind: 'wallet', news: { change: 'wechat', use: 'pay', bound: false } },
    ] as const
    for (const event of events) {
      await inTransaction(core.db.pool, (tx) =>
        insertEvent(tx, { schoolId: SCHOOL, personId, eventId: v7(), ...event }),
      )
    }
    await tell()
    const told = ['paid', 'low_balance', 'card', 'device', 'bank_card', 'wechat', 'wechat']
    expect(kinds()).toEqual(told)
    expect(news().map(({ data }) => data.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(news()[1]?.data.about).toMatchObject({ balanceFen: 9_400, thresholdFen: 9_500 })
    expect(news()[4]?.data.about).toEqual({ kind: 'bank_card', change: 'bound' })
    expect(news()[5]?.data.about).toEqual({ kind: 'wechat', use: 'pay', change: 'bound' })
    expect(news()[6]?.data.about).toEqual({ kind: 'wechat', use: 'pay', change: 'unbound' })
    for (const { body } of received) expect(body).not.toMatch(/1234|建设银行|deviceId/)
  })

  it('of an online order as well as its merchant, each under an id of its own (R38)', async () => {
    const { key, endpointId } = await createOnlineTerminal(core)
    const { personId } = await core.addPerson()
    const content = { amountFen: 800, description: '午餐', expiresInSeconds: 900 }
    const { body: order } = await core.call('createOrder', {
      key,
      body: { orderNo: v7(), ...content },
    })
    const paid = await core.call('payOrder', {
      params: { personId, orderId: order.orderId },
      body: { paymentNo: v7(), account: 'wallet' },
    })
    await pay(personId, 200)
    await tell()
    expect(kinds()).toEqual(['paid', 'paid'])
    // Whoever hears both, by one server, tells them apart by their ids.
    const { rows } = await core.db.pool.query('select webhook_id, endpoint_id from webhooks')
    expect(new Set(rows.map((row) => row.webhook_id)).size).toBe(3)
    expect(rows).toContainEqual({ webhook_id: paid.body.paymentId, endpoint_id: endpointId })
  })

  it('nothing that came to nothing, and nothing twice', async () => {
    const { personId } = await core.addPerson({ walletFen: 100 })
    await pay(personId, 500)
    await pay(personId, 100)
    await tell()
    await tell()
    await Promise.all([tellSchools(core.services), tellSchools(core.services)])
    await tell()
    expect(kinds()).toEqual(['paid'])
  })

  it('from the day on which it has an address, and no more when it has none', async () => {
    await setEndpoint(undefined)
    const { personId } = await core.addPerson()
    await pay(personId, 100)
    await core.settleEvents()
    await setEndpoint(url)
    await lock(personId)
    await tell()
    expect(kinds()).toEqual(['card'])
    await setEndpoint(undefined)
    await core.call('lockCard', { params: { personId: (await core.addPerson()).personId } })
    await tell()
    expect(received).toHaveLength(1)
  })

  it('what a restored database says, though its transactions are counted anew', async () => {
    await core.db.pool.query(`update told_events set tx = '9000000000000000000'`)
    const { personId } = await core.addPerson()
    await pay(personId, 100)
    await tell()
    await lock(personId)
    await tell()
    expect(kinds()).toEqual(['card'])
  })

  it('no number of somebody who was deleted since, also when it is told again (R42)', async () => {
    const { personId } = await core.addPerson({ walletFen: 100 })
    await pay(personId, 100)
    await tell()
    received = []
    await deletePerson(core.services, { schoolId: SCHOOL, personId })
    const span = { from: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) }
    await replayWebhooks(core.services, ENDPOINT, span)
    await tell()
    expect(news().map(({ data }) => [data.about.kind, data.cardNo])).toEqual([['paid', null]])
  })

  it('and no card number lies in the database for it', async () => {
    const { personId, cardNo } = await core.addPerson()
    await pay(personId, 100)
    await tell()
    expect(received[0]?.body).toContain(cardNo)
    const { rows } = await core.db.pool.query('select data::text from webhooks')
    expect(rows).toHaveLength(1)
    expect(rows[0].data).not.toContain(cardNo)
  })
})

it('one school that cannot be told keeps no other waiting', async () => {
  await setEndpoint(undefined)
  // No number, which everything that is locked for it needs.
  const row = ['no number', v7()]
  await core.db.pool.query(
    "insert into told_events (school_id, tx, event_id) values ($1, '0', $2)",
    row,
  )
  await setEndpoint(url)
  const { personId } = await core.addPerson()
  await pay(personId, 100)
  await tell()
  await core.db.pool.query('delete from told_events where school_id = $1', [row[0]])
  expect(kinds()).toEqual(['paid'])
  expect(core.logged.join()).toContain('a school was not told what happened')
})

describe('a dead server', () => {
  it('holds up no payment, and is told later, in the order that its numbers say', async () => {
    status = 500
    const { personId } = await core.addPerson()
    expect((await pay(personId, 100)).status).toBe('PAID')
    await tell()
    expect((await pay(personId, 200)).status).toBe('PAID')
    await tell()
    status = 204
    received = []
    await core.db.pool.query('update webhooks set next_attempt_at = now()')
    await tell()
    expect(news().map(({ data }) => [data.sequence, data.about])).toMatchObject([
      [1, { amountFen: 100 }],
      [2, { amountFen: 200 }],
    ])
  })
})

describe('the secret', () => {
  it('stays when the address moves, and is two for a while when it is changed', async () => {
    const read = () => readSchoolEndpoint(core.services, SCHOOL)
    const before = await read()
    await setEndpoint(`${url}?moved`)
    expect(await read()).toEqual({ url: `${url}?moved`, secret: before?.secret })
    const { personId } = await core.addPerson()
    const verifies = (secret: string | undefined) => {
      const { body, headers } = received.at(-1) ?? { body: '', headers: {} }
      try {
        return new Webhook(secret ?? '').verify(body, headers) !== undefined
      } catch {
        return false
      }
    }
    const next = await rotateWebhookSecret(core.services, SCHOOL, 3_600)
    await pay(personId, 100)
    await tell()
    expect([before?.secret, next].map(verifies)).toEqual([true, true])
    const last = await rotateWebhookSecret(core.services, SCHOOL, 0)
    await pay(personId, 100)
    await tell()
    expect([before?.secret, next, last].map(verifies)).toEqual([false, false, true])
    await setEndpoint(undefined)
    expect(await rotateWebhookSecret(core.services, SCHOOL, 0)).toBeUndefined()
  })
})

describe('what was told', () => {
  const list = async (state?: DeliveryState) =>
    (await listDeliveries(core.db.pool, ENDPOINT, { state, count: 50 })).map((row) => [
      row.type,
      row.state,
    ])

  it('is listed by how it went, newest first and page by page', async () => {
    const { personId } = await core.addPerson()
    await pay(personId, 100)
    await tell()
    status = 500
    await lock(personId)
    await tell()
    expect(await list()).toEqual([
      ['person.card', 'waiting'],
      ['person.paid', 'delivered'],
    ])
    await core.db.pool.query(
      'update webhooks set next_attempt_at = null where delivered_at is null',
    )
    expect(await list('given_up')).toEqual([['person.card', 'given_up']])
    const [newest] = await listDeliveries(core.db.pool, ENDPOINT, { count: 1 })
    expect(newest).toMatchObject({ failure: 'answered 500', attempt_count: 1 })
    const after = { atMicros: newest?.at_micros ?? 0, id: newest?.webhook_id ?? '' }
    const second = await listDeliveries(core.db.pool, ENDPOINT, { after, count: 50 })
    expect(second.map(({ type }) => type)).toEqual(['person.paid'])
  })

  it('is told again by its id or its time: the same content under the same id', async () => {
    const { personId } = await core.addPerson()
    await pay(personId, 100)
    await lock(personId)
    await tell()
    const first = [...received]
    const [newest] = await listDeliveries(core.db.pool, ENDPOINT, { count: 1 })
    const replay = (which: Parameters<typeof replayWebhooks>[2], endpoint = ENDPOINT) =>
      replayWebhooks(core.services, endpoint, which)
    expect(await replay({ webhookId: newest?.webhook_id ?? '' })).toBe(1)
    await tell()
    expect(received).toHaveLength(3)
    const last = received[2]
    const same = first.find(({ headers }) => headers['webhook-id'] === last?.headers['webhook-id'])
    expect(same?.body).toBe(last?.body)

    const from = new Date(Date.now() - 3_600_000)
    const until = new Date(Date.now() + 3_600_000)
    expect(await replay({ from, until })).toBe(2)
    await tell()
    expect(received).toHaveLength(5)
    expect(await replay({ from, until, state: 'given_up' })).toBe(0)
    expect(await replay({ from: until, until: new Date(until.getTime() + 1) })).toBe(0)
    const another = { schoolId: SCHOOL, endpointId: v7() }
    expect(await replay({ webhookId: newest?.webhook_id ?? '' }, another)).toBe(0)
  })
})

it('a running core tells what happens at once, and many things one after the other', async () => {
  const { personId } = await core.addPerson({ walletFen: 10_000 })
  const worker = startWebhookWorker(core.services, parseNetworks('127.0.0.0/8'))
  try {
    await pay(personId, 100)
    await until(() => received.length === 1)
    for (let count = 0; count < 40; count++) {
      await inTransaction(core.db.pool, (tx) =>
        insertEvent(tx, {
          ...{ schoolId: SCHOOL, personId, eventId: v7(), kind: 'card' },
          ...{ from: 'active', to: 'locked' },
        }),
      )
    }
    const startedAt = Date.now()
    await until(() => received.length === 41)
    // Four at a time, twice a second, would take five seconds.
    expect(Date.now() - startedAt).toBeLessThan(4_000)
    expect(news().map(({ data }) => data.sequence)).toEqual(
      Array.from({ length: 41 }, (_, i) => i + 1),
    )
  } finally {
    await worker.stop()
  }
})

async function until(isSo: () => boolean): Promise<void> {
  for (let time = 0; !isSo(); time++) {
    if (time > 200) throw new Error('it does not come')
    await sleep(50)
  }
}
