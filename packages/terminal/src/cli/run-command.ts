import type { Payment } from '@campus-ecode/protocol/payments'
import type { Answer } from '../answer.ts'
import type { PayOutcome, RefundOutcome, ReverseOutcome } from '../outcomes.ts'
import { createTerminal, type Terminal, type TerminalOptions } from '../terminal.ts'
import { type Command, parseCommand, USAGE } from './parse-command.ts'
import { readAccess } from './read-access.ts'
import { UsageError } from './usage-error.ts'

/** Exit codes: what a script needs to know, and nothing else. */
export const EXIT = { done: 0, refused: 1, unknown: 2, usage: 3 } as const

export interface Surroundings {
  env: Record<string, string | undefined>
  /** Standard input, to its end. */
  readInput(): Promise<string>
  /** Standard output: exactly one line of JSON per command. */
  print(line: string): void
  /** Standard error, for people. */
  explain(text: string): void
}

/** Runs one command of the till and answers in one line. Never prints a code or a secret. */
export async function runCommand(args: string[], around: Surroundings): Promise<number> {
  let command: Command
  let terminal: Terminal
  try {
    command = await parseCommand(args, around.readInput)
    terminal = connect(await readAccess(command, around.env))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    around.print(JSON.stringify({ outcome: 'usage', error: error.message }))
    around.explain(`${error.message}\n\n${USAGE}`)
    return EXIT.usage
  }
  const [exitCode, result] = await run(terminal, command, around.explain)
  await terminal.close()
  around.print(JSON.stringify(result))
  return exitCode
}

function connect(options: TerminalOptions): Terminal {
  try {
    return createTerminal(options)
  } catch {
    throw new UsageError("the core's address or the terminal's key cannot be used")
  }
}

type Result = [exitCode: number, result: Record<string, unknown>]

async function run(
  terminal: Terminal,
  command: Command,
  explain: Surroundings['explain'],
): Promise<Result> {
  switch (command.name) {
    case 'pay': {
      const { orderNo, amountFen, presented, patienceMs, reverseAfterMs, passwordWaitMs } = command
      const waits = { patienceMs, reverseAfterMs, passwordWaitMs }
      const onOpen = explainWait(orderNo, explain)
      const request = { orderNo, amountFen, ...presented, ...waits, onOpen }
      return tellOutcome(await terminal.payAndSettle(request))
    }
    case 'reverse':
      return tellOutcome(await terminal.reverseAndSettle(command), 'reversed')
    case 'refund':
      return tellOutcome(await terminal.refundAndSettle(command))
    case 'query':
      return tellPayment(command.orderNo, await terminal.query(command.orderNo))
    case 'incoming': {
      const answer = await terminal.getIncoming(command.after)
      return answer.kind === 'answered'
        ? [EXIT.done, { outcome: 'done', ...answer.body }]
        : tellNoAnswer(answer)
    }
    case 'whoami': {
      const answer = await terminal.getTerminal()
      if (answer.kind !== 'answered') return tellNoAnswer(answer)
      const { clockOffsetMs } = terminal
      return [EXIT.done, { outcome: 'done', ...answer.body, clockOffsetMs }]
    }
  }
}

/** Says once why nothing happens for so long. */
function explainWait(orderNo: string, explain: Surroundings['explain']) {
  let isSaid = false
  return ({ status, means, confirmBy }: Payment) => {
    const byWechat = status === 'PROCESSING' && means === 'wechat' && confirmBy !== null
    if ((status !== 'AWAITING_PASSWORD' && !byWechat) || isSaid) return
    isSaid = true
    const who = byWechat ? 'WeChat asks its payer' : 'the phone asks'
    explain(`${status}: ${who} for the password; "reverse --order ${orderNo}" cancels`)
  }
}

/** @param wanted The outcome that `reverse` is after; for `pay` the same one means: not paid. */
function tellOutcome(
  result: PayOutcome | ReverseOutcome | RefundOutcome,
  wanted: 'paid' | 'reversed' = 'paid',
): Result {
  switch (result.outcome) {
    case 'paid':
    case 'reversed':
      return [
        result.outcome === wanted ? EXIT.done : EXIT.refused,
        { outcome: result.outcome, ...result.payment },
      ]
    case 'refunded':
      return [EXIT.done, { outcome: result.outcome, ...result.refund }]
    case 'refused':
      return [EXIT.refused, { ...result }]
    case 'unknown': {
      const { lastSeen, ...rest } = result
      return [EXIT.unknown, { ...lastSeen, ...rest }]
    }
  }
}

function tellPayment(orderNo: string, answer: Awaited<ReturnType<Terminal['query']>>): Result {
  if (answer.kind !== 'answered') {
    const [exitCode, result] = tellNoAnswer(answer)
    return [exitCode, { ...result, orderNo }]
  }
  const { status, refusal } = answer.body
  if (status === 'PAID') return [EXIT.done, { outcome: 'paid', ...answer.body }]
  if (status === 'REVERSED') return [EXIT.refused, { outcome: 'reversed', ...answer.body }]
  if (status === 'REFUSED') {
    return [EXIT.refused, { outcome: 'refused', ...answer.body, ...refusal }]
  }
  return [EXIT.unknown, { outcome: 'unknown', ...answer.body, reason: 'PENDING' }]
}

function tellNoAnswer(answer: Exclude<Answer<unknown>, { kind: 'answered' }>): Result {
  const { kind, ...rest } = answer
  return [kind === 'refused' ? EXIT.refused : EXIT.unknown, { outcome: kind, ...rest }]
}
