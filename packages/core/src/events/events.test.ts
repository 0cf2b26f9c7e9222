import { setTimeout as sleep } from 'node:timers/promises'
import type { EventPage } from '@campus-ecode/protocol/events'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createEventBell } from './event-bell.ts'
import { insertEvent } from './insert-event.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(() => core.close())

async function feed(query: Record<string, string> = {}): Promise<EventPage> {
  await core.settleEvents()
  return feedNow(query)
}

async function feedNow(query: Record<string, string>): Promise<EventPage> {
  return (await core.call('getEventFeed', { query })).body
}

async function personEvents(personId: string, after?: string) {
  await core.settleEvents()
  const query = after === undefined ? {} : { query: { after } }
  return (await core.call('getEvents', { params: { personId }, ...query })).body
}

async function pay(personId: string, amountFen: number, orderNo = v7()) {
  const code = await core.issueCode(personId)
  return core.call('pay', { body: { orderNo, amountFen, code } })
}

const claim = (personId: string) =>
  core.call('claimCard', { params: { personId }, body: { consent: true } })

describe('the event feed', () => {
  it('begins at the present, then tells everything once and in order, whoever asks', async () => {
    const { cursor } = await feed()
    const [one, two] = [await core.addPerson({ cardStatus: 'unclaimed' }), await core.addPerson()]
    await claim(one.personId)
    await pay(two.personId, 100)
    const page = await feed({ after: cursor })
    expect(page.events).toMatchObject([
      { schoolId: '1001', personId: one.personId, data: { type: 'card', status: 'active' } },
      { schoolId: '1001', personId: two.personId, data: { type: 'payment' } },
    ])
    expect(await feed({ after: cursor })).toEqual(page)
    expect((await feed({ after: page.cursor })).events).toEqual([])
    expect((await feed({ after: page.events[0]?.cursor ?? '' })).events).toEqual([page.events[1]])
  })

  it('tells what became of a scan: the code, the account, the entry, the refusal (R22)', async () => {
    const { personId } = await core.addPerson({ walletFen: 150 })
    const { cursor } = await feed()
    const { body: issued } = await core.call('issueCode', {
      params: { personId },
      body: { account: 'wallet' },
    })
    const order = { orderNo: v7(), amountFen: 100, code: issued.code }
    await core.call('pay', { body: order })
    await core.call('pay', { body: { ...order, orderNo: v7() } })
    await pay(personId, 100)
    const [paid, used, poor] = (await feed({ after: cursor })).events.map(({ data }) => data)
    expect(paid).toMatchObject({
      codeId: issued.codeId,
      deviceId: null,
      account: 'wallet',
      entry: { status: 'PAID', amountFen: 100, merchantName: '第一食堂', orderNo: order.orderNo },
    })
    expect(used).toMatchObject({
      codeId: issued.codeId,
      entry: { status: 'REFUSED', refusal: { code: 'CODE_USED' } },
    })
    expect(poor).toMatchObject({
      entry: { status: 'REFUSED', refusal: { code: 'INSUFFICIENT_FUNDS' } },
    })
    expect(JSON.stringify(await feed({ after: cursor }))).not.toContain(issued.code)
  })

  it('tells refunds and reversals', async () => {
    const { personId } = await core.addPerson()
    await pay(personId, 100, 'events-1')
    await pay(personId, 100, 'events-2')
    const { cursor } = await feed()
    const body = { refundNo: 'r', amountFen: 40 }
    await core.call('refund', { params: { orderNo: 'events-1' }, body })
    await core.reverse('events-2')
    expect((await feed({ after: cursor })).events.map(({ data }) => data)).toMatchObject([
      { type: 'payment', entry: { kind: 'refund', amountFen: 40, status: 'REFUNDED' } },
      { type: 'payment', entry: { kind: 'payment', status: 'REVERSED', orderNo: 'events-2' } },
    ])
  })

  it('answers as soon as something happens, also something that another process did', async () => {
    const { personId } = await core.addPerson({ cardStatus: 'unclaimed' })
    const { cursor } = await feed()
    const waiting = feed({ after: cursor, waitSeconds: '20' })
    await sleep(250)
    const startedAt = Date.now()
    await claim(personId)
    expect((await waiting).events).toHaveLength(1)
    // Much less than it would wait otherwise; other tests' transactions hold events back.
    expect(Date.now() - startedAt).toBeLessThan(10_000)

    const { cursor: next } = await feed()
    const silent = feed({ after: next, waitSeconds: '20' })
    await inTransaction(core.services.db.pool, (tx) =>
      insertEvent(tx, {
        schoolId: '1001',
        personId,
        eventId: v7(),
        kind: 'card',
        from: 'locked',
        to: 'active',
      }),
    )
    expect((await silent).events).toHaveLength(1)
  })

  it('answers empty, with the same cursor, when nothing happens in time', async () => {
    const { cursor } = await feed()
    const startedAt = Date.now()
    expect(await feed({ after: cursor, waitSeconds: '1' })).toEqual({ events: [], cursor })
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1_000)
    const query = { after: cursor, waitSeconds: '26' }
    expect(await core.refused('getEventFeed', { query })).toBe('BAD_REQUEST')
  })

  it('passes over no event of a transaction that commits late', async () => {
    const { personId } = await core.addPerson({ cardStatus: 'unclaimed' })
    const { cursor } = await feed()
    const event = (label: string) => ({
      schoolId: '1001',
      personId,
      eventId: v7(),
      kind: 'device' as const,
      deviceId: v7(),
      change: 'enrolled' as const,
      label,
    })
    const labels = (page: EventPage) =>
      page.events.map(({ data }) => (data.type === 'device' ? data.label : data.type))
    let seen: EventPage | undefined
    await inTransaction(core.services.db.pool, async (slow) => {
      await insertEvent(slow, event('slow'))
      await inTransaction(core.services.db.pool, (tx) => insertEvent(tx, event('fast')))
      seen = await feedNow({ after: cursor })
    })
    expect(seen && labels(seen)).toEqual([])
    expect(labels(await feed({ after: seen?.cursor ?? '' }))).toEqual(['slow', 'fast'])
  })

  it('starts at the present for a cursor of another life of the database', async () => {
    const page = await feed({ after: `9000000000000000000.${v7()}` })
    expect(page.events).toEqual([])
    expect(Number(page.cursor.split('.')[0])).toBeLessThan(9e18)
  })

  it('goes on past an event that is about nothing', async () => {
    const { personId } = await core.addPerson({ cardStatus: 'unclaimed' })
    const { cursor } = await feed()
    await inTransaction(core.services.db.pool, (tx) =>
      insertEvent(tx, {
        schoolId: '1001',
        personId,
        eventId: v7(),
        kind: 'payment',
        paymentId: v7(),
      }),
    )
    await claim(personId)
    expect((await feed({ after: cursor })).events).toMatchObject([{ data: { type: 'card' } }])
    expect(core.logged.join('')).toContain('an event is about nothing')
  })
})

describe('a person’s events', () => {
  it('are their own, by the same cursors', async () => {
    const [one, two] = [await core.addPerson(), await core.addPerson()]
    const { cursor } = await personEvents(one.personId)
    await pay(two.personId, 100)
    await pay(one.personId, 100)
    const page = await personEvents(one.personId, cursor)
    expect(page.events).toHaveLength(1)
    expect(page.events[0].data.entry.amountFen).toBe(100)
    expect((await personEvents(one.personId, page.cursor)).events).toEqual([])
    const everybody = await feed({ after: cursor })
    expect(everybody.events.at(-1)?.cursor).toBe(page.cursor)
  })
})

describe('the event bell', () => {
  it('wakes all who wait, and lets nobody wait when the process stops', async () => {
    const bell = createEventBell()
    const waiting = [bell.wait(10_000), bell.wait(10_000)]
    bell.ring()
    expect(await Promise.all(waiting)).toEqual([true, true])
    expect(await bell.wait(5)).toBe(true)
    const last = bell.wait(10_000)
    bell.stop()
    expect(await last).toBe(false)
    expect(await bell.wait(10_000)).toBe(false)
  })
})
