import { setTimeout as sleep } from 'node:timers/promises'
import {
  balanceAnswerSchema,
  type Debit,
  debitPortPaths,
  debitSchema,
  portErrorSchema,
} from '@campus-ecode/protocol/debit-port'
import { peoplePortPaths } from '@campus-ecode/protocol/people-port'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import type { Pool } from 'undici'
import { v7 } from 'uuid'
import { demand } from '../conform-core/check.ts'
import { demandForm } from '../conform-core/demands.ts'
import { createPool, createWire, type Reply, type Wire } from '../conform-core/wire.ts'

const DECISION_MS = 15_000
const ASK_EVERY_MS = 250
/** What a check takes, in fen. */
export const AMOUNT_FEN = 3

/** A one-card system under test, and an account of it that may be used. */
export class Vendor {
  readonly wire: Wire
  readonly account: string
  /** The account's campus-card password, where it may be tried. */
  readonly password: string | undefined
  readonly #prefix: string
  readonly #pool: Pool
  readonly #taken = new Set<string>()

  constructor({
    url,
    key,
    account,
    password,
  }: {
    url: string
    key: SigningKey
    account: string
    password?: string | undefined
  }) {
    const { origin, pathname } = new URL(url)
    this.#pool = createPool(origin)
    this.wire = createWire(origin, key, this.#pool)
    this.#prefix = pathname.replace(/\/$/, '')
    this.account = account
    this.password = password
  }

  /** A path of the interface at this system. */
  target(path: keyof typeof debitPortPaths | 'journalFile', params: Record<string, string> = {}) {
    const template = path === 'journalFile' ? '/v1/journal-files/:day' : debitPortPaths[path]
    return this.#prefix + template.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? '')
  }

  /** What is taken under it is undone after the check. */
  newReference(): string {
    const reference = `pay-${v7()}`
    this.#taken.add(reference)
    return reference
  }

  async debit(reference: string, more: object = {}): Promise<Reply> {
    const { account } = this
    const json = { reference, account, amountFen: AMOUNT_FEN, memo: 'conform', ...more }
    const reply = await this.wire.call({ method: 'POST', target: this.target('debit'), json })
    return awaitDecision(reply, () => this.query(reference))
  }

  query(reference: string): Promise<Reply> {
    return this.wire.call({ method: 'GET', target: this.target('query', { reference }) })
  }

  reverse(reference: string): Promise<Reply> {
    return this.wire.call({
      method: 'POST',
      target: this.target('reverse', { reference }),
      json: {},
    })
  }

  async refund(reference: string, refundReference: string, amountFen: number): Promise<Reply> {
    const json = { refundReference, amountFen }
    const target = this.target('refund', { reference })
    const reply = await this.wire.call({ method: 'POST', target, json })
    return awaitDecision(reply, () => this.queryRefund(reference, refundReference))
  }

  queryRefund(reference: string, refundReference: string): Promise<Reply> {
    const target = this.target('queryRefund', { reference, refundReference })
    return this.wire.call({ method: 'GET', target })
  }

  askBalance(account = this.account): Promise<Reply> {
    return this.wire.call({ method: 'POST', target: this.target('balance'), json: { account } })
  }

  lookUp(cardNo: string): Promise<Reply> {
    const target = this.#prefix + peoplePortPaths.lookUp
    return this.wire.call({ method: 'POST', target, json: { cardNo } })
  }

  checkPassword(cardNo: string, password: unknown): Promise<Reply> {
    const target = this.#prefix + peoplePortPaths.checkPassword
    return this.wire.call({ method: 'POST', target, json: { cardNo, password } })
  }

  async readBalanceFen(): Promise<number> {
    const reply = await this.askBalance()
    demandOk(reply)
    return demandForm(balanceAnswerSchema, reply.json).balanceFen
  }

  /** A debit that has taken its amount. */
  async take(): Promise<string> {
    const reference = this.newReference()
    demandDebit(await this.debit(reference), { reference, status: 'SUCCEEDED' })
    return reference
  }

  /** All of it was given back by refunds: there is nothing to undo. */
  forget(reference: string): void {
    this.#taken.delete(reference)
  }

  async undoAll(): Promise<void> {
    for (const reference of this.#taken) {
      const reply = await this.reverse(reference)
      if (reply.status === 200) this.#taken.delete(reference)
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }
}

/** What was only accepted is asked about until it is decided, as the core does. */
async function awaitDecision(reply: Reply, ask: () => Promise<Reply>): Promise<Reply> {
  let latest = reply
  const until = Date.now() + DECISION_MS
  while (isUndecided(latest) && Date.now() < until) {
    await sleep(ASK_EVERY_MS)
    latest = await ask()
  }
  return latest
}

function isUndecided({ status, json }: Reply): boolean {
  return status === 200 && (json as { status?: unknown } | undefined)?.status === 'PROCESSING'
}

/** Answered with 200, signed for this call. */
export function demandOk(reply: Reply): void {
  demand(reply.status === 200, `expected 200, got ${describe(reply)}`)
  demand(reply.verified, 'the answer is not signed for this call')
}

export function demandDebit(reply: Reply, expected: Partial<Debit>): Debit {
  demandOk(reply)
  const debit = demandForm(debitSchema, reply.json)
  for (const [name, value] of Object.entries(expected)) {
    const said = debit[name as keyof Debit]
    demand(said === value, `${name} is ${said} in place of ${value}`)
  }
  return debit
}

/** Refused in the interface's own words, signed for this call. */
export function demandError(reply: Reply, status: number, error: string): void {
  demand(
    reply.status === status && errorOf(reply) === error,
    `expected ${status} ${error}, got ${describe(reply)}`,
  )
  demand(reply.verified, `${error} is not signed for this call`)
}

function describe(reply: Reply): string {
  return [reply.status, errorOf(reply)].filter(Boolean).join(' ')
}

function errorOf({ json }: Reply): string | undefined {
  return portErrorSchema.safeParse(json).data?.error
}
