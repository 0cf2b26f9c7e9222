// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PayOutcome } from './ecode.ts'
import type { Engine } from './engine/engine.ts'
import { makeModel } from './gallery/fixtures.ts'
import { makeStillChunks } from './gallery/still-chunks.ts'
import type { makeWaysModel } from './gallery/ways-fixtures.ts'
import { openCashier } from './open-cashier.tsx'
import type { ECodeOptions } from './options.ts'
import type { WidgetContext } from './widget-part.ts'

const options: ECodeOptions = {
  school: '1001',
  subject: 'p',
  session: async () => ({ token: 't', expiresAt: '' }),
}
let settle: {
  resolve(outcome: PayOutcome): void
  reject(problem: unknown): void
  onLeave(): void
}[]
let leave: ReturnType<typeof vi.fn>
let engine: Engine
let connect: ReturnType<typeof vi.fn>
let context: WidgetContext

beforeEach(() => {
  settle = []
  const model = makeModel({})
  const ways = model.ways.value as ReturnType<typeof makeWaysModel>
  ways.openCashier = (_, onLeave) =>
    new Promise((resolve, reject) => {
      settle.push({ resolve, reject, onLeave })
    })
  leave = vi.fn(async () => settle.at(-1)?.resolve({ status: 'cancelled', paymentId: null }))
  ways.leaveCashier = leave as never
  connect = vi.fn()
  engine = { model, open: async () => {}, complete() {}, connect } as unknown as Engine
  const still = makeStillChunks()
  context = {
    nonce: '',
    style: () => '',
    async part(name: string) {
      if (name === 'more') return { more: await still.more(), css: '' }
      if (name === 'wallet' || name === 'ways') return { screens: await still.open(name), css: '' }
      return still.part(name as never)
    },
  } as unknown as WidgetContext
})
afterEach(() => {
  document.body.innerHTML = ''
})

const pay = (order: unknown) => openCashier({ order: order as string }, context, engine, options)
const dialogs = () => [...document.querySelectorAll('dialog')]
const shown = () => dialogs()[0]?.querySelector('[data-cashier]')?.shadowRoot?.textContent ?? ''

describe('the cashier over a page (R38)', () => {
  it('stands in a dialog of its own, and is gone once left', async () => {
    const outcome = pay('o1')
    await expect.poll(() => shown()).toContain('午餐预订')
    expect(connect).toHaveBeenCalled()
    settle[0]?.resolve({ status: 'paid', paymentId: 'p1' })
    expect(await outcome).toEqual({ status: 'paid', paymentId: 'p1' })
    expect(dialogs()).toEqual([])
  })

  it('is out of the way at once, though it takes a while to know how the order stands', async () => {
    const outcome = pay('o1')
    await expect.poll(() => settle).toHaveLength(1)
    settle[0]?.onLeave()
    expect(dialogs()).toEqual([])
    settle[0]?.resolve({ status: 'pending', paymentId: 'p1' })
    expect(await outcome).toEqual({ status: 'pending', paymentId: 'p1' })
  })

  it('ends when the person signs out, and its promise settles', async () => {
    const outcome = pay('o1')
    await expect.poll(() => settle).toHaveLength(1)
    const session = engine.model.session as { value: unknown }
    session.value = { kind: 'signed_out' }
    expect(await outcome).toMatchObject({ status: 'cancelled' })
    expect(dialogs()).toEqual([])
  })

  it('asked again for the same order, there is one', async () => {
    const first = pay('o1')
    expect(pay('o1')).toBe(first)
    await expect.poll(() => settle).toHaveLength(1)
    expect(dialogs()).toHaveLength(1)
    settle[0]?.resolve({ status: 'cancelled', paymentId: null })
    await first
  })

  it('another order takes its place, and the first one is told how it stood', async () => {
    const first = pay('o1')
    await expect.poll(() => settle).toHaveLength(1)
    const second = pay('o2')
    expect(await first).toEqual({ status: 'cancelled', paymentId: null })
    expect(leave).toHaveBeenCalled()
    await expect.poll(() => settle).toHaveLength(2)
    expect(dialogs()).toHaveLength(1)
    settle[1]?.resolve({ status: 'paid', paymentId: 'p2' })
    expect(await second).toMatchObject({ status: 'paid' })
  })

  it('an order that is not there is the host’s to hear of, and the next works', async () => {
    const outcome = pay('o1')
    await expect.poll(() => settle).toHaveLength(1)
    settle[0]?.reject({ code: 'ORDER_NOT_FOUND', message: 'no' })
    await expect(outcome).rejects.toMatchObject({ code: 'ORDER_NOT_FOUND' })
    expect(dialogs()).toEqual([])
    const next = pay('o2')
    await expect.poll(() => settle).toHaveLength(2)
    settle[1]?.resolve({ status: 'closed', paymentId: null })
    expect(await next).toMatchObject({ status: 'closed' })
  })

  it.each([undefined, '', 7])('%j is no order', async (order) => {
    await expect(pay(order)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' })
    expect(dialogs()).toEqual([])
  })

  it.each([{ order: 'o1', payment: 'p1' }, { payment: 7 }, {}, undefined])(
    '%j says not what is to be paid',
    async (request) => {
      const paying = openCashier(request as never, context, engine, options)
      await expect(paying).rejects.toMatchObject({ code: 'OPTIONS_INVALID' })
    },
  )

  it('an order and a payment of the same id are two things', async () => {
    const first = pay('1')
    await vi.waitFor(() => expect(settle).toHaveLength(1))
    const second = openCashier({ payment: '1' }, context, engine, options)
    expect(await first).toMatchObject({ status: 'cancelled' })
    await vi.waitFor(() => expect(settle).toHaveLength(2))
    settle[1]?.resolve({ status: 'paid', paymentId: '1' })
    expect(await second).toMatchObject({ status: 'paid' })
  })

  it('a part that does not come leaves nothing on the page', async () => {
    const { part } = context
    context.part = ((name: string) =>
      name === 'ways' ? Promise.reject(new Error('404')) : part(name as never)) as never
    await expect(pay('o1')).rejects.toThrow('404')
    expect(dialogs()).toEqual([])
  })
})
