import { randomUUID } from 'node:crypto'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { CashierOrder, MerchantOrder } from '@campus-ecode/protocol/orders'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CoreClient } from './core-client.ts'
import { NoticeReceiver } from './notice-receiver.ts'
import { Office } from './office.ts'
import { passOrderTime } from './pass-time.ts'
import { findPerson, takePeople } from './people.ts'
import { PersonClient } from './person-client.ts'
import { browser } from './stage.ts'
import { readDemo } from './system.ts'
import { demo, sandbox, system } from './wallet-stage.ts'

const NAME = '罗一鸣'
takePeople([NAME], system)

const PASSWORD = '628419'
const SHOP = '校园书店'

// A merchant's server, a person at its page, and the core between them.
describe('an online order (R38)', () => {
  let person: PersonClient
  let receiver: NoticeReceiver
  let core: CoreClient
  beforeAll(async () => {
    receiver = await NoticeReceiver.open()
    const online = { name: '网上书店', kind: 'online' as const, notifyUrl: receiver.url }
    const merchants = [{ key: 'books', name: SHOP, terminals: [online] }]
    await new Office(system).importCampus({ merchants })
    const shop = readDemo(system.dataDir).terminals.find(({ name }) => name === online.name)
    if (!shop?.webhookSecret) throw new Error('the shop was given no secret')
    receiver.secret = shop.webhookSecret
    core = new CoreClient(system.coreUrl, shop)
    person = await PersonClient.open(NAME, { system, demo, browser })
    await person.setPaymentPassword(PASSWORD, sandbox)
  })
  afterAll(() => receiver?.close())

  async function callShop<T>(method: string, path: string, body?: unknown) {
    const answer = await core.call(method, path, body)
    return { status: answer.status, body: (await answer.json()) as T & { code?: string } }
  }

  async function create(amountFen = 1_000): Promise<MerchantOrder> {
    const body = {
      orderNo: randomUUID(),
      amountFen,
      description: '《校园植物》',
      expiresInSeconds: 900,
    }
    const created = await callShop<MerchantOrder>('POST', '/v1/orders', body)
    expect(created.status).toBe(201)
    return created.body
  }

  const look = async (orderNo: string) =>
    (await callShop<MerchantOrder>('GET', `/v1/orders/${orderNo}`)).body
  const pay = (orderId: string) =>
    person.ask<BillEntry & { code?: string }>('POST', `/orders/${orderId}/payments`, {
      ...{ paymentNo: randomUUID(), account: 'wallet' },
    })

  it('is created, paid, told of with a signature, and returned', async () => {
    const { orderId, orderNo } = await create()
    expect(await person.read<CashierOrder>(`/orders/${orderId}`)).toMatchObject({
      ...{ merchantName: SHOP, description: '《校园植物》', amountFen: 1_000, status: 'OPEN' },
    })
    const paid = await pay(orderId)
    expect([paid.status, paid.body.status]).toEqual([200, 'PAID'])
    const [told] = await receiver.waitFor(orderNo, 1)
    expect(told).toMatchObject({
      isGenuine: true,
      notice: { type: 'order.paid', data: { orderId, orderNo, amountFen: 1_000 } },
    })
    expect(await look(orderNo)).toMatchObject({ status: 'PAID', payment: { orderNo } })

    const refund = { refundNo: 'r-1', amountFen: 400 }
    const returned = await callShop('POST', `/v1/orders/${orderNo}/refunds`, refund)
    expect(returned).toMatchObject({ status: 200, body: { status: 'REFUNDED' } })
    const [, second] = await receiver.waitFor(orderNo, 2)
    expect(second).toMatchObject({
      isGenuine: true,
      notice: { type: 'order.refunded', data: { amountFen: 400, refundNo: 'r-1' } },
    })
  })

  it('waits for the password where it is dear, and stays open when nothing comes of it (R23)', async () => {
    const limits = { singleFen: 30_000, dailyFen: 100_000 }
    const raised = await person.approve({ kind: 'raise_limits', ...limits }, PASSWORD)
    await person.ask('PUT', '/wallet/limits', { ...limits, approvalId: raised })
    const { orderId, orderNo } = await create(25_000)
    const waiting = await pay(orderId)
    expect([waiting.status, waiting.body.status]).toEqual([202, 'AWAITING_PASSWORD'])
    const first = waiting.body.paymentId
    await person.ask('POST', `/payments/${first}/decline`)
    expect((await look(orderNo)).status).toBe('OPEN')
    const { body } = await pay(orderId)
    const { paymentId } = body
    const approvalId = await person.approve({ kind: 'pay', paymentId }, PASSWORD)
    const confirmed = await person.ask<BillEntry>('POST', `/payments/${paymentId}/confirm`, {
      approvalId,
    })
    expect(confirmed.body).toMatchObject({ status: 'PAID', orderNo })
    await receiver.waitFor(orderNo, 1)
  })

  it('is told again when the notice was lost, under the same id', async () => {
    receiver.losing = 1
    const { orderId, orderNo } = await create(100)
    await pay(orderId)
    const heard = await receiver.waitFor(orderNo, 2)
    expect(new Set(heard.map(({ id }) => id)).size).toBe(1)
    expect(heard.every(({ isGenuine }) => isGenuine)).toBe(true)
  })

  it('ends when the shop closes it, or its time is over', async () => {
    const [closed, late] = [await create(), await create()]
    const answer = await callShop<MerchantOrder>('POST', `/v1/orders/${closed.orderNo}/close`, {})
    expect(answer.body.status).toBe('CLOSED')
    await passOrderTime(system.dataDir, late.orderNo)
    for (const { orderId, orderNo } of [closed, late]) {
      expect((await pay(orderId)).body.code).toBe('ORDER_CLOSED')
      const [told] = await receiver.waitFor(orderNo, 1)
      expect(told).toMatchObject({ isGenuine: true, notice: { type: 'order.closed' } })
    }
  })

  it('is what examples/ordering makes, which hears of it and gives the money back', async () => {
    const { id } = findPerson(demo, NAME)
    const send = (path: string, body: unknown) =>
      fetch(`${system.orderingUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const ordered = await send('/orders', { person: id, dishes: { greens: 1 } })
    const { orderNo, orderId } = (await ordered.json()) as { orderNo: string; orderId: string }
    const paid = await pay(orderId)
    expect(paid.body).toMatchObject({ status: 'PAID', merchantName: '校园订餐' })
    const state = async () => {
      const answer = await fetch(`${system.orderingUrl}/orders/${orderNo}?person=${id}`)
      return ((await answer.json()) as { status: string }).status
    }
    expect(await state()).toBe('PAID')
    const forged = await send('/notices', { type: 'order.paid', data: { orderNo } })
    expect(forged.status).toBe(400)
    await send(`/orders/${orderNo}/cancel`, { person: id })
    expect(await state()).toBe('REFUNDED')
  })
})
