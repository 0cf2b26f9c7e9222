import {
  bankGatewayPaths,
  cardCheckSchema,
  confirmedCardSchema,
  payoutSchema,
} from '@campus-ecode/protocol/bank-gateway'
import {
  balanceAnswerSchema,
  debitPortPaths,
  debitRefundSchema,
  debitSchema,
} from '@campus-ecode/protocol/debit-port'
import {
  cardHolderSchema,
  checkedPasswordSchema,
  peoplePortPaths,
} from '@campus-ecode/protocol/people-port'
import { smsAnswerSchema, smsPortPaths } from '@campus-ecode/protocol/sms-port'
import type { BankGateway } from './bank-gateway.ts'
import type { BalancePort, DebitPort, PortAnswer } from './debit-port.ts'
import type { PeoplePort } from './people-port.ts'
import { probeWhileSilent } from './probe-while-silent.ts'
import { createSignedClient, type PortConfig, type SignedClient } from './signed-client.ts'
import type { SmsPort } from './sms-port.ts'

/** A person is looking at a spinner; the wallet's balance must not wait for the one-card system (R8). */
const BALANCE_DEADLINE_MS = 1_500

export interface Closable {
  close(): Promise<void>
}

/** The bank, or whoever else implements the debit port over HTTP. */
export function createDebitPort(config: PortConfig): DebitPort & Closable {
  const client = createSignedClient(config)
  return { ...debitCalls(client), close: client.close }
}

/** The one-card system: a debit port that also tells balances, and knows people. */
export function createOneCardPort(
  config: PortConfig,
): DebitPort & BalancePort & PeoplePort & Closable {
  const client = createSignedClient(config)
  return {
    ...debitCalls(client),
    ...peopleCalls(client),
    // Balances are asked for at every look at the page: each waiting for a system that hangs, they
    // would take all connections between us and the BFF, and codes with them.
    balance: probeWhileSilent((account: string) =>
      client.call({
        method: 'POST',
        path: debitPortPaths.balance,
        body: { account },
        schema: balanceAnswerSchema,
        deadlineMs: BALANCE_DEADLINE_MS,
      }),
    ),
    close: client.close,
  }
}

/** What the bank does beside debits, at the same address and signed alike. */
export function createBankGateway(config: PortConfig): BankGateway & Closable {
  const client = createSignedClient(config)
  return {
    async checkCard(request) {
      const { reference } = request
      const answer = await client.call({
        method: 'POST',
        path: bankGatewayPaths.checkCard,
        body: request,
        schema: cardCheckSchema,
      })
      return aboutThis(answer, { reference })
    },
    async confirmCard(reference, smsCode) {
      const path = fill(bankGatewayPaths.confirmCard, { reference })
      const body = { smsCode }
      const answer = await client.call({ method: 'POST', path, body, schema: confirmedCardSchema })
      return aboutThis(answer, { reference })
    },
    async payOut(request) {
      const { reference } = request
      const answer = await client.call({
        method: 'POST',
        path: bankGatewayPaths.payOut,
        body: request,
        schema: payoutSchema,
      })
      return aboutThis(answer, { reference })
    },
    async queryPayout(reference) {
      const path = fill(bankGatewayPaths.queryPayout, { reference })
      const answer = await client.call({ method: 'GET', path, schema: payoutSchema })
      return aboutThis(answer, { reference })
    },
    async cancelPayout(reference) {
      const path = fill(bankGatewayPaths.cancelPayout, { reference })
      const answer = await client.call({ method: 'POST', path, body: {}, schema: payoutSchema })
      return aboutThis(answer, { reference })
    },
    close: client.close,
  }
}

export function createSmsPort(config: PortConfig): SmsPort & Closable {
  const client = createSignedClient(config)
  return {
    async send(request) {
      const answer = await client.call({
        method: 'POST',
        path: smsPortPaths.send,
        body: request,
        schema: smsAnswerSchema,
      })
      return aboutThis(answer, { reference: request.reference })
    },
    close: client.close,
  }
}

function debitCalls(client: SignedClient): DebitPort {
  return {
    async debit(request) {
      const { reference } = request
      const answer = await client.call({
        method: 'POST',
        path: debitPortPaths.debit,
        body: request,
        schema: debitSchema,
      })
      return aboutThis(answer, { reference })
    },
    async query(reference) {
      const path = fill(debitPortPaths.query, { reference })
      const answer = await client.call({ method: 'GET', path, schema: debitSchema })
      return aboutThis(answer, { reference })
    },
    async reverse(reference) {
      const path = fill(debitPortPaths.reverse, { reference })
      const answer = await client.call({ method: 'POST', path, body: {}, schema: debitSchema })
      return aboutThis(answer, { reference })
    },
    async refund(reference, request) {
      const { refundReference } = request
      const path = fill(debitPortPaths.refund, { reference })
      const answer = await client.call({
        method: 'POST',
        path,
        body: request,
        schema: debitRefundSchema,
      })
      return aboutThis(answer, { reference, refundReference })
    },
    async queryRefund(reference, refundReference) {
      const path = fill(debitPortPaths.queryRefund, { reference, refundReference })
      const answer = await client.call({ method: 'GET', path, schema: debitRefundSchema })
      return aboutThis(answer, { reference, refundReference })
    },
  }
}

function peopleCalls(client: SignedClient): PeoplePort {
  return {
    lookUp: probeWhileSilent(async (cardNo: string) => {
      const answer = await client.call({
        method: 'POST',
        path: peoplePortPaths.lookUp,
        body: { cardNo },
        schema: cardHolderSchema,
      })
      return aboutThis(answer, { cardNo })
    }),
    // Somebody waits at the core's own page, which holds few connections.
    checkPassword: probeWhileSilent(async (cardNo: string, password: string) => {
      const answer = await client.call({
        method: 'POST',
        path: peoplePortPaths.checkPassword,
        body: { cardNo, password },
        schema: checkedPasswordSchema,
      })
      return aboutThis(answer, { cardNo })
    }),
  }
}

/** A path of a port with its parameters in place. */
export function fill(path: string, params: Record<string, string>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

/** An answer about something else than was asked says nothing. */
export function aboutThis<T extends object>(
  answer: PortAnswer<T>,
  names: Record<string, string>,
): PortAnswer<T> {
  if (!answer.ok) return answer
  const value = answer.value as Record<string, unknown>
  const same = Object.entries(names).every(([name, asked]) => value[name] === asked)
  return same ? answer : { ok: false, reason: 'UNKNOWN' }
}
