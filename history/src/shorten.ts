import type { DiaryLine, LedgerDump, OutsideMove, PhoneSendLine } from './diary.ts'
import type { About } from './finding.ts'
import type { RecordedHistory } from './read-history.ts'

/** What went wrong around here may have to do with it. */
const AROUND_MS = 2_000

/**
 * Leaves of a history what concerns a finding: its orders; or all orders of its codes, people or
 * accounts if it names none. What was broken on purpose meanwhile stays too.
 */
export function shortenHistory(recorded: RecordedHistory, about: About): RecordedHistory {
  const { lines, ledger, outside, journals } = recorded
  const people = new Set(about.people)
  const accounts = new Set(about.accounts)
  const codes = new Set(about.codes)
  const orders = new Set(about.orders)
  const transfers = new Set(about.transfers)
  const subjects = new Set(about.subjects)

  for (const line of lines) {
    if (line.line !== 'world') continue
    for (const { id, bankAccount, oneCardAccount } of line.people) {
      const names = [`wallet/${id}`, bankAccount, oneCardAccount]
      if (names.some((name) => name !== null && accounts.has(name))) people.add(id)
    }
  }
  if (transfers.size === 0) {
    for (const line of lines) {
      if (line.line === 'transfer-send' && people.has(line.personId)) transfers.add(line.transferId)
    }
  }
  if (orders.size === 0 && about.transfers === undefined) {
    for (const line of lines) {
      if (line.line === 'code' && people.has(line.personId)) codes.add(line.code)
    }
    for (const line of lines) {
      if (line.line !== 'send' || line.verb !== 'pay' || !codes.has(line.code)) continue
      orders.add(`${line.terminalId}/${line.orderNo}`)
    }
  }

  const calls = new Set<number>()
  const approvals = new Set<string>()
  const payers = new Set(people)
  for (const line of lines) {
    if (line.line !== 'send' || !orders.has(`${line.terminalId}/${line.orderNo}`)) continue
    calls.add(line.call)
    if (line.verb === 'pay') codes.add(line.code)
  }
  const transferCalls = new Set<number>()
  for (const line of lines) {
    if (line.line === 'transfer-send' && transfers.has(line.transferId))
      transferCalls.add(line.call)
  }
  for (const { terminal_id, order_no, person_id, payment_id } of ledger.payments) {
    if (!orders.has(`${terminal_id}/${order_no}`)) continue
    if (person_id !== null) payers.add(person_id)
    for (const one of ledger.approvals) {
      if (one.payment_id === payment_id) approvals.add(one.approval_id)
    }
  }
  const concerned: Concerned = {
    calls,
    transferCalls,
    codes,
    approvals,
    payers,
    holders: new Set(
      lines.flatMap((line) =>
        line.line === 'code' && codes.has(line.code) && line.madeBy.kind === 'card'
          ? line.personId
          : [],
      ),
    ),
    phoneCalls: new Set(),
  }
  for (const line of lines) {
    if (line.line === 'phone-send' && isPhoneAbout(line, concerned)) {
      concerned.phoneCalls.add(line.call)
    }
  }
  const wayCalls = new Set<number>()
  for (const line of lines) {
    if (line.line === 'way-send' && subjects.has(line.subject)) wayCalls.add(line.call)
  }
  const isOwn = (line: DiaryLine) =>
    line.line === 'way-send' || line.line === 'way-reply'
      ? wayCalls.has(line.call)
      : isAbout(line, concerned)
  const own = lines.filter(isOwn)
  const times = own.filter(({ line }) => line !== 'code').map(({ atMs }) => atMs)
  const fromMs = Math.min(...times) - AROUND_MS
  const untilMs = Math.max(...times) + AROUND_MS
  const isMeanwhile = ({ line, atMs }: DiaryLine) =>
    (line === 'disturbance' || line === 'witness') && fromMs <= atMs && atMs <= untilMs
  const kept = new Set(own)

  // An order of another way is a subject too.
  const shortened = shortenLedger(ledger, new Set([...orders, ...subjects]), transfers, people)
  const references = new Set(shortened.movements.map(({ reference }) => reference))
  return {
    lines: lines.filter((line) => kept.has(line) || isMeanwhile(line)),
    ledger: shortened,
    outside: outside.filter((move) => isMoveAbout(move, references, accounts)),
    journals: {
      utility: journals.utility.filter(({ reference }) => references.has(reference)),
      wechat: journals.wechat.filter(({ reference }) => references.has(reference)),
    },
  }
}

interface Concerned {
  calls: Set<number>
  transferCalls: Set<number>
  phoneCalls: Set<number>
  codes: Set<number>
  approvals: Set<string>
  /** Whose card it may have been. */
  payers: Set<string>
  /** Whose agreement it may have needed. */
  holders: Set<string>
}

function isAbout(line: DiaryLine, concerned: Concerned): boolean {
  switch (line.line) {
    case 'send':
    case 'reply':
      return concerned.calls.has(line.call)
    case 'transfer-send':
    case 'transfer-reply':
      return concerned.transferCalls.has(line.call)
    case 'phone-send':
    case 'phone-reply':
      return concerned.phoneCalls.has(line.call)
    case 'approval':
      return concerned.approvals.has(line.approvalId)
    default:
      return line.line === 'code' && concerned.codes.has(line.code)
  }
}

function isPhoneAbout(line: PhoneSendLine, { approvals, payers, holders }: Concerned): boolean {
  if (line.verb === 'enter') return approvals.has(line.approvalId)
  const concerned = line.verb === 'sign' || line.verb === 'cancel' ? holders : payers
  return concerned.has(line.personId)
}

function shortenLedger(
  ledger: LedgerDump,
  orders: Set<string>,
  transfers: Set<string>,
  people: Set<string>,
): LedgerDump {
  const isOwn = (row: { terminal_id: string; order_no: string }) =>
    orders.has(`${row.terminal_id}/${row.order_no}`)
  const payments = ledger.payments.filter(isOwn)
  const refunds = ledger.refunds.filter(isOwn)
  const ids = new Set([
    ...payments.map(({ payment_id }) => payment_id),
    ...refunds.map(({ refund_id }) => refund_id),
    ...transfers,
  ])
  const ofPayers = new Set(payments.map(({ person_id }) => person_id))
  const swiped = payments.some(({ means }) => means === 'card')
  return {
    agreements: ledger.agreements.filter((row) => swiped && ofPayers.has(row.person_id)),
    payers: ledger.payers.filter(({ person_id }) => people.has(person_id)),
    payments,
    refunds,
    movements: ledger.movements.filter(({ movement_id }) => ids.has(movement_id)),
    approvals: ledger.approvals.filter(({ payment_id }) => ids.has(payment_id)),
    static_days: ledger.static_days.filter(({ person_id }) => people.has(person_id)),
    water_sessions: ledger.water_sessions.filter((row) =>
      orders.has(`${row.terminal_id}/${row.session_no}`),
    ),
    online_orders: ledger.online_orders.filter(isOwn),
    utility_top_ups: ledger.utility_top_ups.filter(({ top_up_id }) => orders.has(top_up_id)),
    postings: ledger.postings.filter(
      ({ payment_id, person_id }) => ids.has(payment_id ?? '') || people.has(person_id),
    ),
  }
}

function isMoveAbout(
  { reference, account }: OutsideMove,
  references: Set<string>,
  accounts: Set<string>,
): boolean {
  return references.has(reference) || accounts.has(account)
}
