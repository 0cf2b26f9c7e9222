import { describe, expect, it } from 'vitest'
import type { Problem } from '../finding.ts'
import type { History, RecordedHistory } from '../read-history.ts'
import { found, problemsIn } from '../testing/doctor.ts'
import { playWays } from '../testing/play-ways.ts'
import type { WayReplyLine, WaySendLine } from '../ways/diary-lines.ts'
import { ordersPaidOnce } from './orders-paid-once.ts'
import { showersSettle } from './showers-settle.ts'
import { staticCeiling } from './static-ceiling.ts'
import { utilityDelivered } from './utility-delivered.ts'
import { wayAnswers } from './way-answers.ts'
import { wechatAgrees } from './wechat-agrees.ts'

type Check = (history: History) => Problem[]
type Doctor = (recorded: RecordedHistory) => void

const checks = {
  showersSettle,
  ordersPaidOnce,
  staticCeiling,
  utilityDelivered,
  wechatAgrees,
  wayAnswers,
} satisfies Record<string, Check>

const row = (h: RecordedHistory, id: string) =>
  found(h.ledger.payments.find(({ payment_id }) => payment_id === id))
const session = (h: RecordedHistory) => found(h.ledger.water_sessions[0])
const order = (h: RecordedHistory, no: string) =>
  found(h.ledger.online_orders.find(({ order_no }) => order_no === no))
const delivery = (h: RecordedHistory, id: string) =>
  found(h.ledger.movements.find(({ movement_id }) => movement_id === `sent-${id}`))
const posting = (h: RecordedHistory, kind: string, id?: string) =>
  found(
    h.ledger.postings.find(
      (one) => one.kind === kind && (id === undefined || one.payment_id === id),
    ),
  )
const drop = <T>(rows: T[], gone: T) => rows.splice(rows.indexOf(gone), 1)
const again = <T>(rows: T[], one: T, changes: Partial<T> = {}) => rows.push({ ...one, ...changes })
const sends = (h: RecordedHistory, verb: string) =>
  h.lines.filter((line): line is WaySendLine => line.line === 'way-send' && line.verb === verb)
/** The nth reply to such a call, which has to be an answer. */
function told(h: RecordedHistory, verb: string, n = 0) {
  const { call } = found(sends(h, verb)[n])
  const reply = h.lines.find(
    (line): line is WayReplyLine => line.line === 'way-reply' && line.call === call,
  )
  if (reply?.outcome !== 'ok') throw new Error('it is no answer')
  return reply.told
}

it.each(Object.entries(checks))('%s finds nothing in a correct history', (_, check) => {
  expect(problemsIn(check, playWays())).toEqual([])
})

function whatIsFound(check: Check, doctor: Doctor): string {
  const recorded = playWays()
  doctor(recorded)
  return problemsIn(check, recorded).join('; ')
}

describe('a shower', () => {
  it.each<[string, Doctor, string]>([
    ['whose rest stays held', (h) => drop(h.ledger.postings, posting(h, 'release')), '362 left it'],
    [
      'charged twice',
      (h) => again(h.ledger.postings, posting(h, 'payment', 'shower-1')),
      'is posted 2 times',
    ],
    ['charged for more than it cost', (h) => (session(h).amount_fen = 400), '400 were charged'],
    ['held twice', (h) => again(h.ledger.postings, posting(h, 'hold')), '2 holds of 3000 fen'],
    [
      'charged for more than its meter said',
      (h) => Object.assign(session(h), { total_ml: 11_000 }),
      'more than the meter ever said',
    ],
    [
      'charged for more than the pipe gives',
      (h) => Object.assign(session(h), { ended_at: session(h).started_at }),
      'more than the pipe can have given',
    ],
    [
      'charged for less than was told',
      (h) => Object.assign(session(h), { total_ml: 4_000 }),
      'less than the controller was told',
    ],
    ['that never ends', (h) => (session(h).status = 'RUNNING'), 'never ended'],
    [
      'that nobody asked for',
      (h) => {
        for (const send of sends(h, 'startWater')) send.personId = 'bob'
      },
      'nobody asked for this shower',
    ],
    [
      'held for beside another',
      (h) => again(h.ledger.postings, posting(h, 'hold'), { wallet_version: 1.5 }),
      'while one was running',
    ],
    [
      'that is not there',
      (h) => drop(h.ledger.water_sessions, session(h)),
      'hold/shower-1 is of no shower',
    ],
  ])('%s is noticed', (_, doctor, what) => {
    expect(whatIsFound(showersSettle, doctor)).toContain(what)
  })
})

describe('an online order', () => {
  const payTwice: Doctor = (h) => {
    again(h.ledger.payments, row(h, 'order-1'), { payment_id: 'order-1b', order_no: 'o1~2' })
    again(h.ledger.postings, posting(h, 'payment', 'order-1'), { payment_id: 'order-1b' })
  }
  it.each<[string, Doctor, string]>([
    ['paid twice', payTwice, '2 payments of one order'],
    [
      'paid and closed',
      (h) => (order(h, 'o1').closed_at = '2026-09-01'),
      'a closed order was paid',
    ],
    ['paid by another', (h) => (order(h, 'o1').payment_id = 'x'), 'names x as what paid it'],
    [
      'charged to who was turned away',
      (h) => (row(h, 'order-1').person_id = 'bob'),
      'charged who did not ask',
    ],
    [
      'of another price',
      (h) => (order(h, 'o1').list_fen = 900),
      'nobody asked for an order of 900',
    ],
    [
      'refunded unasked',
      (h) => (found(h.ledger.refunds[0]).refund_no = 'f2'),
      'nobody asked for a refund of 100 fen',
    ],
    [
      'refunded twice under one number',
      (h) => again(h.ledger.refunds, found(h.ledger.refunds[0])),
      'stands in the books twice',
    ],
    [
      'seen paid by another payment',
      (h) => (told(h, 'payOrder').paymentId = 'order-x'),
      'seen paid by 2 payments',
    ],
  ])('%s is noticed', (_, doctor, what) => {
    expect(whatIsFound(ordersPaidOnce, doctor)).toContain(what)
  })
})

describe('a collection code', () => {
  it.each<[string, Doctor, string]>([
    [
      'over its ceiling',
      (h) => again(h.ledger.payments, row(h, 'scan-1'), { payment_id: 'b', amount_fen: 30_001 }),
      'the ceiling is 50000',
    ],
    [
      'that counts too little',
      (h) => (found(h.ledger.static_days[0]).static_fen = 5),
      '5 fen count against',
    ],
    [
      'without the password',
      (h) => drop(h.ledger.approvals, found(h.ledger.approvals[0])),
      'without',
    ],
    ['unasked', (h) => (row(h, 'scan-1').list_fen = 30_000), 'nobody asked for it'],
    [
      'posted twice',
      (h) => again(h.ledger.postings, posting(h, 'payment', 'scan-1')),
      'posted 2 times',
    ],
  ])('%s is noticed', (_, doctor, what) => {
    expect(whatIsFound(staticCeiling, doctor)).toContain(what)
  })
})

describe('a utility top-up', () => {
  const room = (h: RecordedHistory, kind: string) =>
    found(h.journals.utility.find((entry) => entry.kind === kind))
  it.each<[string, Doctor, string]>([
    [
      'given back though it was confirmed',
      (h) => (room(h, 'refused').kind = 'confirmed'),
      'that declined was credited 1 times',
    ],
    [
      'credited twice',
      (h) => again(h.journals.utility, room(h, 'confirmed')),
      'that succeeded was credited 2 times',
    ],
    ['neither', (h) => drop(h.journals.utility, room(h, 'confirmed')), 'credited 0 times'],
    [
      'not given back',
      (h) => (found(h.ledger.refunds.find((one) => one.amount_fen === 700)).status = 'PROCESSING'),
      'of a top-up that declined 0 of 700',
    ],
    ['undecided', (h) => (delivery(h, 'room-1').state = 'open'), 'is still undecided'],
    ['of another amount', (h) => (room(h, 'confirmed').amountFen = 800), 'another amount'],
    [
      'credited under no reference of ours',
      (h) => again(h.journals.utility, room(h, 'confirmed'), { reference: 'x' }),
      'of which the books know nothing',
    ],
    [
      'sent though it was not paid',
      (h) => (row(h, 'paid-room-1').paid_at = null),
      'what was not paid was sent',
    ],
  ])('%s is noticed', (_, doctor, what) => {
    expect(whatIsFound(utilityDelivered, doctor)).toContain(what)
  })
})

describe('a charge of WeChat’s', () => {
  const trade = (h: RecordedHistory, n: number) => found(h.journals.wechat[n])
  it.each<[string, Doctor, string]>([
    [
      'made anew under another number',
      (h) => again(h.journals.wechat, trade(h, 0), { reference: 'outw1b' }),
      'the books do not know',
    ],
    ['kept though it was reversed', (h) => (trade(h, 1).backFen = 0), 'WeChat keeps 800 fen'],
    [
      'paid after it was given up, and kept',
      (h) => (trade(h, 2).backFen = 0),
      'WeChat keeps 800 fen of an order that is REVERSED: 0 are due',
    ],
    ['not made', (h) => drop(h.journals.wechat, trade(h, 0)), 'WeChat keeps 0 fen'],
    ['undecided for good', (h) => (row(h, 'wx-w1').status = 'UNKNOWN'), 'is UNKNOWN for good'],
    ['unasked', (h) => (found(sends(h, 'pay')[0]).personId = 'ann'), 'nobody asked for it'],
    [
      'reversed unasked',
      (h) => {
        h.lines = h.lines.filter(
          (line) => line.line !== 'way-send' || line.verb !== 'reversePayment',
        )
        const calls = new Set(h.lines.map((line) => (line.line === 'way-send' ? line.call : 0)))
        h.lines = h.lines.filter((line) => line.line !== 'way-reply' || calls.has(line.call))
      },
      'nobody asked for the reversal',
    ],
  ])('%s is noticed', (_, doctor, what) => {
    expect(whatIsFound(wechatAgrees, doctor)).toContain(what)
  })
})

describe('what is told of the other ways', () => {
  it('may be undone by a reversal of which nobody heard', () => {
    const unheard: Doctor = (h) => {
      const { call } = found(sends(h, 'reversePayment')[0])
      const at = h.lines.findIndex((line) => line.line === 'way-reply' && line.call === call)
      const atMs = found(h.lines[at]).atMs
      h.lines[at] = { line: 'way-reply', atMs, call, outcome: 'info', why: 'no reply' }
    }
    expect(whatIsFound(wayAnswers, unheard)).toBe('')
  })

  it.each<[string, Doctor, string]>([
    [
      'changes after its end',
      (h) => (told(h, 'getWater').amountFen = 400),
      'it was ENDED with 362 fen, and then ENDED with 400',
    ],
    [
      'opens again',
      (h) => (told(h, 'getMerchantOrder', 1).status = 'OPEN'),
      'it was CLOSED with null fen, and then OPEN',
    ],
    [
      'is not what the books say',
      (h) => Object.assign(order(h, 'o2'), { closed_at: null }),
      'the books say OPEN',
    ],
    [
      'is never told',
      (h) => {
        const last = found(sends(h, 'getUtilityTopUp')[0])
        h.lines = h.lines.filter((line) => !('call' in line) || line.call !== last.call)
      },
      'was not told in the end',
    ],
  ])('%s: noticed', (_, doctor, what) => {
    expect(whatIsFound(wayAnswers, doctor)).toContain(what)
  })
})
