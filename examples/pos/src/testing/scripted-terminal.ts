import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import type { Payment } from '@campus-ecode/protocol/payments'
import type { Answer, Refusal, Terminal } from '@campus-ecode/terminal'

/** A terminal kit whose answers a test decides; every call is noted. Unscripted calls throw. */
export function createScriptedTerminal(known: Pick<Partial<Terminal>, 'clockOffsetMs'> = {}) {
  const calls: [name: string, request: unknown][] = []
  const script: Partial<Terminal> = { ...known }
  const terminal = new Proxy({} as Terminal, {
    get: (_, name: keyof Terminal) => {
      if (name === 'clockOffsetMs') return script.clockOffsetMs ?? 0
      return (request: unknown, more: unknown) => {
        calls.push([name, request])
        const answer = script[name]
        if (typeof answer !== 'function') throw new Error(`${name} is not scripted`)
        return (answer as (...args: unknown[]) => unknown)(request, more)
      }
    },
  })
  return { terminal, script, calls }
}

export function paid(orderNo: string, more: Partial<Payment> = {}): Payment {
  return {
    orderNo,
    paymentId: '01990000-0000-7000-8000-000000000001',
    status: 'PAID',
    listFen: 1500,
    amountFen: 1350,
    rule: { name: { 'zh-CN': '学生优惠', en: 'Student price' }, changeFen: -150 },
    payer: { class: 'student', maskedName: '林*夏' },
    means: 'code',
    channel: 'wallet',
    refundedFen: 0,
    refusal: null,
    createdAt: '2026-09-01T04:03:42.000Z',
    settledAt: '2026-09-01T04:03:42.000Z',
    confirmBy: null,
    ...more,
  }
}

export function refusal(orderNo: string, code: ErrorCode): Refusal {
  return { outcome: 'refused', orderNo, code, message: describeError(code).sentences }
}

export function refusedAnswer(code: ErrorCode): Answer<never> {
  const { sentences, retryable } = describeError(code)
  return { kind: 'refused', code, message: sentences, retryable, requestId: 'a-request' }
}
