import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Payment, Refund } from '@campus-ecode/protocol/payments'
import type { Account, Channel } from '@campus-ecode/protocol/shapes'
import type { Transfer } from '@campus-ecode/protocol/wallet'
import type {
  CodeLine,
  DiaryLine,
  LedgerDump,
  PhoneReplyLine,
  PhoneSendLine,
  ReplyLine,
  SendLine,
  TransferReplyLine,
  TransferSendLine,
} from '../diary.ts'
import type { PaymentRow, RecordedHistory, RefundRow } from '../read-history.ts'
import { BEGAN_MS, smallWorld } from './small-world.ts'

type Answer =
  | { payment: Payment }
  | { refund: Refund }
  | { entry: BillEntry }
  | { error: ErrorCode }
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never

/** How a call goes: with its reply, or carried out and the reply lost, or lost itself. */
export type Luck = 'replied' | 'reply lost' | 'request lost'

export interface HistoryBuilder {
  lines: DiaryLine[]
  ledger: LedgerDump
  outside: RecordedHistory['outside']
  journals: RecordedHistory['journals']
  /** True time goes on by 10 ms with each line, and by this. */
  wait(ms: number): void
  readonly nowMs: number
  issue(personId: string, account?: Account, isRevealed?: boolean): number
  draw(personId: string, account?: Account, step?: number): number
  /** The card in somebody's pocket, which is swiped (R29). */
  hold(personId: string): number
  /** R14 */
  sign(personId: string): void
  cancel(personId: string): void
  write(line: DiaryLine): void
  /** Orders are `<terminal>/<number>`. */
  pay(order: string, listFen: number, code: number, how?: PayOptions): Answer | undefined
  query(order: string): Answer | undefined
  reverse(order: string, luck?: Luck): Answer | undefined
  refund(order: string, refundNo: string, amountFen: number, how?: BankOptions): Answer | undefined
  /**
   * The password for an order of somebody who has one (R23), or for unlocking their card: wrong so
   * often, then right.
   *
   * @returns The approval.
   */
  approve(order: string, wrongCount?: number): string
  approveUnlock(personId: string): string
  confirm(order: string, approvalId: string, how?: PayOptions): Answer | undefined
  decline(order: string, luck?: Luck): Answer | undefined
  lock(personId: string): void
  unlock(personId: string, approvalId: string): void
  /** By its owner, once per id; a silent bank has done it and says so in the end. */
  transfer(
    kind: Transfer['kind'],
    personId: string,
    transferId: string,
    amountFen: number,
    how?: BankOptions,
  ): void
  getTransfer(personId: string, transferId: string): void
  snapshot(): void
  /** Asks once more for everything. */
  finish(): RecordedHistory
}

export interface BankOptions {
  luck?: Luck
  /** What the outside system does, if it is asked. */
  bank?: 'pays' | 'declines' | 'silent'
}
export interface PayOptions extends BankOptions {
  /** The call that this one repeats byte by byte. */
  repeats?: number
}

const DAY = '2026-09-01'
const MINUTE_MS = 60_000
const HAVE_PASSWORD = new Set(['dan', 'eve'])
const CARDLESS = new Set(['eve'])
const STEP_MS = 10_000

/** Writes the history of a core that does everything right, one call after the other. */
export function buildHistory(): HistoryBuilder {
  const world = structuredClone(smallWorld)
  const lines: DiaryLine[] = []
  const ledger: LedgerDump = {
    ...{ payers: [], payments: [], refunds: [], movements: [], postings: [], approvals: [] },
    agreements: [],
    ...{ static_days: [], water_sessions: [], online_orders: [], utility_top_ups: [] },
  }
  const outside: RecordedHistory['outside'] = []
  let nowMs = BEGAN_MS - 1_000
  let calls = 0
  let transferCalls = 0
  let phoneCalls = 0
  const locked = new Set<string>()
  /** Since when. */
  const signed = new Map<string, string>()
  const waiting = new Set<PaymentRow>()
  let codes = 0
  let ids = 0
  const used = new Set<number>()
  const lastStep = new Map<string, number>()
  const rows = new Map<string, PaymentRow>()
  const codeLines = new Map<number, CodeLine>()
  const contents = new Map<PaymentRow, string>()
  const transferTimes = new Map<string, string>()
  const classOf = new Map(world.people.map((person) => [person.id, person.class]))

  const newId = (what: string) => `${what}-${++ids}`
  const instant = (ms = nowMs) => new Date(ms).toISOString()
  const find = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the test names something that is not there')
    return value
  }
  const payer = (id: string) => find(ledger.payers.find(({ person_id }) => person_id === id))
  const rowOf = (order: string) => rows.get(order)
  const merchantOf = (terminal: string) =>
    find(world.terminals.find(({ id }) => id === terminal)).merchantId

  function post(
    kind: string,
    from: string,
    to: string,
    amountFen: number,
    personId: string,
    paymentId: string | null,
  ): void {
    const wallet = `wallet/${personId}`
    const touches = from === wallet || to === wallet
    const owner = payer(personId)
    if (touches) {
      owner.wallet_fen += to === wallet ? amountFen : -amountFen
      owner.wallet_version++
    }
    ledger.postings.push({
      transaction_id: newId('tx'),
      kind,
      debit_account: from,
      credit_account: to,
      amount_fen: amountFen,
      payment_id: paymentId,
      person_id: personId,
      wallet_version: touches ? owner.wallet_version : null,
      wallet_fen: touches ? owner.wallet_fen : null,
      posted_at: instant(),
    })
  }

  function move(port: 'bank' | 'one_card', personId: string, reference: string, amountFen: number) {
    const person = find(world.people.find(({ id }) => id === personId))
    const account = port === 'bank' ? person.bankAccount : person.oneCardAccount
    outside.push({ port, account: find(account ?? undefined), reference, amountFen })
  }

  function write(line: DiaryLine): void {
    nowMs += 10
    lines.push(line)
    if (line.line === 'code') codeLines.set(line.code, line)
  }

  function call(sent: Without<SendLine, 'line' | 'atMs' | 'call'>, luck: Luck, act: () => Answer) {
    const number = ++calls
    expire()
    write({ line: 'send', atMs: nowMs, call: number, ...sent } as SendLine)
    const answer = luck === 'request lost' ? undefined : act()
    const told =
      luck === 'replied' && answer ? toReply(answer) : { outcome: 'info', why: 'silence' }
    write({ line: 'reply', atMs: nowMs, call: number, ...told } as ReplyLine)
    return answer
  }

  function takePayment(order: string, listFen: number, number: number, bank: BankOptions['bank']) {
    const content = `${listFen} ${number}`
    const known = rowOf(order)
    if (known) return contents.get(known) === content ? answerPay(known) : notTaken(known)
    const code = find(codeLines.get(number))
    const { madeBy, personId } = code
    if (madeBy.kind === 'issued' && nowMs >= madeBy.expiresAtMs) return { error: 'CODE_EXPIRED' }
    if (madeBy.kind === 'device') {
      const ageMs = nowMs - madeBy.step * STEP_MS
      if (ageMs >= MINUTE_MS) return { error: 'CODE_EXPIRED' }
      if (ageMs < -STEP_MS) return { error: 'CODE_NOT_YET_VALID' }
      if ((lastStep.get(madeBy.deviceId) ?? 0) >= madeBy.step) return { error: 'CODE_USED' }
      lastStep.set(madeBy.deviceId, Math.max(madeBy.step, Math.floor(nowMs / STEP_MS)))
    }
    if (used.has(number)) return { error: 'CODE_USED' }
    if (madeBy.kind !== 'card') used.add(number)

    const [terminal = '', orderNo = ''] = order.split('/')
    const owner = payer(personId)
    const isStudentPrice = merchantOf(terminal) === 'canteen' && classOf.get(personId) === 'student'
    const amountFen = isStudentPrice ? Math.round((listFen * 905) / 1000) : listFen
    const person = find(world.people.find(({ id }) => id === personId))
    const card = CARDLESS.has(personId) ? null : person.bankAccount
    const asks =
      code.isRevealed ||
      amountFen > world.passwordAboveFen ||
      amountFen + owner.spent_fen > world.passwordDailyFen
    const refusal = locked.has(personId)
      ? 'CARD_LOCKED'
      : madeBy.kind === 'card' && !signed.has(personId)
        ? 'AGREEMENT_MISSING'
        : amountFen > person.singleLimitFen
          ? 'OVER_SINGLE_LIMIT'
          : amountFen + owner.spent_fen > person.dailyLimitFen
            ? 'OVER_DAILY_LIMIT'
            : asks && !HAVE_PASSWORD.has(personId)
              ? 'PASSWORD_REQUIRED'
              : code.account === 'wallet' && owner.wallet_fen < amountFen && card === null
                ? 'INSUFFICIENT_FUNDS'
                : null
    const row: PaymentRow = {
      terminal_id: terminal,
      order_no: orderNo,
      payment_id: newId('payment'),
      status: refusal ? 'REFUSED' : 'AWAITING_PASSWORD',
      refusal,
      merchant_id: merchantOf(terminal),
      person_id: personId,
      list_fen: listFen,
      amount_fen: amountFen,
      account: code.account,
      channel: null,
      device_id: madeBy.kind === 'device' ? madeBy.deviceId : null,
      code_id: madeBy.kind === 'issued' ? `code-${number}` : null,
      spent_on: refusal ? null : DAY,
      paid_at: null,
      refunded_fen: 0,
      created_at: instant(),
      settled_at: refusal ? instant() : null,
      confirm_by: asks && !refusal ? instant(nowMs + world.passwordWaitMs) : null,
      means: madeBy.kind === 'card' ? 'card' : 'code',
      agreement_signed_at:
        madeBy.kind === 'card' && !refusal ? (signed.get(personId) ?? null) : null,
    }
    ledger.payments.push(row)
    rows.set(order, row)
    contents.set(row, content)
    if (refusal) return answerPay(row)
    owner.spent_on = DAY
    owner.spent_fen += amountFen
    if (asks) waiting.add(row)
    else charge(row, bank)
    return answerPay(row)
  }

  /** R13: by the wallet if it covers all of it, or else outside. */
  function charge(row: PaymentRow, bank: BankOptions['bank']): void {
    const personId = find(row.person_id ?? undefined)
    const amountFen = find(row.amount_fen ?? undefined)
    const source: Channel =
      row.account === 'one_card'
        ? 'one_card'
        : payer(personId).wallet_fen >= amountFen
          ? 'wallet'
          : 'bank_card'
    row.channel = source
    if (source === 'wallet') {
      row.status = 'PAID'
      row.paid_at = instant()
      row.settled_at = instant()
      post(
        'payment',
        `wallet/${personId}`,
        `merchant/${row.merchant_id}`,
        amountFen,
        personId,
        row.payment_id,
      )
    } else {
      row.status = 'PROCESSING'
      const port = source === 'one_card' ? 'one_card' : 'bank'
      const movement = {
        movement_id: row.payment_id,
        kind: 'debit',
        port,
        reference: `pay-${row.payment_id}`,
        person_id: personId,
        amount_fen: amountFen,
        state: 'open',
        outcome: null,
        created_at: instant(),
      } as LedgerDump['movements'][number]
      ledger.movements.push(movement)
      if (bank !== 'declines') move(port, personId, movement.reference, amountFen)
      if (bank !== 'silent') settle(row, bank === 'declines' ? 'BANK_DECLINED' : null)
      else row.status = 'UNKNOWN'
    }
  }

  /** An order that waited comes to nothing. */
  function refuse(row: PaymentRow, refusal: ErrorCode, atMs = nowMs): void {
    row.status = 'REFUSED'
    row.refusal = refusal
    row.settled_at = instant(atMs)
    payer(find(row.person_id ?? undefined)).spent_fen -= find(row.amount_fen ?? undefined)
  }

  function expire(): void {
    for (const row of waiting) {
      const overMs = Date.parse(row.confirm_by ?? '') + 500
      if (row.status !== 'AWAITING_PASSWORD') waiting.delete(row)
      else if (overMs < nowMs) {
        refuse(row, 'PASSWORD_TIMED_OUT', overMs)
      }
    }
  }

  function takeConfirmation(order: string, approvalId: string, bank: BankOptions['bank']): Answer {
    const row = find(rowOf(order))
    const hasMoved = ['PAID', 'PROCESSING', 'UNKNOWN'].includes(row.status)
    if (hasMoved && row.confirm_by) return { entry: toEntry(row) }
    if (row.status !== 'AWAITING_PASSWORD') return { error: 'PAYMENT_NOT_WAITING' }
    const approval = ledger.approvals.find(({ approval_id }) => approval_id === approvalId)
    if (approval?.status !== 'approved' || approval.payment_id !== row.payment_id) {
      return { error: 'APPROVAL_INVALID' }
    }
    approval.status = 'spent'
    const personId = find(row.person_id ?? undefined)
    const isShort = CARDLESS.has(personId) && payer(personId).wallet_fen < (row.amount_fen ?? 0)
    if (locked.has(personId)) refuse(row, 'CARD_LOCKED')
    else if (isShort) refuse(row, 'INSUFFICIENT_FUNDS')
    else charge(row, bank)
    return { entry: toEntry(row) }
  }

  function takeDecline(order: string): Answer {
    const row = find(rowOf(order))
    if (row.refusal === 'PASSWORD_DECLINED') return { entry: toEntry(row) }
    if (row.status !== 'AWAITING_PASSWORD') return { error: 'PAYMENT_NOT_WAITING' }
    refuse(row, 'PASSWORD_DECLINED')
    return { entry: toEntry(row) }
  }

  function callByPhone(
    sent: Without<PhoneSendLine, 'line' | 'atMs' | 'call' | 'core'>,
    error?: ErrorCode,
  ): void {
    const number = ++phoneCalls
    write({ line: 'phone-send', atMs: nowMs, call: number, core: 'b', ...sent } as PhoneSendLine)
    const told = error ? { outcome: 'refused', error } : { outcome: 'ok' }
    write({ line: 'phone-reply', atMs: nowMs, call: number, ...told } as PhoneReplyLine)
  }

  function openKeypad(
    personId: string,
    action: ApprovalAction,
    shownFen: number | null,
    wrongCount: number,
  ): string {
    const approvalId = newId('approval')
    write({ line: 'approval', atMs: nowMs, approvalId, personId, action, shownFen })
    const enter = { personId, verb: 'enter', approvalId } as const
    for (let i = 0; i < wrongCount; i++) callByPhone({ ...enter, isRight: false }, 'PASSWORD_WRONG')
    callByPhone({ ...enter, isRight: true })
    return approvalId
  }

  function settle(row: PaymentRow, refusal: ErrorCode | null): void {
    const movement = find(ledger.movements.find((m) => m.movement_id === row.payment_id))
    movement.state = 'done'
    movement.outcome = refusal ? 'declined' : 'succeeded'
    row.status = refusal ? 'REFUSED' : 'PAID'
    row.refusal = refusal
    row.settled_at = instant()
    if (refusal) {
      payer(movement.person_id).spent_fen -= movement.amount_fen
      return
    }
    row.paid_at = instant()
    const from = `clearing/${movement.port}`
    post(
      'payment',
      from,
      `merchant/${row.merchant_id}`,
      movement.amount_fen,
      movement.person_id,
      row.payment_id,
    )
  }

  function undo(order: string): Answer {
    const [terminal = '', orderNo = ''] = order.split('/')
    const row = rowOf(order)
    if (!row) {
      const tombstone: PaymentRow = {
        terminal_id: terminal,
        order_no: orderNo,
        payment_id: newId('payment'),
        status: 'REVERSED',
        refusal: null,
        merchant_id: merchantOf(terminal),
        person_id: null,
        list_fen: null,
        amount_fen: null,
        account: null,
        channel: null,
        device_id: null,
        code_id: null,
        spent_on: null,
        paid_at: null,
        refunded_fen: 0,
        created_at: instant(),
        settled_at: instant(),
        confirm_by: null,
        means: null,
        agreement_signed_at: null,
      }
      ledger.payments.push(tombstone)
      rows.set(order, tombstone)
      return { payment: toPayment(tombstone) }
    }
    if (row.refunded_fen > 0) return { error: 'ORDER_REFUNDED' }
    if (row.status === 'REFUSED' || row.status === 'REVERSED') return { payment: toPayment(row) }
    const personId = find(row.person_id ?? undefined)
    const amountFen = find(row.amount_fen ?? undefined)
    const movement = ledger.movements.find((m) => m.movement_id === row.payment_id)
    if (movement) {
      move(movement.port as 'bank', personId, movement.reference, -amountFen)
      movement.state = 'done'
      movement.outcome = 'reversed'
    }
    if (row.paid_at) {
      const to = movement ? `clearing/${movement.port}` : `wallet/${personId}`
      post('reversal', `merchant/${row.merchant_id}`, to, amountFen, personId, row.payment_id)
    }
    row.status = 'REVERSED'
    payer(personId).spent_fen -= amountFen
    return { payment: toPayment(row) }
  }

  function giveBack(order: string, refundNo: string, amountFen: number, bank: BankOptions['bank']) {
    const row = rowOf(order)
    if (!row) return { error: 'ORDER_NOT_FOUND' } as const
    const known = ledger.refunds.find(
      (r) => r.payment_id === row.payment_id && r.refund_no === refundNo,
    )
    if (known && known.amount_fen !== amountFen) return { error: 'REFUND_NO_REUSED' } as const
    if (known) return toRefundAnswer(row, known)
    if (row.status !== 'PAID') return { error: 'ORDER_NOT_PAID' } as const
    if (row.refunded_fen + amountFen > (row.amount_fen ?? 0)) {
      return { error: 'REFUND_EXCEEDS_PAYMENT' } as const
    }
    const personId = find(row.person_id ?? undefined)
    const refund: RefundRow = {
      terminal_id: row.terminal_id,
      order_no: row.order_no,
      refund_no: refundNo,
      refund_id: newId('refund'),
      payment_id: row.payment_id,
      amount_fen: amountFen,
      status: bank === 'declines' ? 'DECLINED' : 'REFUNDED',
    }
    ledger.refunds.push(refund)
    if (row.channel !== 'wallet') {
      const port = row.channel === 'one_card' ? 'one_card' : 'bank'
      const reference = `refund-${refund.refund_id}`
      ledger.movements.push({
        movement_id: refund.refund_id,
        kind: 'refund',
        port,
        reference,
        person_id: personId,
        amount_fen: amountFen,
        state: 'done',
        outcome: bank === 'declines' ? 'declined' : 'succeeded',
        created_at: instant(),
      })
      if (bank === 'declines') return toRefundAnswer(row, refund)
      move(port, personId, reference, -amountFen)
    }
    const to =
      row.channel === 'wallet'
        ? `wallet/${personId}`
        : `clearing/${row.channel === 'one_card' ? 'one_card' : 'bank'}`
    post('refund', `merchant/${row.merchant_id}`, to, amountFen, personId, row.payment_id)
    row.refunded_fen += amountFen
    return toRefundAnswer(row, refund)
  }

  function callTransfer(
    sent: Without<TransferSendLine, 'line' | 'atMs' | 'call'>,
    luck: Luck,
    act: () => Transfer | ErrorCode,
  ): void {
    const number = ++transferCalls
    write({ line: 'transfer-send', atMs: nowMs, call: number, ...sent } as TransferSendLine)
    const answer = luck === 'request lost' ? undefined : act()
    const told =
      luck !== 'replied' || answer === undefined
        ? { outcome: 'info', why: 'silence' }
        : typeof answer === 'string'
          ? { outcome: 'refused', error: answer }
          : { outcome: 'ok', transfer: answer }
    write({ line: 'transfer-reply', atMs: nowMs, call: number, ...told } as TransferReplyLine)
  }

  function startTransfer(
    kind: Transfer['kind'],
    personId: string,
    transferId: string,
    amountFen: number,
    bank: BankOptions['bank'],
  ): Transfer | ErrorCode {
    const known = ledger.movements.find(({ movement_id }) => movement_id === transferId)
    if (known) {
      const same = known.kind === kind && known.amount_fen === amountFen
      return same ? toTransfer(known) : 'TRANSFER_ID_REUSED'
    }
    if (kind === 'withdrawal' && payer(personId).wallet_fen < amountFen) return 'INSUFFICIENT_FUNDS'
    const prefix = kind === 'top_up' ? 'top' : 'wd'
    const movement: LedgerDump['movements'][number] = {
      movement_id: transferId,
      kind,
      port: 'bank',
      reference: `${prefix}-${transferId}`,
      person_id: personId,
      amount_fen: amountFen,
      state: 'open',
      outcome: null,
      created_at: instant(),
    }
    ledger.movements.push(movement)
    transferTimes.set(transferId, instant())
    if (kind === 'withdrawal') {
      post('withdrawal', `wallet/${personId}`, 'transit/bank', amountFen, personId, null)
    }
    if (bank !== 'declines') {
      move('bank', personId, movement.reference, kind === 'top_up' ? amountFen : -amountFen)
    }
    if (bank !== 'silent') settleTransfer(movement, bank === 'declines' ? 'declined' : 'succeeded')
    return toTransfer(movement)
  }

  function settleTransfer(
    movement: LedgerDump['movements'][number],
    outcome: 'succeeded' | 'declined',
  ): void {
    const { kind, amount_fen, person_id } = movement
    const wallet = `wallet/${person_id}`
    movement.state = 'done'
    movement.outcome = outcome
    if (kind === 'withdrawal' && outcome === 'succeeded') {
      post('withdrawal_posted', 'transit/bank', 'clearing/bank', amount_fen, person_id, null)
    } else if (kind === 'withdrawal') {
      post('withdrawal_voided', 'transit/bank', wallet, amount_fen, person_id, null)
    } else if (outcome === 'succeeded') {
      post('top_up', 'clearing/bank', wallet, amount_fen, person_id, null)
    }
  }

  function toTransfer(row: LedgerDump['movements'][number]): Transfer {
    const createdAt = find(transferTimes.get(row.movement_id))
    return {
      transferId: row.movement_id,
      kind: row.kind as Transfer['kind'],
      status:
        row.state === 'open' ? 'UNKNOWN' : row.outcome === 'succeeded' ? 'SUCCEEDED' : 'DECLINED',
      amountFen: row.amount_fen,
      bankName: '云谷银行',
      cardTail: '0001',
      createdAt,
      settledAt: row.state === 'open' ? null : createdAt,
    }
  }

  for (const { id, walletFen, bankAccount, dailyLimitFen } of world.people) {
    ledger.payers.push({
      person_id: id,
      wallet_fen: 0,
      wallet_version: 0,
      spent_on: '1970-01-01',
      spent_fen: 0,
      daily_limit_fen: dailyLimitFen,
    })
    if (walletFen === 0 || bankAccount === null) continue
    ledger.movements.push({
      movement_id: newId('top'),
      kind: 'top_up',
      port: 'bank',
      reference: `top-${id}`,
      person_id: id,
      amount_fen: walletFen,
      state: 'done',
      outcome: 'succeeded',
      created_at: instant(),
    })
    move('bank', id, `top-${id}`, walletFen)
    post('top_up', 'clearing/bank', `wallet/${id}`, walletFen, id, null)
  }
  nowMs = BEGAN_MS
  write(world)

  const builder: HistoryBuilder = {
    lines,
    ledger,
    outside,
    journals: { utility: [], wechat: [] },
    wait(ms) {
      nowMs += ms
    },
    get nowMs() {
      return nowMs
    },
    write,
    issue(personId, account = 'wallet', isRevealed = false) {
      const madeBy = { kind: 'issued', expiresAtMs: nowMs + MINUTE_MS } as const
      const made = { personId, account, isRevealed, madeBy }
      write({ line: 'code', atMs: nowMs, code: ++codes, ...made })
      return codes
    },
    draw(personId, account = 'wallet', step = Math.floor(nowMs / STEP_MS)) {
      const madeBy = { kind: 'device', deviceId: `phone-${personId}`, step } as const
      const made = { personId, account, isRevealed: false, madeBy }
      write({ line: 'code', atMs: nowMs, code: ++codes, ...made })
      return codes
    },
    pay(order, listFen, code, { luck = 'replied', bank = 'pays', repeats } = {}) {
      const sent = { core: 'a', ...split(order), verb: 'pay', listFen, code } as const
      const more = repeats === undefined ? {} : { repeats }
      return call(
        { ...sent, ...more },
        luck,
        () => takePayment(order, listFen, code, bank) as Answer,
      )
    },
    query(order) {
      return call({ core: 'a', ...split(order), verb: 'query' }, 'replied', () => {
        const row = rowOf(order)
        return row ? { payment: toPayment(row) } : { error: 'ORDER_NOT_FOUND' }
      })
    },
    reverse(order, luck = 'replied') {
      return call({ core: 'b', ...split(order), verb: 'reverse' }, luck, () => undo(order))
    },
    refund(order, refundNo, amountFen, { luck = 'replied', bank = 'pays' } = {}) {
      const sent = { core: 'b', ...split(order), verb: 'refund', refundNo, amountFen } as const
      return call(sent, luck, () => giveBack(order, refundNo, amountFen, bank))
    },
    approve(order, wrongCount = 0) {
      const row = find(rowOf(order))
      const personId = find(row.person_id ?? undefined)
      const action = { kind: 'pay', paymentId: row.payment_id } as const
      const approvalId = openKeypad(personId, action, row.amount_fen, wrongCount)
      ledger.approvals.push({
        ...{ approval_id: approvalId, person_id: personId, payment_id: row.payment_id },
        status: 'approved',
      })
      return approvalId
    },
    hold(personId) {
      const madeBy = { kind: 'card' } as const
      write({
        ...{ line: 'code', atMs: nowMs, code: ++codes, personId, account: 'wallet' },
        isRevealed: false,
        madeBy,
      })
      return codes
    },
    sign(personId) {
      const approvalId = openKeypad(personId, { kind: 'sign_agreement' }, null, 0)
      signed.set(personId, instant())
      ledger.agreements.push({ person_id: personId, change: 'signed', at: instant() })
      callByPhone({ personId, verb: 'sign', approvalId })
    },
    cancel(personId) {
      signed.delete(personId)
      ledger.agreements.push({ person_id: personId, change: 'cancelled', at: instant() })
      callByPhone({ personId, verb: 'cancel' })
    },
    approveUnlock: (personId) => openKeypad(personId, { kind: 'unlock_card' }, null, 0),
    confirm(order, approvalId, { luck = 'replied', bank = 'pays', repeats } = {}) {
      const paymentId = find(rowOf(order)).payment_id
      const sent = { core: 'a', ...split(order), verb: 'confirm', paymentId, approvalId } as const
      const more = repeats === undefined ? {} : { repeats }
      return call({ ...sent, ...more }, luck, () => takeConfirmation(order, approvalId, bank))
    },
    decline(order, luck = 'replied') {
      const paymentId = find(rowOf(order)).payment_id
      const sent = { core: 'b', ...split(order), verb: 'decline', paymentId } as const
      return call(sent, luck, () => takeDecline(order))
    },
    lock(personId) {
      locked.add(personId)
      callByPhone({ personId, verb: 'lock' })
    },
    unlock(personId, approvalId) {
      callByPhone({ personId, verb: 'unlock', approvalId })
      locked.delete(personId)
    },
    transfer(kind, personId, transferId, amountFen, { luck = 'replied', bank = 'pays' } = {}) {
      callTransfer({ core: 'a', personId, transferId, verb: kind, amountFen }, luck, () =>
        startTransfer(kind, personId, transferId, amountFen, bank),
      )
    },
    getTransfer(personId, transferId) {
      callTransfer({ core: 'b', personId, transferId, verb: 'get' }, 'replied', () => {
        const row = ledger.movements.find(({ movement_id }) => movement_id === transferId)
        return row ? toTransfer(row) : 'TRANSFER_NOT_FOUND'
      })
    },
    snapshot() {
      const debitsFen = { wallet: 0, merchant: 0, clearing: 0, transit: 0, hold: 0 }
      const creditsFen = { wallet: 0, merchant: 0, clearing: 0, transit: 0, hold: 0 }
      for (const { debit_account, credit_account, amount_fen } of ledger.postings) {
        debitsFen[debit_account.split('/')[0] as 'wallet'] += amount_fen
        creditsFen[credit_account.split('/')[0] as 'wallet'] += amount_fen
      }
      const walletsFen = ledger.payers.reduce((sum, { wallet_fen }) => sum + wallet_fen, 0)
      write({ line: 'snapshot', atMs: nowMs, walletsFen, debitsFen, creditsFen })
    },
    finish() {
      nowMs += MINUTE_MS
      expire()
      for (const row of ledger.payments.filter(({ status }) => status === 'UNKNOWN'))
        settle(row, null)
      for (const row of ledger.movements) {
        if (row.state === 'open' && transferTimes.has(row.movement_id)) {
          settleTransfer(row, 'succeeded')
        }
      }
      const asked = new Map(
        lines.flatMap((line) =>
          line.line === 'transfer-send' ? [[line.transferId, line.personId] as const] : [],
        ),
      )
      for (const [transferId, personId] of asked) builder.getTransfer(personId, transferId)
      const orders = new Set(
        lines.flatMap((line) => (line.line === 'send' ? `${line.terminalId}/${line.orderNo}` : [])),
      )
      for (const order of orders) builder.query(order)
      for (const refund of ledger.refunds) {
        const { terminal_id, order_no, refund_no } = refund
        const order = `${terminal_id}/${order_no}`
        const sent = {
          core: 'a',
          ...split(order),
          verb: 'queryRefund',
          refundNo: refund_no,
        } as const
        call(sent, 'replied', () => ({ refund: toRefund(find(rowOf(order)), refund) }))
      }
      return { lines, ledger, outside, journals: builder.journals }
    },
  }
  return builder

  function answerPay(row: PaymentRow): Answer {
    if (row.refusal) return { error: row.refusal as ErrorCode }
    return row.status === 'REVERSED' ? { error: 'ORDER_REVERSED' } : { payment: toPayment(row) }
  }
  function notTaken(row: PaymentRow): Answer {
    return { error: row.person_id === null ? 'ORDER_REVERSED' : 'ORDER_NO_REUSED' }
  }
  function toRefundAnswer(row: PaymentRow, refund: RefundRow): Answer {
    return refund.status === 'DECLINED'
      ? { error: 'REFUND_DECLINED' }
      : { refund: toRefund(row, refund) }
  }
  function toPayment(row: PaymentRow): Payment {
    const personClass = classOf.get(row.person_id ?? '')
    const message = { 'zh-CN': '', en: '' }
    return {
      orderNo: row.order_no,
      paymentId: row.payment_id,
      status: row.status as Payment['status'],
      listFen: row.list_fen,
      amountFen: row.amount_fen,
      rule: null,
      payer: personClass ? { class: personClass, maskedName: '某*' } : null,
      means: row.means as Payment['means'],
      channel: row.paid_at ? (row.channel as Channel) : null,
      refundedFen: row.refunded_fen,
      refusal: row.refusal ? { code: row.refusal as ErrorCode, message } : null,
      createdAt: row.created_at,
      settledAt: row.paid_at,
      confirmBy: row.status === 'AWAITING_PASSWORD' ? row.confirm_by : null,
    }
  }
  function toEntry(row: PaymentRow): BillEntry {
    return {
      ...{ entryId: row.payment_id, paymentId: row.payment_id, kind: 'payment', direction: 'out' },
      status: row.status as BillEntry['status'],
      at: row.created_at,
      ...{ merchantName: null, terminalName: null, cardTail: null, rule: null, refusal: null },
      means: row.means as Payment['means'],
      channel: row.channel as BillEntry['channel'],
      listFen: row.list_fen,
      amountFen: row.amount_fen ?? 0,
      orderNo: row.order_no,
    }
  }
  function toRefund(row: PaymentRow, refund: RefundRow): Refund {
    return {
      orderNo: row.order_no,
      refundNo: refund.refund_no,
      status: refund.status as Refund['status'],
      amountFen: refund.amount_fen,
      channel: row.channel as Channel,
      createdAt: row.created_at,
      settledAt: row.created_at,
    }
  }
}

function split(order: string): { terminalId: string; orderNo: string } {
  const [terminalId = '', orderNo = ''] = order.split('/')
  return { terminalId, orderNo }
}

function toReply(answer: Answer) {
  return 'error' in answer ? { outcome: 'refused', ...answer } : { outcome: 'ok', ...answer }
}
