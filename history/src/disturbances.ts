import { setTimeout as sleep } from 'node:timers/promises'
import type { Diary } from './diary-writer.ts'
import type { OutsideWays } from './outside-fates.ts'
import type { Core } from './processes/core.ts'
import type { Postgres } from './processes/postgres.ts'
import type { Sandbox } from './processes/sandbox.ts'
import type { Keeping } from './proxies/conversation.ts'
import type { PostgresProxy, Trap } from './proxies/postgres-proxy.ts'
import type { Random } from './random.ts'

/** A core with all that stands between it and the others. */
export interface Place {
  core: Core
  database: PostgresProxy
  outside: OutsideWays
}

/** Seen at least once in a run, in an order that the seed decides. */
const PROGRAMME = [
  'kill after commit',
  'kill after commit',
  'kill before commit',
  'kill after confirmation',
  'kill at random',
  'kill while the bank is asked',
  'cut after commit',
  'cut after commit',
  'cut after confirmation',
  'cut before commit',
  'cut everything',
  'stop PostgreSQL',
  'clock forward',
  'clock back',
  'outside away',
  'outside undecided',
  'outside declines',
] as const
export type Step = (typeof PROGRAMME)[number]

/** What is waited for, and what a run has seen when it was cut off from its reply. */
const WATCHED = {
  'a payment batch': {
    matches: ({ isPayBatch }: Keeping) => isPayBatch,
    killed: 'killed-after-commit',
    cut: 'cut-after-commit',
  },
  'a confirmation': {
    matches: ({ isConfirmation }: Keeping) => isConfirmation,
    killed: 'killed-after-confirmation',
    cut: 'cut-after-confirmation',
  },
} as const

const CLOCK_SHIFT_MS = 120_000
/** How long somebody waits for the moment that a trap is set for. */
const TRAP_MS_MAX = 15_000

/**
 * Breaks one thing after another, and mends each before the next: the whole programme once, however
 * long that takes, and again until the signal. What has begun is mended when this resolves.
 *
 * @param durationMs In which the programme is to be seen once, each time, if the machine is fast enough.
 */
export async function runDisturbances(options: {
  places: readonly Place[]
  postgres: Postgres
  sandbox: Sandbox
  diary: Diary
  programme?: readonly Step[]
  random: Random
  durationMs: number
  signal: AbortSignal
}): Promise<void> {
  const { places, postgres, sandbox, diary, random, durationMs, signal } = options
  const { programme = PROGRAMME } = options
  if (programme.length === 0) {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
  }
  const startedAt = Date.now()
  const mayStop = (round: number) => round > 0 && signal.aborted
  for (let round = 0; !mayStop(round); round++) {
    for (const [i, step] of random.shuffle(programme).entries()) {
      // Evenly over the time that there is; late, when what came before took longer.
      const dueMs = startedAt + (round + (i + 0.3) / programme.length) * durationMs
      await sleep(Math.max(0, dueMs - Date.now()), undefined, { signal }).catch(() => {})
      if (mayStop(round)) return
      await perform(step, random.pick(places))
    }
  }

  async function perform(step: Step, place: Place): Promise<void> {
    const { core, database, outside } = place
    const name = core.name
    switch (step) {
      case 'kill after commit':
        return killAt(place, 'kept', 'a payment batch')
      case 'kill before commit':
        return killAt(place, 'asked', 'a payment batch')
      case 'kill after confirmation':
        return killAt(place, 'kept', 'a confirmation')
      case 'kill at random':
        diary.disturb({ what: 'kill-core', detail: step, core: name })
        await core.kill()
        return revive(place)
      case 'kill while the bank is asked':
        await outside.onNextDebit(() => core.kill(), AbortSignal.timeout(TRAP_MS_MAX))
        return revive(place)
      case 'cut after commit':
        return cutAfter(place, 'a payment batch', step)
      case 'cut after confirmation':
        return cutAfter(place, 'a confirmation', step)
      case 'cut before commit':
        await setTrap(database, {
          at: 'asked',
          matches: () => true,
          act: () => diary.disturb({ what: 'cut-connections', detail: step, core: name }),
        })
        return
      case 'cut everything':
        diary.disturb({ what: 'cut-connections', detail: step, core: name })
        database.cutAll()
        return
      case 'stop PostgreSQL':
        diary.disturb({ what: 'stop-postgres', detail: 'SIGQUIT' })
        await postgres.stopAtOnce()
        await sleep(random.int(50, 500))
        return postgres.start()
      case 'outside away':
        diary.disturb({ what: 'bank-fault', detail: step, core: name })
        diary.disturb({ what: 'one-card-fault', detail: step, core: name })
        return outside.goAway(random.int(300, 1_000))
      case 'outside undecided':
        return setFaults('processing')
      case 'outside declines':
        return setFaults('decline')
      case 'clock forward':
        return shiftClock(core, CLOCK_SHIFT_MS)
      case 'clock back':
        return shiftClock(core, -CLOCK_SHIFT_MS)
    }
  }

  /** For the next few orders at each. */
  async function setFaults(fault: 'processing' | 'decline'): Promise<void> {
    for (const service of ['bank', 'one-card'] as const) {
      // At the bank long enough to meet withdrawals too.
      const count = service === 'bank' ? random.int(8, 14) : random.int(2, 5)
      diary.disturb({ what: `${service}-fault`, detail: `${fault} ${count} times` })
      const delayMs = fault === 'processing' ? { delayMs: random.int(200, 2_500) } : {}
      await sandbox.setFault({ service, fault, count, ...delayMs })
    }
  }

  async function killAt(place: Place, at: Trap['at'], what: keyof typeof WATCHED): Promise<void> {
    const { core, database } = place
    const { matches, killed } = WATCHED[what]
    await setTrap(database, {
      at,
      matches,
      async act() {
        const when = at === 'kept' ? 'after commit, before the reply' : 'before commit'
        diary.disturb({ what: 'kill-core', detail: `${what}: ${when}`, core: core.name })
        await core.kill()
        if (at === 'kept') diary.witness(killed, `${what} of ${core.name}`)
      },
    })
    await revive(place)
  }

  async function cutAfter(
    { core, database }: Place,
    what: keyof typeof WATCHED,
    detail: Step,
  ): Promise<void> {
    const { matches, cut } = WATCHED[what]
    await setTrap(database, {
      at: 'kept',
      matches,
      act: () => {
        diary.disturb({ what: 'cut-connections', detail, core: core.name })
        diary.witness(cut, `${what} of ${core.name}`)
      },
    })
  }

  async function setTrap(database: PostgresProxy, trap: Trap): Promise<void> {
    const late = setTimeout(() => void database.setTrap(undefined), TRAP_MS_MAX)
    await database.setTrap(trap)
    clearTimeout(late)
  }

  async function revive({ core }: Place): Promise<void> {
    await sleep(random.int(0, 300))
    if (!core.isAlive) await core.start()
  }

  async function shiftClock(core: Core, aheadMs: number): Promise<void> {
    for (const ms of [aheadMs, 0]) {
      diary.disturb({
        what: 'shift-clock',
        detail: `${ms / 1000} s ahead`,
        core: core.name,
        aheadMs: ms,
      })
      await core.shiftClock(ms)
      if (ms !== 0) await sleep(random.int(2_000, 3_500))
    }
  }
}
