import type { Demo } from '@campus-ecode/protocol/demo'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Order } from './order-journal.ts'
import { createPos } from './pos.ts'
import { createScriptedTerminal, paid } from './testing/scripted-terminal.ts'

const CODE = '711001120143221573602495'
const CARD = { kind: 'card', value: '3A01F2C7' } as const
const TILL = '01990000-0000-7000-8000-0000000000b1'
const MERCHANT = '01990000-0000-7000-8000-0000000000a1'
const demo: Demo = {
  bffUrl: 'http://127.0.0.1:8080',
  coreUrl: 'http://127.0.0.1:8081',
  demoUrl: 'http://127.0.0.1:8082',
  school: { id: '1001', secret: 'the-school-secret' },
  people: [],
  gates: [],
  merchants: [{ id: MERCHANT, name: '第一食堂' }],
  terminals: [
    {
      id: TILL,
      kind: 'till',
      merchantId: MERCHANT,
      keyId: '1001.t.abcd',
      secret: 'the-terminal-secret',
    },
  ],
}
const self = {
  terminalId: TILL,
  name: '3 号窗口',
  merchant: { id: MERCHANT, name: '第一食堂' },
  school: { id: '1001', name: '云谷大学' },
  serverTime: '2026-09-01T04:03:42.000Z',
}

let kit: ReturnType<typeof createScriptedTerminal>
let opened: object[]
let pos: ReturnType<typeof createPos>

beforeEach(() => {
  kit = createScriptedTerminal()
  kit.script.getTerminal = async () => ({ kind: 'answered', body: self })
  opened = []
  pos = openPos(demo, demo.demoUrl)
})

it('lists what the till’s printed code took (R24)', async () => {
  const body = { payments: [paid('ecm-1', { means: 'collection' })], cursor: '1' }
  kit.script.getIncoming = async () => ({ kind: 'answered', body })
  const answer = await pos.request(`/tills/${TILL}/incoming`)
  expect(await answer.json()).toMatchObject([{ charged: '¥13.50', tail: '000001' }])
  expect((await pos.request('/tills/nobody/incoming')).status).toBe(404)
})

function openPos(current: Demo | undefined, frameOrigin?: string) {
  const orders: Order[] = []
  return createPos({
    readDemo: async () => current,
    openTerminal: (core) => {
      opened.push(core)
      return kit.terminal
    },
    journal: {
      add: async (order) => void orders.push(order),
      list: () => orders,
      find: (_, orderNo) => orders.find((order) => order.orderNo === orderNo),
    },
    frameOrigin,
    onFault: (error) => {
      throw error
    },
  })
}

function post(path: string, body: unknown, type = 'application/json') {
  return pos.request(path, {
    method: 'POST',
    headers: { 'content-type': type },
    body: JSON.stringify(body),
  })
}

describe('the page', () => {
  it('runs under a strict policy that allows WebAssembly and the one page that frames it', async () => {
    const answer = await pos.request('/')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';")
    expect(policy).toContain("connect-src 'self';")
    expect(policy).toContain(`frame-ancestors 'self' ${demo.demoUrl};`)
    expect(policy).not.toContain('inline')
    expect(await answer.text()).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
  })

  it('may be framed by nobody else', async () => {
    pos = openPos(demo)
    const policy = (await pos.request('/')).headers.get('content-security-policy')
    expect(policy).toContain("frame-ancestors 'self';")
  })

  it('gets its barcode reader from here', async () => {
    const wasm = await pos.request('/zxing/reader.wasm')
    expect(wasm.headers.get('content-type')).toBe('application/wasm')
    expect(await WebAssembly.compile(await wasm.arrayBuffer())).toBeDefined()
    const reader = await (await pos.request('/zxing/reader/index.js')).text()
    expect(reader).toContain('"../share.js"')
    expect((await pos.request('/zxing/share.js')).status).toBe(200)
  })
})

describe('tills', () => {
  it('are listed by merchant and name, without their keys', async () => {
    const text = await (await pos.request('/tills')).text()
    expect(JSON.parse(text)).toEqual([{ id: TILL, merchant: '第一食堂', name: '3 号窗口' }])
    expect(text).not.toContain('secret')
  })

  it('are listed by merchant alone while the core is away', async () => {
    kit.script.getTerminal = async () => ({ kind: 'unknown', reason: 'NOT_SENT' })
    expect(await (await pos.request('/tills')).json()).toEqual([
      { id: TILL, merchant: '第一食堂', name: null },
    ])
    expect((await pos.request('/readyz')).status).toBe(503)
  })

  it('are none while the demo is being seeded', async () => {
    pos = openPos(undefined)
    expect(await (await pos.request('/tills')).json()).toEqual([])
    expect((await pos.request('/readyz')).status).toBe(503)
    expect((await pos.request('/healthz')).status).toBe(200)
  })

  it('are ready when the core knows their key', async () => {
    expect((await pos.request('/readyz')).status).toBe(200)
  })
})

describe('cards and faces of the demo', () => {
  it('are listed with their people, and none while there is no demo', async () => {
    const person = { id: TILL, cardNo: '1', name: '林知夏', class: 'student' } as const
    pos = openPos({ ...demo, people: [{ ...person, tokens: [CARD] }] })
    const list = async () => (await pos.request('/demo-tokens')).json()
    expect(await list()).toEqual([{ name: '林知夏', token: CARD }])
    pos = openPos(undefined)
    expect(await list()).toEqual([])
  })
})

describe('orders', () => {
  beforeEach(() => {
    kit.script.payAndSettle = async ({ orderNo }) => ({
      outcome: 'paid',
      orderNo,
      payment: paid(orderNo),
    })
    kit.script.query = async (orderNo) => ({ kind: 'answered', body: paid(orderNo) })
  })

  it('pays the amount in yuan with the code as it was read, with this till’s key', async () => {
    const answer = await post(`/tills/${TILL}/orders`, { amount: '15.00', code: CODE })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ state: 'paid', charged: '¥13.50' })
    expect(kit.calls).toContainEqual([
      'payAndSettle',
      expect.objectContaining({ amountFen: 1500, code: CODE }),
    ])
    expect(opened).toEqual([
      { coreUrl: demo.coreUrl, keyId: '1001.t.abcd', secret: 'the-terminal-secret' },
    ])
  })

  it('pays by a card or face as it was read (R29), and keeps it out of the journal', async () => {
    for (const kind of ['card', 'face']) {
      const token = { kind, value: '3A01F2C7' }
      const answer = await post(`/tills/${TILL}/orders`, { amount: '15.00', token })
      expect(answer.status).toBe(200)
      expect(kit.calls.at(-1)).toEqual(['payAndSettle', expect.objectContaining({ token })])
      expect(kit.calls.at(-1)?.[1]).not.toHaveProperty('code')
    }
    expect(await (await pos.request(`/tills/${TILL}/orders`)).text()).not.toContain('3A01F2C7')
  })

  it.each(['0', '-1', '1e3', '12.345', '１２', '100000.01', ''])(
    'refuses the amount "%s" and sends nothing',
    async (amount) => {
      const answer = await post(`/tills/${TILL}/orders`, { amount, code: CODE })
      expect(answer.status).toBe(422)
      expect(await answer.json()).toMatchObject({ error: 'AMOUNT_INVALID' })
      expect(kit.calls).toEqual([])
    },
  )

  it.each([
    ['no code', { amount: '15' }, 'application/json', 400],
    ['a code and a card', { amount: '15', code: CODE, token: CARD }, 'application/json', 400],
    ['a card of no form', { amount: '15', token: { kind: 'card' } }, 'application/json', 400],
    ['a number for an amount', { amount: 15, code: CODE }, 'application/json', 400],
    ['more than was asked', { amount: '15', code: CODE, orderNo: 'x' }, 'application/json', 400],
    ['a form of another site', { amount: '15', code: CODE }, 'text/plain', 415],
    ['too much', { amount: '15', code: 'x'.repeat(3_000) }, 'application/json', 413],
  ])('refuses %s and sends nothing', async (_what, body, type, status) => {
    expect((await post(`/tills/${TILL}/orders`, body, type)).status).toBe(status)
    expect(kit.calls).toEqual([])
  })

  it('are unknown under another till or another number', async () => {
    expect((await post('/tills/nowhere/orders', { amount: '15', code: CODE })).status).toBe(404)
    expect((await pos.request('/tills/nowhere/orders')).status).toBe(404)
    expect((await pos.request(`/tills/${TILL}/orders/nothing`)).status).toBe(404)
    expect((await post(`/tills/${TILL}/orders/nothing/reverse`, {})).status).toBe(404)
  })

  it('can be looked at, reversed and refunded', async () => {
    const first = await post(`/tills/${TILL}/orders`, { amount: '15', code: CODE })
    const { orderNo, refund } = await first.json()
    const path = `/tills/${TILL}/orders/${orderNo}`
    expect(await (await pos.request(path)).json()).toMatchObject({ orderNo, state: 'paid' })
    expect(await (await pos.request(`/tills/${TILL}/orders`)).json()).toMatchObject([{ orderNo }])

    kit.script.refundAndSettle = async () => ({ outcome: 'unknown', orderNo, reason: 'PENDING' })
    const { refundNo } = refund
    expect((await post(`${path}/refunds`, { refundNo, amount: '5.00' })).status).toBe(200)
    expect((await post(`${path}/refunds`, { refundNo, amount: '0' })).status).toBe(422)
    expect((await post(`${path}/refunds`, { refundNo: '…', amount: '5' })).status).toBe(400)
    expect(kit.calls).toContainEqual([
      'refundAndSettle',
      expect.objectContaining({ orderNo, refundNo, amountFen: 500 }),
    ])

    const payment = paid(orderNo, { status: 'REVERSED' })
    kit.script.reverseAndSettle = async () => ({ outcome: 'reversed', orderNo, payment })
    const reversed = await post(`${path}/reverse`, {})
    expect(await reversed.json()).toMatchObject({ state: 'reversed' })
  })
})
