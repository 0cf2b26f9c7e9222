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
import type { BalancePort, DebitPort } from './debit-port.ts'
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
  const { call, close } = createSignedClient(config)
  const { checkCard, confirmCard, payOut, queryPayout, cancelPayout } = bankGatewayPaths
  return {
    checkCard: (body) =>
      call({
        method: 'POST',
        path: checkCard,
        about: { reference: body.reference },
        body,
        schema: cardCheckSchema,
      }),
    confirmCard: (reference, smsCode) =>
      call({
        method: 'POST',
        path: confirmCard,
        about: { reference },
        body: { smsCode },
        schema: confirmedCardSchema,
      }),
    payOut: (body) =>
      call({
        method: 'POST',
        path: payOut,
        about: { reference: body.reference },
        body,
        schema: payoutSchema,
      }),
    queryPayout: (reference) =>
      call({ method: 'GET', path: queryPayout, about: { reference }, schema: payoutSchema }),
    cancelPayout: (reference) =>
      call({
        method: 'POST',
        path: cancelPayout,
        about: { reference },
        body: {},
        schema: payoutSchema,
      }),
    close,
  }
}

export function createSmsPort(config: PortConfig): SmsPort & Closable {
  const { call, close } = createSignedClient(config)
  return {
    send: (body) =>
      call({
        method: 'POST',
        path: smsPortPaths.send,
        about: { reference: body.reference },
        body,
        schema: smsAnswerSchema,
      }),
    close,
  }
}

function debitCalls({ call }: SignedClient): DebitPort {
  const { debit, query, reverse, refund, queryRefund } = debitPortPaths
  return {
    debit: (body) =>
      call({
        method: 'POST',
        path: debit,
        about: { reference: body.reference },
        body,
        schema: debitSchema,
      }),
    query: (reference) =>
      call({ method: 'GET', path: query, about: { reference }, schema: debitSchema }),
    reverse: (reference) =>
      call({ method: 'POST', path: reverse, about: { reference }, body: {}, schema: debitSchema }),
    refund: (reference, body) =>
      call({
        method: 'POST',
        path: refund,
        about: { reference, refundReference: body.refundReference },
        body,
        schema: debitRefundSchema,
      }),
    queryRefund: (reference, refundReference) =>
      call({
        method: 'GET',
        path: queryRefund,
        about: { reference, refundReference },
        schema: debitRefundSchema,
      }),
  }
}

function peopleCalls({ call }: SignedClient): PeoplePort {
  return {
    lookUp: probeWhileSilent((cardNo: string) =>
      call({
        method: 'POST',
        path: peoplePortPaths.lookUp,
        about: { cardNo },
        body: { cardNo },
        schema: cardHolderSchema,
      }),
    ),
    // Somebody waits at the core's own page, which holds few connections.
    checkPassword: probeWhileSilent((cardNo: string, password: string) =>
      call({
        method: 'POST',
        path: peoplePortPaths.checkPassword,
        about: { cardNo },
        body: { cardNo, password },
        schema: checkedPasswordSchema,
      }),
    ),
  }
}
