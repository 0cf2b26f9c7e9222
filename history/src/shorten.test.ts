import { describe, expect, it } from 'vitest'
import { shortenHistory } from './shorten.ts'
import { playEverything } from './testing/play-everything.ts'

describe('a shortened history', () => {
  it('has all of an order and nothing of others', () => {
    const { lines, ledger, outside } = shortenHistory(playEverything().finish(), {
      orders: ['t3/card'],
    })
    const sends = lines.filter((line) => line.line === 'send')
    expect(sends.map(({ orderNo, verb }) => `${orderNo} ${verb}`)).toEqual([
      'card pay',
      'card refund',
      'card refund',
      'card query',
      'card queryRefund',
      'card queryRefund',
    ])
    expect(lines.filter(({ line }) => line === 'reply')).toHaveLength(6)
    expect(lines.filter(({ line }) => line === 'code')).toHaveLength(1)
    expect(ledger.payments.map(({ order_no }) => order_no)).toEqual(['card'])
    expect(ledger.postings.map(({ kind }) => kind)).toEqual(['payment', 'refund'])
    expect(ledger.movements.map(({ kind }) => kind)).toEqual(['debit', 'refund', 'refund'])
    expect(outside.map(({ amountFen }) => amountFen)).toEqual([3_000, -500])
  })

  it('has all orders that a code was brought with', () => {
    const { ledger, lines } = shortenHistory(playEverything().finish(), { codes: [1] })
    expect(ledger.payments.map(({ order_no }) => order_no)).toEqual(['plain'])
    const orders = lines.flatMap((line) => (line.line === 'send' ? line.orderNo : []))
    expect(new Set(orders)).toEqual(new Set(['plain', 'racer']))
  })

  it.each([{ people: ['bob'] }, { accounts: ['wallet/bob'] }, { accounts: ['card-bob'] }])(
    'has all orders of somebody, named by %o',
    (about) => {
      const { ledger, outside } = shortenHistory(playEverything().finish(), about)
      const orders = ledger.payments.map(({ order_no }) => order_no)
      expect(orders).toEqual(['card', 'declined', 'silent', 'undone-outside'])
      expect(ledger.payers).toHaveLength(1)
      expect(new Set(outside.map(({ account }) => account))).toEqual(new Set(['card-bob']))
    },
  )

  it('has what was typed for an order that waited, and what became of the card', () => {
    const { lines, ledger } = shortenHistory(playEverything().finish(), { orders: ['t3/locked'] })
    const done = lines.flatMap((line) => (line.line === 'phone-send' ? line.verb : []))
    expect(done).toEqual(['enter', 'lock', 'unlock'])
    expect(lines.filter(({ line }) => line === 'approval')).toHaveLength(1)
    expect(ledger.approvals.map(({ status }) => status)).toEqual(['spent'])
  })

  it('has the agreement that a card needed', () => {
    const { lines, ledger } = shortenHistory(playEverything().finish(), { orders: ['t3/swiped'] })
    const done = lines.flatMap((line) => (line.line === 'phone-send' ? line.verb : []))
    expect(done.filter((verb) => verb === 'sign' || verb === 'cancel')).toEqual(['sign', 'cancel'])
    expect(ledger.agreements.map(({ change }) => change)).toEqual(['signed', 'cancelled'])
  })

  it('keeps what was broken meanwhile, and not what was broken at other times', () => {
    const h = playEverything()
    const broken = { line: 'disturbance', what: 'kill-core', core: 'a' } as const
    h.write({ ...broken, atMs: h.nowMs, detail: 'too early' })
    h.wait(60_000)
    h.pay('t1/new', 100, h.issue('bob'))
    h.write({ ...broken, atMs: h.nowMs, detail: 'meanwhile' })
    const { lines } = shortenHistory(h.finish(), { orders: ['t1/new'] })
    const details = lines.flatMap((line) => (line.line === 'disturbance' ? line.detail : []))
    expect(details).toEqual(['meanwhile'])
  })
})
