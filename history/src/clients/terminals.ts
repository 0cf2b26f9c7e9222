import { setTimeout as sleep } from 'node:timers/promises'
import { billEntrySchema } from '@campus-ecode/protocol/bill'
import { corePersonRoutes, terminalRoutes } from '@campus-ecode/protocol/core-api'
import { type Presented, paymentSchema, refundSchema } from '@campus-ecode/protocol/payments'
import { problemSchema } from '@campus-ecode/protocol/problem'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import type { Diary, Replied, Sent } from '../diary-writer.ts'
import type { Random } from '../random.ts'
import type { Person, Till } from '../world.ts'
import { carry, choosePassage, nameFault, type Weather } from './network.ts'
import type { Code } from './phones.ts'
import type { CoreWire, Reply, SignedCall } from './signed-http.ts'
import { createUnderWay, PATIENCE_MS } from './under-way.ts'

/** An order of a terminal, which makes its number before the first send. */
export interface Order {
  till: Till
  orderNo: string
}

/** What a terminal wants of a core; or the payer's page, of an order that the terminal waits for. */
export type Wish =
  | { verb: 'pay'; order: Order; listFen: number; code: Code }
  | { verb: 'query' | 'reverse'; order: Order }
  | { verb: 'refund'; order: Order; refundNo: string; amountFen: number }
  | { verb: 'queryRefund'; order: Order; refundNo: string }
  | { verb: 'confirm'; order: Order; person: Person; paymentId: string; approvalId: string }
  | { verb: 'decline'; order: Order; person: Person; paymentId: string }

/** What has been sent, to be sent once more as it was. */
export interface SentCall {
  wish: Wish
  call: number
  signed: SignedCall
}

export interface Terminals {
  /** Signs a wish anew and sends it; resolves with what is then known of it. */
  ask(wish: Wish, core: CoreWire, options?: AskOptions): Promise<Replied>
  /** The very bytes of an earlier call again, to whichever core. */
  repeat(sent: SentCall, core: CoreWire, options?: AskOptions): Promise<Replied>
  /** Every order that was ever asked about, and its refund numbers. */
  readonly orders: ReadonlyMap<string, { order: Order; refundNos: Set<string> }>
  weather: Weather
  /** Resolves when nothing is on its way any more, late and repeated requests included. */
  settle(): Promise<void>
}

export interface AskOptions {
  /** How long is waited for a reply. */
  patienceMs?: number
  /** Gets what was sent before it is. */
  onSent?(sent: SentCall): void
}

export function createTerminals(options: {
  schoolId: string
  bffKey: SigningKey
  diary: Diary
  cores: readonly CoreWire[]
  random: Random
}): Terminals {
  const { schoolId, bffKey, diary, cores, random } = options
  const keys = new Map<string, SigningKey>()
  const orders = new Map<string, { order: Order; refundNos: Set<string> }>()
  const { follow, within, settle } = createUnderWay()
  const terminals: Terminals = {
    orders,
    weather: 'calm',
    ask(wish, core, options = {}) {
      note(wish)
      const key = 'person' in wish ? bffKey : keyOf(wish.order.till)
      const signed = core.sign({ ...toHttp(schoolId, wish), key })
      return sendNoted(wish, signed, core, options)
    },
    repeat({ wish, call, signed }, core, options = {}) {
      return sendNoted(wish, signed, core, options, call)
    },
    settle,
  }
  return terminals

  function keyOf({ keyId, secret }: Till): SigningKey {
    const key = keys.get(keyId) ?? createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    keys.set(keyId, key)
    return key
  }

  function note(wish: Wish): void {
    const id = `${wish.order.till.id}/${wish.order.orderNo}`
    const known = orders.get(id) ?? { order: wish.order, refundNos: new Set<string>() }
    orders.set(id, known)
    if ('refundNo' in wish) known.refundNos.add(wish.refundNo)
  }

  /** Writes the call down, lets the network have it, and writes down what came back in time. */
  async function sendNoted(
    wish: Wish,
    signed: SignedCall,
    wire: CoreWire,
    { patienceMs = PATIENCE_MS, onSent }: AskOptions,
    repeats?: number,
  ): Promise<Replied> {
    const passage = choosePassage(random, terminals.weather)
    const call = diary.send({ ...describe(wish, wire), ...(repeats !== undefined && { repeats }) })
    onSent?.({ wish, call: repeats ?? call, signed })
    if (passage.repeatAfterMs !== undefined) {
      follow(repeatLater({ wish, call: repeats ?? call, signed }, passage.repeatAfterMs))
    }
    const arriving = carry((signal) => wire.send(signed, signal), passage).then(
      (reply) => readReply(wish, reply),
      (error: unknown): Replied => ({ outcome: 'info', why: nameFault(error) }),
    )
    const replied = await within(arriving, patienceMs)
    diary.reply(call, replied)
    return replied
  }

  async function repeatLater(sent: SentCall, afterMs: number): Promise<void> {
    await sleep(afterMs)
    await terminals.repeat(sent, random.pick(cores))
  }
}

function toHttp(
  schoolId: string,
  wish: Wish,
): { method: 'GET' | 'POST'; target: string; json?: unknown } {
  const { orderNo } = wish.order
  switch (wish.verb) {
    case 'pay':
      return {
        method: 'POST',
        target: terminalRoutes.pay.path,
        json: { orderNo, amountFen: wish.listFen, ...present(wish.code) },
      }
    case 'query':
      return { method: 'GET', target: fill(terminalRoutes.getPayment.path, { orderNo }) }
    case 'reverse':
      return { method: 'POST', target: fill(terminalRoutes.reverse.path, { orderNo }), json: {} }
    case 'refund': {
      const { refundNo, amountFen } = wish
      const target = fill(terminalRoutes.refund.path, { orderNo })
      return { method: 'POST', target, json: { refundNo, amountFen } }
    }
    case 'queryRefund': {
      const { refundNo } = wish
      return { method: 'GET', target: fill(terminalRoutes.getRefund.path, { orderNo, refundNo }) }
    }
    case 'confirm':
    case 'decline': {
      const isConfirm = wish.verb === 'confirm'
      const { path } = corePersonRoutes[isConfirm ? 'confirmPayment' : 'declinePayment']
      const params = { schoolId, personId: wish.person.id, paymentId: wish.paymentId }
      const json = isConfirm ? { approvalId: wish.approvalId } : undefined
      return { method: 'POST', target: fill(path, params), json }
    }
  }
}

function present({ text, isCard }: Code): Presented {
  return isCard ? { token: { kind: 'card', value: text } } : { code: text }
}

export function fill(path: string, params: Record<string, string>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function describe(wish: Wish, { core }: CoreWire): Sent {
  const { till, orderNo } = wish.order
  const where = { core: core.name, terminalId: till.id, orderNo }
  switch (wish.verb) {
    case 'pay':
      return { ...where, verb: 'pay', listFen: wish.listFen, code: wish.code.number }
    case 'refund':
      return { ...where, verb: 'refund', refundNo: wish.refundNo, amountFen: wish.amountFen }
    case 'queryRefund':
      return { ...where, verb: 'queryRefund', refundNo: wish.refundNo }
    case 'confirm': {
      const { paymentId, approvalId } = wish
      return { ...where, verb: 'confirm', paymentId, approvalId }
    }
    case 'decline':
      return { ...where, verb: 'decline', paymentId: wish.paymentId }
    default:
      return { ...where, verb: wish.verb }
  }
}

/** Only what the core has signed, in the agreed form, counts as said. */
function readReply(wish: Wish, { status, json, verified }: Reply): Replied {
  if (!verified) return { outcome: 'info', why: `an unsigned ${status}` }
  if (status >= 200 && status < 300) {
    if (wish.verb === 'refund' || wish.verb === 'queryRefund') {
      const refund = refundSchema.safeParse(json)
      if (refund.success) return { outcome: 'ok', refund: refund.data }
    } else if ('person' in wish) {
      const entry = billEntrySchema.safeParse(json)
      if (entry.success) return { outcome: 'ok', entry: entry.data }
    } else {
      const payment = paymentSchema.safeParse(json)
      if (payment.success) return { outcome: 'ok', payment: payment.data }
    }
    return { outcome: 'info', why: 'an answer of another form' }
  }
  const problem = problemSchema.safeParse(json)
  if (!problem.success || status >= 500) return { outcome: 'info', why: `a ${status}` }
  return { outcome: 'refused', error: problem.data.code }
}
