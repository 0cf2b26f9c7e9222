import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Demo } from '@campus-ecode/protocol/demo'
import type { MerchantOrder } from '@campus-ecode/protocol/orders'
import type { Merchant } from '@campus-ecode/terminal'
import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCanteen, type OrderView } from './canteen.ts'
import { menu, priceChoice } from './menu.ts'
import { openOrderBook } from './order-book.ts'
import { createSite } from './site.ts'

const PERSON = '01a2073b-0000-7000-8000-000000000001'
const OTHER = '01a2073b-0000-7000-8000-000000000002'
const noAnswer = { kind: 'unknown', reason: 'NO_ANSWER' } as const

let folder: string
let core: Map<string, MerchantOrder>
let calls: string[]
let isDown: boolean
let site: Hono
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordering-'))
  core = new Map()
  calls = []
  isDown = false
  site = await openSite()
})
afterEach(() => rm(folder, { recursive: true }))

/** As the core answers, in memory. */
const merchant = {
  async createOrder({ orderNo, amountFen, description }) {
    calls.push(`create ${orderNo}`)
    if (isDown) return noAnswer
    const known = core.get(orderNo) ?? {
      ...{ orderId: OTHER, orderNo, status: 'OPEN' as const, description, listFen: amountFen },
      ...{ expiresAt: '', createdAt: '', payment: null },
    }
    core.set(orderNo, known)
    return { kind: 'answered', body: known }
  },
  async getOrder(orderNo) {
    calls.push(`get ${orderNo}`)
    const body = core.get(orderNo)
    return isDown || !body ? noAnswer : { kind: 'answered', body }
  },
  async closeOrder(orderNo) {
    const order = core.get(orderNo)
    if (!order || isDown) return noAnswer
    if (order.status === 'PAID') return { kind: 'refused', code: 'ORDER_ALREADY_PAID' } as never
    order.status = 'CLOSED'
    return { kind: 'answered', body: order }
  },
  async refundOrder({ orderNo, refundNo, amountFen }) {
    calls.push(`refund ${refundNo} ${amountFen}`)
    const { payment } = core.get(orderNo) ?? {}
    if (payment) payment.refundedFen = amountFen
    return noAnswer
  },
  readNotice: (headers, body) =>
    headers['webhook-signature'] === 'right' ? { id: 'n', notice: JSON.parse(body) } : undefined,
} satisfies Partial<Merchant>

async function openSite(): Promise<Hono> {
  const demo = {
    bffUrl: 'http://127.0.0.1:8080',
    school: { id: '1001', secret: 'the-school-secret' },
    people: [{ id: PERSON, cardNo: '2023010417', name: '林知夏', class: 'student', tokens: [] }],
  } as unknown as Demo
  const book = await openOrderBook(join(folder, 'orders.jsonl'))
  return createSite({
    demo,
    canteen: createCanteen(merchant as unknown as Merchant, book),
    keypadOrigin: 'http://127.0.0.1:8088',
    onFault: (error) => {
      throw error
    },
  })
}

function send(path: string, body: unknown, headers: Record<string, string> = {}) {
  return site.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

async function order(dishes: Record<string, number> = { rice: 2 }): Promise<OrderView> {
  const answer = await send('/orders', { person: PERSON, dishes })
  expect(answer.status).toBe(201)
  return answer.json() as Promise<OrderView>
}

const look = async (orderNo: string, person = PERSON) =>
  (await (await site.request(`/orders/${orderNo}?person=${person}`)).json()) as OrderView

function payAtCore(orderNo: string, amountFen: number) {
  const paid = core.get(orderNo)
  if (!paid) throw new Error('no such order')
  paid.status = 'PAID'
  paid.payment = { amountFen, refundedFen: 0 } as MerchantOrder['payment']
}

const notice = (orderNo: string) => ({ type: 'order.paid', data: { orderNo } })
const signed = { 'webhook-signature': 'right' }

describe('ordering', () => {
  it('prices by the menu and by nothing that the page says', async () => {
    expect(priceChoice({ rice: 2, greens: 1, noodles: 0 })).toEqual({
      amountFen: 4200,
      description: '红烧排骨饭×2 清炒时蔬×1',
    })
    expect(priceChoice({})).toBeUndefined()
    expect(priceChoice({ caviar: 1 })).toBeUndefined()
    const all = Object.fromEntries(menu.map(({ id }) => [id, 99]))
    expect(priceChoice(all)?.description.length).toBeLessThanOrEqual(60)
    expect((await send('/orders', { person: PERSON, dishes: { rice: -1 } })).status).toBe(400)
    expect((await send('/orders', { person: PERSON, dishes: {}, amountFen: 1 })).status).toBe(400)
  })

  it('sends one number until it is answered, and knows its orders after a restart', async () => {
    isDown = true
    const unsent = await order()
    expect(unsent).toMatchObject({ status: 'unknown', orderId: null })
    expect(calls).toEqual(Array.from({ length: 3 }, () => `create ${unsent.orderNo}`))
    isDown = false
    const { orderNo } = await order()
    site = await openSite()
    expect(await look(orderNo)).toMatchObject({ status: 'OPEN', orderId: OTHER, amountFen: 3600 })
  })

  it('shows nobody the orders of others', async () => {
    const { orderNo } = await order()
    expect((await site.request(`/orders/${orderNo}?person=${OTHER}`)).status).toBe(404)
    expect((await send(`/orders/${orderNo}/cancel`, { person: OTHER })).status).toBe(404)
    expect(await (await site.request(`/orders?person=${OTHER}`)).json()).toEqual([])
  })

  it('calls paid what the core calls paid, and then asks no more', async () => {
    const { orderNo } = await order()
    payAtCore(orderNo, 3240)
    expect(await look(orderNo)).toMatchObject({ status: 'PAID', paidFen: 3240 })
    const count = calls.length
    await look(orderNo)
    expect(calls).toHaveLength(count)
  })
})

describe('a notice', () => {
  it('is a reason to ask; a forged one is none', async () => {
    const { orderNo } = await order()
    expect((await send('/notices', notice(orderNo), signed)).status).toBe(204)
    expect(await look(orderNo)).toMatchObject({ status: 'OPEN' })
    payAtCore(orderNo, 3240)
    expect((await send('/notices', notice(orderNo))).status).toBe(400)
    expect((await send('/notices', notice(orderNo), signed)).status).toBe(204)
    expect(await look(orderNo)).toMatchObject({ status: 'PAID' })
  })

  it('is to be sent again while the core does not answer, and is taken for orders of nobody', async () => {
    const { orderNo } = await order()
    isDown = true
    expect((await send('/notices', notice(orderNo), signed)).status).toBe(503)
    expect((await send('/notices', notice('other'), signed)).status).toBe(204)
  })
})

describe('cancelling', () => {
  it('closes what is not paid, and returns what was, once', async () => {
    const open = await order()
    const closed = await send(`/orders/${open.orderNo}/cancel`, { person: PERSON })
    expect(await closed.json()).toMatchObject({ status: 'CLOSED' })
    const { orderNo } = await order()
    payAtCore(orderNo, 3240)
    const returned = await send(`/orders/${orderNo}/cancel`, { person: PERSON })
    expect(await returned.json()).toMatchObject({ status: 'REFUNDED', paidFen: 3240 })
    expect(calls.at(-2)).toBe(`refund ${orderNo}-r 3240`)
  })
})

it('serves a page that holds no secret and allows nothing inline', async () => {
  const answer = await site.request('/')
  const page = await answer.text()
  expect(page).toContain('data-person')
  expect(page).not.toMatch(/the-school-secret|2023010417|<style|\sstyle=|<script(?![^>]*\ssrc=)/)
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain(
    "frame-src http://127.0.0.1:8088; img-src 'self' blob:; script-src 'self'",
  )
  expect(policy).not.toContain('unsafe')
})
