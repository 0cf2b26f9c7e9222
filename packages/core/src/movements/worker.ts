import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { foreignKindSchema } from '@campus-ecode/protocol/shapes'
import { lookAgain } from '../foreign-codes/look-again.ts'
import type { Services } from '../http/operation.ts'
import { rollUpBalances } from '../ledger/roll-up-balances.ts'
import { expireOrders } from '../orders/expire-orders.ts'
import { expirePayments } from '../payments/expire-payments.ts'
import { driveFaceChecks } from '../wallet/drive-face-checks.ts'
import { endIdleShowers } from '../water/end-idle-showers.ts'
import { driveMovement } from './drive-movement.ts'
import { claimDueMovements } from './store.ts'

const PORTS = ['bank', 'one_card', 'utility', ...foreignKindSchema.options] as const
const POLL_MS = 250
const CLAIM_MAX = 20
const EXPIRE_EVERY_MS = 1_000
const FACE_CHECKS_EVERY_MS = 1_000
const IDLE_SHOWERS_EVERY_MS = 5_000
const LOOK_AGAIN_EVERY_MS = 10_000
const ROLL_UP_EVERY_MS = 10_000

export interface Worker {
  /** Resolves when the step under way is done. */
  stop(): Promise<void>
}

/**
 * Finishes what a crash, a silent bank or a slow one left open, ends what waits for a password in vain,
 * asks after face checks, ends showers that fell silent, looks again at charges of codes that came to
 * nothing, and rolls balances up. Any number of core processes may run one: each movement is claimed by
 * one of them at a time.
 */
export function startMovementWorker(services: Services): Worker {
  const stopping = new AbortController()
  // Every loop's pause ends by it.
  setMaxListeners(0, stopping.signal)
  const loops = Promise.all([
    // One that hangs keeps none of the others waiting.
    ...PORTS.map((port) =>
      repeat(services, stopping.signal, POLL_MS, () => driveDueAt(services, port)),
    ),
    repeat(services, stopping.signal, EXPIRE_EVERY_MS, () => expirePayments(services)),
    repeat(services, stopping.signal, EXPIRE_EVERY_MS, () => expireOrders(services)),
    repeat(services, stopping.signal, FACE_CHECKS_EVERY_MS, () => driveFaceChecks(services)),
    repeat(services, stopping.signal, IDLE_SHOWERS_EVERY_MS, () => endIdleShowers(services)),
    repeat(services, stopping.signal, LOOK_AGAIN_EVERY_MS, () => lookAgain(services)),
    repeat(services, stopping.signal, ROLL_UP_EVERY_MS, () => rollUpBalances(services.db)),
  ])
  return {
    async stop() {
      stopping.abort()
      await loops
    },
  }
}

/** @returns how many were due. */
export async function driveDueMovements(services: Services): Promise<number> {
  const counts = await Promise.all(PORTS.map((port) => driveDueAt(services, port)))
  return counts.reduce((sum, count) => sum + count)
}

async function driveDueAt(services: Services, port: (typeof PORTS)[number]): Promise<number> {
  const due = await claimDueMovements(services.db.pool, port, CLAIM_MAX)
  await Promise.all(
    due.map((movement) => driveMovement(services, movement.school_id, movement.movement_id)),
  )
  return due.length
}

async function repeat(
  services: Services,
  signal: AbortSignal,
  everyMs: number,
  step: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    await step().catch((error) => services.log.error({ err: error }, 'a worker step failed'))
    await sleep(everyMs, undefined, { signal }).catch(() => {})
  }
}
