import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { DiaryLine, LedgerDump } from '../diary.ts'
import type { PaymentRow, RecordedHistory } from '../read-history.ts'
import type { Told, Way, WayReplyLine, WaySendLine, WayVerb } from '../ways/diary-lines.ts'
import { BEGAN_MS, smallWorld } from './small-world.ts'

const DAY = '2026-09-01'
const at = (seconds: number) => new Date(BEGAN_MS + seconds * 1_000).toISOString()

const world = {
  ...structuredClone(smallWorld),
  ways: {
    people: ['ann', 'bob'],
    terminals: [
      { id: 'bath', merchantId: 'canteen', kind: 'shower' as const },
      { id: 'page', merchantId: 'canteen', kind: 'online' as const },
      { id: 'desk', merchantId: 'shop', kind: 'till' as const },
      { id: 'power', merchantId: 'shop', kind: 'utility' as const },
    ],
    staticDailyFen: 50_000,
  },
}

/**
 * A correct history of the other ways, one thing after the other: Ann showers, of which a reading and an answer
 * are lost; she and Bob are at one order, which is refunded in part; another is closed; Bob scans a code, tops up
 * two rooms of which one is refused, and pays two orders by WeChat, of which one is reversed.
 */
export function playWays(): RecordedHistory {
  const lines: DiaryLine[] = [world]
  const ledger: LedgerDump = {
    ...{ payers: [], payments: [], refunds: [], movements: [], agreements: [], approvals: [] },
    ...{
      static_days: [],
      water_sessions: [],
      online_orders: [],
      utility_top_ups: [],
      postings: [],
    },
  }
  /** Replies that come after the next one. */
  const late: DiaryLine[] = []
  let calls = 0
  let postings = 0

  function ask(
    way: Way,
    verb: WayVerb,
    subject: string,
    sent: Pick<WaySendLine, 'personId' | 'asks'>,
    said: Told | { error: ErrorCode } | undefined,
    isLate = false,
  ): void {
    const call = ++calls
    const atMs = BEGAN_MS + call * 1_000
    lines.push({ line: 'way-send', atMs, call, core: 'a', way, verb, subject, ...sent })
    const reply: WayReplyLine =
      said === undefined
        ? { line: 'way-reply', atMs, call, outcome: 'info', why: 'no reply' }
        : 'error' in said
          ? { line: 'way-reply', atMs, call, outcome: 'refused', error: said.error }
          : { line: 'way-reply', atMs, call, outcome: 'ok', told: { ...said } }
    if (isLate) late.push(reply)
    else lines.push(reply, ...late.splice(0))
  }

  function post(
    kind: string,
    [debit, credit]: [string, string],
    amount_fen: number,
    person_id: string,
    payment_id: string | null,
    wallet_version: number | null = null,
  ): void {
    ledger.postings.push({
      ...{ transaction_id: `tx-${++postings}`, kind, debit_account: debit, credit_account: credit },
      ...{ amount_fen, payment_id, person_id, wallet_version, wallet_fen: null, posted_at: at(1) },
    })
  }

  function pay(
    row: Pick<PaymentRow, 'terminal_id' | 'order_no' | 'payment_id'> & Partial<PaymentRow>,
  ) {
    const terminal = world.ways.terminals.find(({ id }) => id === row.terminal_id)
    ledger.payments.push({
      ...{
        status: 'PAID',
        refusal: null,
        merchant_id: terminal?.merchantId ?? '',
        person_id: 'bob',
      },
      ...{
        list_fen: null,
        amount_fen: null,
        account: 'wallet',
        channel: 'wallet',
        device_id: null,
      },
      ...{ code_id: null, spent_on: DAY, paid_at: at(1), refunded_fen: 0, created_at: at(1) },
      ...{ settled_at: at(1), confirm_by: null, means: 'order', agreement_signed_at: null },
      ...row,
    })
  }

  function approve(payment_id: string, person_id: string): string {
    const approval_id = `ok-${payment_id}`
    ledger.approvals.push({ approval_id, person_id, payment_id, status: 'spent' })
    return approval_id
  }

  function showers() {
    const [way, subject] = ['shower', 'bath/s1'] as const
    const told = { status: 'RUNNING', amountFen: 0, holdFen: 1_500, litresMl: 0 }
    ask(way, 'startWater', subject, { personId: 'ann' }, undefined)
    ask(way, 'startWater', subject, { personId: 'ann' }, told)
    ask(
      way,
      'meterWater',
      subject,
      { asks: { seq: 1, totalMl: 5_000 } },
      { ...told, litresMl: 5_000 },
    )
    ask(way, 'meterWater', subject, { asks: { seq: 2, totalMl: 9_000 } }, undefined)
    // 10 litres for 400 fen, a student's price of 90.5 %.
    const ended = { ...told, status: 'ENDED', amountFen: 362, litresMl: 10_000 }
    ask(way, 'endWater', subject, { asks: { totalMl: 10_000 } }, ended)
    ask(way, 'getWater', subject, {}, ended)
    ledger.water_sessions.push({
      ...{ terminal_id: 'bath', session_no: 's1', session_id: 'shower-1', person_id: 'ann' },
      ...{ class: 'student', status: 'ENDED', hold_fen: 1_500, fen_per_10_litres: 400 },
      ...{ total_ml: 10_000, amount_fen: 362, ended_by: 'controller', started_at: at(1) },
      ...{ ended_at: at(5), litres_per_minute_max: 200 },
    })
    post('hold', ['wallet/ann', 'hold/shower-1'], 1_500, 'ann', null, 1)
    post('payment', ['hold/shower-1', 'merchant/canteen'], 362, 'ann', 'shower-1')
    post('release', ['hold/shower-1', 'wallet/ann'], 1_138, 'ann', null, 2)
    const paid = { person_id: 'ann', list_fen: 400, amount_fen: 362, means: 'water' }
    pay({ terminal_id: 'bath', order_no: 's1', payment_id: 'shower-1', ...paid })
    ask(
      way,
      'meterWater',
      subject,
      { asks: { seq: 2, totalMl: 9_000 } },
      { error: 'WATER_SESSION_ENDED' },
    )
    for (const [i, ended_by] of ['idle', 'phone'].entries()) dry(`s${i + 2}`, ended_by, 5 + 2 * i)
  }

  /** Begun, and over before any water came that costs something. */
  function dry(session_no: string, ended_by: string, version: number) {
    const [way, subject, session_id] = [
      'shower',
      `bath/${session_no}`,
      `dry-${session_no}`,
    ] as const
    const told = { status: 'RUNNING', amountFen: 0, holdFen: 1_500, litresMl: 0 }
    ask(way, 'startWater', subject, { personId: 'ann' }, told)
    const asks = { seq: 1, totalMl: 90_000 }
    ask(way, 'meterWater', subject, { asks }, { error: 'WATER_READING_IMPOSSIBLE' })
    ask(way, 'getWater', subject, {}, { ...told, status: 'ENDED' })
    ledger.water_sessions.push({
      ...{ terminal_id: 'bath', session_no, session_id, person_id: 'ann', class: 'student' },
      ...{ status: 'ENDED', hold_fen: 1_500, fen_per_10_litres: 400, total_ml: 0, amount_fen: 0 },
      ...{ ended_by, started_at: at(6), ended_at: at(7), litres_per_minute_max: 200 },
    })
    const account = `hold/${session_id}`
    post('hold', ['wallet/ann', account], 1_500, 'ann', null, version)
    post('release', [account, 'wallet/ann'], 1_500, 'ann', null, version + 1)
  }

  function orders() {
    const [way, subject] = ['order', 'page/o1'] as const
    const open = { status: 'OPEN', amountFen: null, paymentId: null }
    const paid = { status: 'PAID', amountFen: 905, paymentId: 'order-1' }
    ask(way, 'createOrder', subject, { asks: { listFen: 1_000 } }, open)
    ask(way, 'payOrder', subject, { personId: 'ann', asks: { paymentNo: '1' } }, paid, true)
    ask(
      way,
      'payOrder',
      subject,
      { personId: 'bob', asks: { paymentNo: '2' } },
      { error: 'ORDER_ALREADY_PAID' },
    )
    const asks = { refundNo: 'f1', amountFen: 100 }
    ask(
      way,
      'refundOrder',
      subject,
      { asks },
      { status: 'REFUNDED', amountFen: 100, refundNo: 'f1' },
    )
    ask(way, 'getMerchantOrder', subject, {}, paid)
    const row = { terminal_id: 'page', order_no: 'o1', payment_id: 'order-1' }
    ledger.online_orders.push({ ...row, order_id: 'order', list_fen: 1_000, closed_at: null })
    pay({ ...row, person_id: 'ann', list_fen: 1_000, amount_fen: 905, refunded_fen: 100 })
    post('payment', ['wallet/ann', 'merchant/canteen'], 905, 'ann', 'order-1', 3)
    ledger.refunds.push({
      ...row,
      refund_no: 'f1',
      refund_id: 'back-1',
      amount_fen: 100,
      status: 'REFUNDED',
    })
    post('refund', ['merchant/canteen', 'wallet/ann'], 100, 'ann', 'order-1', 4)

    const closed = { status: 'CLOSED', amountFen: null, paymentId: null }
    ask(way, 'createOrder', 'page/o2', { asks: { listFen: 300 } }, open)
    ask(way, 'closeOrder', 'page/o2', {}, closed)
    ask(
      way,
      'payOrder',
      'page/o2',
      { personId: 'bob', asks: { paymentNo: '3' } },
      { error: 'ORDER_CLOSED' },
    )
    ask(way, 'getMerchantOrder', 'page/o2', {}, closed)
    const second = { terminal_id: 'page', order_no: 'o2', order_id: 'order-b', list_fen: 300 }
    ledger.online_orders.push({ ...second, payment_id: null, closed_at: at(9) })
  }

  function collections() {
    const subject = 'bob/c1'
    const waiting = { status: 'AWAITING_PASSWORD', amountFen: 20_000, paymentId: 'scan-1' }
    const asks = { listFen: 20_000, terminalId: 'desk' }
    ask('collection', 'payCollection', subject, { personId: 'bob', asks }, waiting)
    const confirms = { paymentId: 'scan-1', approvalId: approve('scan-1', 'bob') }
    const paid = { ...waiting, status: 'PAID' }
    ask('collection', 'confirmPayment', subject, { personId: 'bob', asks: confirms }, paid)
    const row = { terminal_id: 'desk', order_no: 'ecm-1', payment_id: 'scan-1' }
    pay({ ...row, list_fen: 20_000, amount_fen: 20_000, means: 'collection', confirm_by: at(300) })
    post('payment', ['wallet/bob', 'merchant/shop'], 20_000, 'bob', 'scan-1', 1)
    const turnedAway = { status: 'REFUSED', refusal: 'OVER_STATIC_LIMIT', paid_at: null }
    const over = { list_fen: 40_000, amount_fen: 40_000, channel: null, ...turnedAway }
    const next = { order_no: 'ecm-2', payment_id: 'scan-2', means: 'collection', ...over }
    pay({ terminal_id: 'desk', ...next, spent_on: null })
    ledger.static_days.push({ person_id: 'bob', static_on: DAY, static_fen: 20_000 })
  }

  function topUp(id: string, isTaken: boolean) {
    const [payment_id, reference] = [`paid-${id}`, `ut-${id}`]
    const waiting = { status: 'AWAITING_PASSWORD', amountFen: 700, paymentId: payment_id }
    ask('utility', 'topUpUtility', id, { personId: 'bob', asks: { amountFen: 700 } }, waiting)
    const asks = { paymentId: payment_id, approvalId: approve(payment_id, 'bob') }
    ask('utility', 'confirmPayment', id, { personId: 'bob', asks }, { ...waiting, status: 'PAID' })
    const status = isTaken ? 'CONFIRMED' : 'REFUNDED'
    ask('utility', 'getUtilityTopUp', id, { personId: 'bob' }, { ...waiting, status })
    ledger.utility_top_ups.push({
      ...{ top_up_id: id, person_id: 'bob', account_no: '3-0412', amount_fen: 700 },
      delivery_id: `sent-${id}`,
    })
    const row = { terminal_id: 'power', order_no: id, payment_id }
    const money = { list_fen: 700, amount_fen: 700, means: 'utility', confirm_by: at(300) }
    pay({ ...row, ...money, refunded_fen: isTaken ? 0 : 700 })
    post('payment', ['wallet/bob', 'merchant/shop'], 700, 'bob', payment_id, 2)
    ledger.movements.push({
      ...{ movement_id: `sent-${id}`, kind: 'utility_top_up', port: 'utility', reference },
      ...{ person_id: 'bob', amount_fen: 700, state: 'done', created_at: at(1) },
      outcome: isTaken ? 'succeeded' : 'declined',
    })
    if (isTaken) return
    const back = { refund_no: 'not-delivered', refund_id: `back-${id}`, amount_fen: 700 }
    ledger.refunds.push({ ...row, ...back, status: 'REFUNDED' })
    post('refund', ['merchant/shop', 'wallet/bob'], 700, 'bob', payment_id, 3)
  }

  function wechat(orderNo: string, end: 'paid' | 'reversed' | 'given up') {
    const [isReversed, isPaid] = [end !== 'paid', end !== 'given up']
    const [subject, payment_id] = [`desk/${orderNo}`, `wx-${orderNo}`]
    const told = { status: 'PAID', amountFen: 800, paymentId: payment_id }
    ask('wechat', 'pay', subject, { personId: 'bob', asks: { listFen: 800 } }, undefined)
    const status = isReversed ? 'REVERSED' : 'PAID'
    ask('wechat', 'getPayment', subject, {}, { ...told, status: 'PROCESSING' })
    if (isReversed) {
      if (isPaid) ask('wechat', 'getPayment', subject, {}, told)
      ask('wechat', 'reversePayment', subject, {}, { ...told, status: 'REVERSING' })
    }
    ask('wechat', 'getPayment', subject, {}, { ...told, status })
    const row = { terminal_id: 'desk', order_no: orderNo, payment_id, channel: 'wechat', status }
    const money = { list_fen: 800, amount_fen: 800, account: null }
    pay({ ...row, ...money, means: 'wechat', ...(!isPaid && { paid_at: null }) })
    if (isPaid) post('payment', ['clearing/wechat', 'merchant/shop'], 800, 'bob', payment_id)
    if (isPaid && isReversed)
      post('reversal', ['merchant/shop', 'clearing/wechat'], 800, 'bob', payment_id)
    ledger.movements.push({
      ...{ movement_id: payment_id, kind: 'debit', port: 'wechat', reference: `out${orderNo}` },
      ...{ person_id: 'bob', amount_fen: 800, state: 'done', created_at: at(1) },
      outcome: isReversed ? 'reversed' : 'succeeded',
    })
  }

  showers()
  orders()
  collections()
  topUp('room-1', true)
  topUp('room-2', false)
  wechat('w1', 'paid')
  wechat('w2', 'reversed')
  wechat('w3', 'given up')
  return {
    lines,
    ledger,
    outside: [],
    journals: {
      utility: [
        { kind: 'accepted', reference: 'ut-room-1', amountFen: 700 },
        { kind: 'confirmed', reference: 'ut-room-1', amountFen: 700 },
        { kind: 'refused', reference: 'ut-room-2', amountFen: 700 },
      ],
      wechat: [
        { reference: 'outw1', takenFen: 800, backFen: 0 },
        { reference: 'outw2', takenFen: 800, backFen: 800 },
        { reference: 'outw3', takenFen: 800, backFen: 800 },
      ],
    },
  }
}
