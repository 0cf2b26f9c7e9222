import { type Clocks, createClocks } from './clocks.ts'
import type {
  ApprovalLine,
  CodeLine,
  DiaryLine,
  LedgerDump,
  OutsideMove,
  PhoneReplyLine,
  PhoneSendLine,
  ReplyLine,
  SendLine,
  SnapshotLine,
  TransferReplyLine,
  TransferSendLine,
  WorldLine,
  WorldPerson,
} from './diary.ts'
import { readWays, type WayJournals, type Ways } from './ways/read-ways.ts'

/** What a run leaves behind: what clients saw, what is in the books, what moved outside. */
export interface RecordedHistory {
  lines: DiaryLine[]
  ledger: LedgerDump
  outside: OutsideMove[]
  journals: WayJournals
}

export type PaySend = SendLine & { verb: 'pay' }
export type ConfirmSend = SendLine & { verb: 'confirm' }
export type PaymentRow = LedgerDump['payments'][number]
export type RefundRow = LedgerDump['refunds'][number]
export type MovementRow = LedgerDump['movements'][number]
export type PostingRow = LedgerDump['postings'][number]
export type ApprovalRow = LedgerDump['approvals'][number]

/** A call and what came of it. Places are positions in the diary, which is in order of writing. */
export interface Call {
  send: SendLine
  sentAt: number
  reply: ReplyLine | undefined
  /** Infinity: under way when everything ended. */
  repliedAt: number
}

/** All that is known of one order: what was asked, and what is in the books. */
export interface Order {
  /** `<terminal>/<order number>` */
  key: string
  merchantId: string
  calls: Call[]
  row: PaymentRow | undefined
  refunds: RefundRow[]
  postings: PostingRow[]
  /** Each was for this order. */
  approvals: ApprovalRow[]
}

export interface TransferCall {
  send: TransferSendLine
  sentAt: number
  reply: TransferReplyLine | undefined
  repliedAt: number
}

/** All that is known of one transfer that a person asked for. */
export interface TransferStory {
  transferId: string
  personId: string
  calls: TransferCall[]
  row: MovementRow | undefined
}

/** What somebody did at the keypad or with their card. */
export interface PhoneCall<Verb extends PhoneSendLine['verb'] = PhoneSendLine['verb']> {
  send: PhoneSendLine & { verb: Verb }
  sentAt: number
  reply: PhoneReplyLine | undefined
  repliedAt: number
}

/** A recorded history, found by what one looks for. */
export interface History {
  world: WorldLine
  lines: DiaryLine[]
  ledger: LedgerDump
  outside: OutsideMove[]
  people: Map<string, WorldPerson>
  codes: Map<number, CodeLine>
  /** Place in the diary at which a code was made. */
  codePlaces: Map<number, number>
  calls: Map<number, Call>
  orders: Map<string, Order>
  transfers: Map<string, TransferStory>
  /** What keypads showed, by approval, and what was typed there. */
  approvals: Map<string, ApprovalLine>
  entries: PhoneCall<'enter'>[]
  /** Locks and unlocks of cards. */
  cardCalls: PhoneCall<'lock' | 'unlock'>[]
  snapshots: SnapshotLine[]
  clocks: Clocks
  ways: Ways
}

/**
 * Sorts a history by orders.
 *
 * Throws when the diary itself is wrong: a reply without a call, two worlds, a terminal nobody knows.
 */
export function readHistory({ lines, ledger, outside, journals }: RecordedHistory): History {
  const [world, ...otherWorlds] = lines.filter((line) => line.line === 'world')
  if (!world || otherWorlds.length > 0) throw new Error('a diary begins with one world')
  const merchants = new Map(world.terminals.map(({ id, merchantId }) => [id, merchantId]))
  const codes = new Map<number, CodeLine>()
  const codePlaces = new Map<number, number>()
  const calls = new Map<number, Call>()
  const orders = new Map<string, Order>()
  const snapshots: SnapshotLine[] = []
  const transfers = new Map<string, TransferStory>()
  const transferCalls = new Map<number, TransferCall>()
  const approvals = new Map<string, ApprovalLine>()
  const phoneCalls = new Map<number, PhoneCall>()

  function orderOf(terminalId: string, orderNo: string): Order {
    const key = `${terminalId}/${orderNo}`
    const known = orders.get(key)
    if (known) return known
    const merchantId = merchants.get(terminalId)
    if (!merchantId) throw new Error('an order is of a terminal that the world does not have')
    const order: Order = {
      ...{ key, merchantId, row: undefined },
      ...{ calls: [], refunds: [], postings: [], approvals: [] },
    }
    orders.set(key, order)
    return order
  }

  function transferOf({ transferId, personId }: TransferSendLine): TransferStory {
    const known = transfers.get(transferId)
    if (known) return known
    const story = { transferId, personId, calls: [], row: undefined }
    transfers.set(transferId, story)
    return story
  }

  for (const [at, line] of lines.entries()) {
    if (line.line === 'code') {
      codes.set(line.code, line)
      codePlaces.set(line.code, at)
    } else if (line.line === 'snapshot') snapshots.push(line)
    else if (line.line === 'approval') approvals.set(line.approvalId, line)
    else if (line.line === 'phone-send') {
      if (phoneCalls.has(line.call)) throw new Error(`phone call ${line.call} was sent twice`)
      const call = { send: line, sentAt: at, reply: undefined, repliedAt: Infinity }
      phoneCalls.set(line.call, call)
    } else if (line.line === 'phone-reply') {
      const call = phoneCalls.get(line.call)
      if (!call || call.reply)
        throw new Error(`phone call ${line.call} was not sent, or replied twice`)
      call.reply = line
      call.repliedAt = at
    } else if (line.line === 'transfer-send') {
      if (transferCalls.has(line.call)) throw new Error(`transfer call ${line.call} was sent twice`)
      const call: TransferCall = { send: line, sentAt: at, reply: undefined, repliedAt: Infinity }
      transferCalls.set(line.call, call)
      transferOf(line).calls.push(call)
    } else if (line.line === 'transfer-reply') {
      const call = transferCalls.get(line.call)
      if (!call || call.reply)
        throw new Error(`transfer call ${line.call} was not sent, or replied twice`)
      call.reply = line
      call.repliedAt = at
    } else if (line.line === 'send') {
      if (calls.has(line.call)) throw new Error(`call ${line.call} was sent twice`)
      const call: Call = { send: line, sentAt: at, reply: undefined, repliedAt: Infinity }
      calls.set(line.call, call)
      orderOf(line.terminalId, line.orderNo).calls.push(call)
    } else if (line.line === 'reply') {
      const call = calls.get(line.call)
      if (!call || call.reply) throw new Error(`call ${line.call} was not sent, or replied twice`)
      call.reply = line
      call.repliedAt = at
    }
  }

  const byPaymentId = new Map<string, Order>()
  const elsewhere = new Set(world.ways.terminals.map(({ id }) => id))
  for (const row of ledger.payments) {
    if (elsewhere.has(row.terminal_id)) continue
    const order = orderOf(row.terminal_id, row.order_no)
    // The last one stands; a second row of one order is what "one posting each" finds.
    order.row = row
    byPaymentId.set(row.payment_id, order)
  }
  for (const row of ledger.movements) {
    const story = transfers.get(row.movement_id)
    if (story) story.row = row
  }
  for (const row of ledger.refunds) {
    if (!elsewhere.has(row.terminal_id)) orderOf(row.terminal_id, row.order_no).refunds.push(row)
  }
  for (const row of ledger.approvals) byPaymentId.get(row.payment_id)?.approvals.push(row)
  for (const row of ledger.postings) byPaymentId.get(row.payment_id ?? '')?.postings.push(row)

  return {
    world,
    lines,
    ledger,
    outside,
    people: new Map(world.people.map((person) => [person.id, person])),
    codes,
    codePlaces,
    calls,
    orders,
    transfers,
    approvals,
    entries: [...phoneCalls.values()].filter(isEntry),
    cardCalls: [...phoneCalls.values()].filter(isCardCall),
    snapshots,
    clocks: createClocks(lines),
    ways: readWays(world.ways, lines, ledger, journals),
  }
}

function isEntry(call: PhoneCall): call is PhoneCall<'enter'> {
  return call.send.verb === 'enter'
}

function isCardCall(call: PhoneCall): call is PhoneCall<'lock' | 'unlock'> {
  return call.send.verb === 'lock' || call.send.verb === 'unlock'
}
