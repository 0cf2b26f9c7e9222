import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import type { OutsideMove } from './diary.ts'
import type { Diary } from './diary-writer.ts'
import type { Fate, PortCall, PortGateway } from './proxies/port-gateway.ts'
import { startPortGateway } from './proxies/port-gateway.ts'
import type { Random } from './random.ts'

/** The ways of one core to bank, one-card system and utility, and how bad they are. */
export interface OutsideWays {
  readonly bankUrl: string
  readonly oneCardUrl: string
  readonly utilityUrl: string
  weather: 'calm' | 'rough'
  /**
   * Acts on the next debit that is taken at the bank for this core, while the core still waits for
   * the answer, which then is lost.
   *
   * @returns Resolves when it has happened.
   */
  onNextDebit(act: () => Promise<void>, signal: AbortSignal): Promise<void>
  /** Neither the bank nor the one-card system can be reached for so long. */
  goAway(ms: number): Promise<void>
  close(): Promise<void>
}

const FAULTS = {
  bank: 'bank-fault',
  one_card: 'one-card-fault',
  utility: 'utility-fault',
} as const

export async function openOutsideWays(options: {
  core: string
  bankUrl: string
  oneCardUrl: string
  utilityUrl: string
  key: SigningKey
  random: Random
  diary: Diary
}): Promise<OutsideWays> {
  const { core, key, random, diary } = options
  let ambush: { act(): Promise<void>; done(): void } | undefined

  async function open(port: OutsideMove['port'] | 'utility', url: string): Promise<PortGateway> {
    const what = FAULTS[port]
    return startPortGateway({
      url,
      key,
      decide(call) {
        if (ways.weather === 'calm') return { kind: 'pass' }
        if (ambush && port === 'bank' && isDebit(call)) return { kind: 'slow', delayMs: 1_000 }
        const fate = chooseFate(random, call)
        if (fate.kind !== 'pass') diary.disturb({ what, detail: nameCall(call, fate), core })
        return fate
      },
      onAnswered(call, fate, answer) {
        if ((answer as { status?: unknown }).status !== 'SUCCEEDED') return
        if (isPayout(call) && fate.kind === 'dropped') {
          diary.witness('bank-paid-out-answer-lost', `asked by ${core}`)
        }
        if (!isDebit(call)) return
        const set = port === 'bank' && fate.kind === 'slow' ? ambush : undefined
        if (set) {
          ambush = undefined
          diary.disturb({ what: 'kill-core', detail: 'while the bank is being asked', core })
          void set.act().then(set.done, set.done)
        }
        if (set || fate.kind === 'dropped') {
          diary.witness('bank-debited-answer-lost', `${port}, asked by ${core}`)
        }
      },
    })
  }

  const ways: OutsideWays = {
    bankUrl: '',
    oneCardUrl: '',
    utilityUrl: '',
    weather: 'calm',
    onNextDebit(act, signal) {
      return new Promise((resolve) => {
        const mine = { act, done: resolve }
        ambush = mine
        signal.addEventListener('abort', () => {
          // Too late once it has sprung: then it is done when the act is.
          if (ambush !== mine) return
          ambush = undefined
          resolve()
        })
      })
    },
    goAway: async (ms) => {
      await Promise.all([bank.goAway(ms), oneCard.goAway(ms)])
    },
    close: async () => {
      await Promise.all([bank.close(), oneCard.close(), utility.close()])
    },
  }
  const bank = await open('bank', options.bankUrl)
  const oneCard = await open('one_card', options.oneCardUrl)
  const utility = await open('utility', options.utilityUrl)
  const urls = { bankUrl: bank.url, oneCardUrl: oneCard.url, utilityUrl: utility.url }
  return Object.assign(ways, urls)
}

function chooseFate(random: Random, call: PortCall): Fate {
  // Payouts and top-ups are fewer, so more becomes of each.
  const dropped = isPayout(call) || isTopUp(call) ? 20 : 8
  const kind = call.isOrder
    ? random.weighted({ pass: 66, slow: 12, dropped, lost: 5, twice: 6, silent: 3 })
    : random.weighted({ pass: 84, slow: 5, dropped: 5, lost: 4, twice: 2 })
  return kind === 'slow' ? { kind, delayMs: random.int(50, 1_500) } : { kind }
}

function isDebit({ method, target }: PortCall): boolean {
  return method === 'POST' && target === '/v1/debits'
}

function isPayout({ method, target }: PortCall): boolean {
  return method === 'POST' && target === '/v1/payouts'
}

function isTopUp({ method, target }: PortCall): boolean {
  return method === 'POST' && target === '/v1/utility-top-ups'
}

function nameCall({ method, target }: PortCall, { kind }: Fate): string {
  const what = target
    .replace(/^\/v1\/(debit|payout|utility-top-up)s/, '$1')
    .replace(/\/[^/]*-[^/]*/g, '')
  return `${method} ${what}: ${kind}`
}
