import { setTimeout as sleep } from 'node:timers/promises'
import type { Accounts } from '@campus-ecode/protocol/accounts'
import { corePersonRoutes, terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { Demo } from '@campus-ecode/protocol/demo'
import type { IssuedCode } from '@campus-ecode/protocol/issued-codes'
import type { Payment } from '@campus-ecode/protocol/payments'
import { problemSchema } from '@campus-ecode/protocol/problem'
import type { Route } from '@campus-ecode/protocol/route'
import type { Account } from '@campus-ecode/protocol/shapes'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { demand, NotConforming, Skipped } from './check.ts'
import { codeOf, demandAnswer } from './demands.ts'
import { type CallToSign, createPool, createWire, type Reply, type Wire } from './wire.ts'

export type Person = Demo['people'][number]

/** A terminal: its key, and whose it is. */
export interface Till {
  id: string
  merchantId: string
  wire: Wire
}

/** A gate: its key, and which it is. */
export interface GateKey {
  id: string
  wire: Wire
}

export interface WorldOptions {
  coreUrl: string
  demo: Demo
  bffKey: { keyId: string; secret: string }
  /** Where the SMS sandbox shows what it sent, if there is one. */
  inboxUrl?: string | undefined
  /** For tests, which cannot wait for a minute. */
  waitUntil?: (ms: number) => Promise<void>
}

/** What the list price of most checks' orders is. */
export const LIST_FEN = 1_230

/** The core under test, its campus, and what checks do there again and again. */
export class World {
  readonly origin: string
  readonly demo: Demo
  readonly bff: Wire
  readonly tills: readonly Till[]
  readonly gates: readonly GateKey[]
  readonly inboxUrl: string | undefined
  readonly #pool
  readonly #waitUntil: (ms: number) => Promise<void>
  readonly #run = Date.now().toString(36)
  readonly #open: { till: Till; orderNo: string }[] = []
  #payers: Promise<Person[]> | undefined
  #orders = 0

  constructor({ coreUrl, demo, bffKey, inboxUrl, waitUntil }: WorldOptions) {
    this.origin = new URL(coreUrl).origin
    this.demo = demo
    this.inboxUrl = inboxUrl
    this.#waitUntil = waitUntil ?? ((ms) => sleep(Math.max(0, ms - Date.now())))
    this.#pool = createPool(this.origin)
    const connect = (keyId: string, secret: string) => {
      const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
      return createWire(this.origin, key, this.#pool)
    }
    this.bff = connect(bffKey.keyId, bffKey.secret)
    // Neither merchants' servers nor shower controllers: they pay no codes.
    const tills = demo.terminals.filter(({ kind }) => kind === 'till')
    this.tills = tills.map(({ id, merchantId, keyId, secret }) => {
      return { id, merchantId, wire: connect(keyId, secret) }
    })
    this.gates = demo.gates.map(({ id, keyId, secret }) => ({ id, wire: connect(keyId, secret) }))
  }

  get till(): Till {
    const [till] = this.tills
    if (!till) throw new Skipped('demo.json names no terminal')
    return till
  }

  get otherTill(): Till {
    const [, till] = this.tills
    if (!till) throw new Skipped('demo.json names only one terminal')
    return till
  }

  get gate(): GateKey {
    const [gate] = this.gates
    if (!gate) throw new Skipped('demo.json names no gate')
    return gate
  }

  /** At least one, so that nothing passes for want of people. */
  get everybody(): [Person, ...Person[]] {
    const [first, ...others] = this.demo.people
    if (!first) throw new Skipped('demo.json names nobody')
    return [first, ...others]
  }

  waitUntil(ms: number): Promise<void> {
    return this.#waitUntil(ms)
  }

  /** Never used before, so that the core may be tested again and again. */
  newOrderNo(): string {
    return `conform-${this.#run}-${++this.#orders}`
  }

  /** A call of a person route, as the BFF makes it. */
  callPerson(
    name: keyof typeof corePersonRoutes,
    person: Pick<Person, 'id'>,
    { params = {}, query = '', ...call }: PersonCall = {},
  ): Promise<Reply> {
    const route: Route = corePersonRoutes[name]
    const path = fillPath(route.path, {
      schoolId: this.demo.school.id,
      personId: person.id,
      ...params,
    })
    return this.bff.call({ ...call, method: route.method, target: path + query })
  }

  async readAccounts(person: Person): Promise<Accounts> {
    const reply = await this.callPerson('getAccounts', person)
    return demandAnswer(reply, corePersonRoutes.getAccounts)
  }

  async readBalance(person: Person, account: Account = 'wallet'): Promise<number> {
    const { accounts } = await this.readAccounts(person)
    const balanceFen = accounts.find((state) => state.account === account)?.balanceFen
    demand(typeof balanceFen === 'number', `the balance of ${account} is not told`)
    return balanceFen
  }

  /** All of them, to be compared. */
  async readBalances(): Promise<string> {
    const balances = []
    for (const person of this.everybody) {
      const { accounts } = await this.readAccounts(person)
      balances.push(accounts.map(({ account, balanceFen }) => `${account} ${balanceFen}`).sort())
    }
    return balances.join()
  }

  /** Asks for a code as the phone does; earlier issued codes of the person end. */
  async drawCode(
    person: Person,
    { account = 'wallet', revealed = false }: { account?: Account; revealed?: boolean } = {},
  ): Promise<IssuedCode> {
    const reply = await this.callPerson('issueCode', person, { json: { account, revealed } })
    return demandAnswer(reply, corePersonRoutes.issueCode)
  }

  /**
   * Somebody whose wallet can pay a few times, and another of another class if there is one.
   *
   * @param index 0 for the first such person, 1 for the second.
   */
  async findPayer(index = 0): Promise<Person> {
    this.#payers ??= this.#findPeople(({ accounts, limits }) => {
      const wallet = accounts.find(({ account }) => account === 'wallet')
      const { singleFen, dailyFen, spentTodayFen } = limits
      return (
        (wallet?.balanceFen ?? 0) >= 4 * LIST_FEN &&
        singleFen >= 2 * LIST_FEN &&
        dailyFen - spentTodayFen >= 8 * LIST_FEN
      )
    })
    const payers = await this.#payers
    const first = payers[0]
    const other = payers.find((person) => person.class !== first?.class) ?? payers[1]
    const payer = index === 0 ? first : other
    if (!payer) throw new Skipped('too few people have enough money in their wallets today')
    return payer
  }

  /** The first whose accounts are so; of everybody, or of these. */
  async findPerson(
    what: string,
    wanted: (accounts: Accounts) => boolean,
    among: readonly Person[] = this.everybody,
  ): Promise<Person> {
    const [person] = await this.#findPeople(wanted, among)
    if (!person) throw new Skipped(`nobody has ${what}`)
    return person
  }

  /** Sends an order as it is, and waits where the core pauses the terminal for bad codes. */
  async sendPay(till: Till, json: unknown, more: Partial<CallToSign> = {}): Promise<Reply> {
    const call = { method: 'POST', target: terminalRoutes.pay.path, json, ...more }
    let reply = await till.wire.call(call)
    if (codeOf(reply) === 'TERMINAL_PAUSED') {
      const { retryAfterSeconds = 5 } = problemSchema.parse(reply.json)
      await sleep(retryAfterSeconds * 1000)
      reply = await till.wire.call(call)
    }
    if (codeOf(reply) === 'TERMINAL_LOCKED') {
      throw new NotConforming('the terminal is locked for bad codes, perhaps of earlier runs; wait')
    }
    const { orderNo, code, token } = json as Record<string, unknown> & { token?: object }
    if (reply.status < 300 && typeof orderNo === 'string') this.#open.push({ till, orderNo })
    for (const secret of [code, ...Object.values(token ?? {})]) {
      const told = typeof secret === 'string' && secret.length >= 8 && reply.text.includes(secret)
      demand(!told, 'the answer repeats the code or token')
    }
    return reply
  }

  /** Pays and waits for the end; gives the paid order. Undone when all checks are through. */
  async pay(
    person: Person,
    {
      till = this.till,
      orderNo = this.newOrderNo(),
      amountFen = LIST_FEN,
      account = 'wallet',
    }: { till?: Till; orderNo?: string; amountFen?: number; account?: Account } = {},
  ): Promise<Payment & { amountFen: number }> {
    const { code } = await this.drawCode(person, { account })
    const reply = await this.sendPay(till, { orderNo, amountFen, code })
    const payment = demandAnswer(reply, terminalRoutes.pay)
    const settled = payment.status === 'PAID' ? payment : await this.awaitPaid(till, orderNo)
    demand(settled.amountFen !== null, 'a paid order has no amount')
    return { ...settled, amountFen: settled.amountFen }
  }

  async query(till: Till, orderNo: string): Promise<Payment> {
    const { method, path } = terminalRoutes.getPayment
    const reply = await till.wire.call({ method, target: fillPath(path, { orderNo }) })
    return demandAnswer(reply, terminalRoutes.getPayment)
  }

  async awaitPaid(till: Till, orderNo: string): Promise<Payment> {
    for (let tries = 0; ; tries++) {
      const payment = await this.query(till, orderNo)
      if (payment.status === 'PAID') return payment
      const open = payment.status === 'PROCESSING' || payment.status === 'UNKNOWN'
      demand(open && tries < 60, `the order stays ${payment.status}`)
      await sleep(500)
    }
  }

  /** A call about an order of a till: `reverse`, `refund`, `getPayment` or `getRefund`. */
  callOrder(
    name: 'reverse' | 'refund' | 'getPayment' | 'getRefund',
    till: Till,
    params: { orderNo: string; refundNo?: string },
    json: unknown = name === 'reverse' ? {} : undefined,
  ): Promise<Reply> {
    const { method, path } = terminalRoutes[name]
    return till.wire.call({ method, target: fillPath(path, params), json })
  }

  /** Brings back what the checks paid. */
  async undoAll(): Promise<void> {
    for (const { till, orderNo } of this.#open.splice(0)) {
      const reply = await this.callOrder('reverse', till, { orderNo })
      if (codeOf(reply) !== 'ORDER_REFUNDED') continue
      const { amountFen, refundedFen } = await this.query(till, orderNo)
      const leftFen = (amountFen ?? 0) - refundedFen
      const rest = { refundNo: this.newOrderNo(), amountFen: leftFen }
      if (leftFen > 0) await this.callOrder('refund', till, { orderNo }, rest)
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #findPeople(
    wanted: (accounts: Accounts) => boolean,
    among: readonly Person[] = this.everybody,
  ): Promise<Person[]> {
    const found = []
    for (const person of among) {
      const reply = await this.callPerson('getCard', person)
      const card = demandAnswer(reply, corePersonRoutes.getCard)
      if (card.status === 'active' && wanted(await this.readAccounts(person))) found.push(person)
    }
    return found
  }
}

type PersonCall = Partial<CallToSign> & { params?: Record<string, string>; query?: string }

export function fillPath(path: string, params: Record<string, string>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}
