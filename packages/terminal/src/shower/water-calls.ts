import { terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { Payment } from '@campus-ecode/protocol/payments'
import { type WaterSession, waterRoutes } from '@campus-ecode/protocol/water'
import type { z } from 'zod'
import type { Answer } from '../answer.ts'
import { createCoreCaller } from '../core-caller.ts'
import { readCoreKey } from '../core-key.ts'
import type { TerminalOptions } from '../terminal.ts'

/**
 * The single calls of a shower (R26). Each is signed, verified, and safe to repeat with the same content.
 */
export interface WaterCalls {
  /** Refuses WATER_PASSWORD_WRONG and what else docs/showers.md lists. */
  start(request: z.input<typeof waterRoutes.startWater.body>): Promise<Answer<WaterSession>>
  /** Refuses: WATER_SESSION_UNKNOWN. */
  look(sessionNo: string): Promise<Answer<WaterSession>>
  /** Refuses: WATER_SESSION_ENDED, WATER_SESSION_UNKNOWN, WATER_READING_IMPOSSIBLE. */
  meter(sessionNo: string, reading: { seq: number; totalMl: number }): Promise<Answer<WaterSession>>
  /** Refuses: WATER_SESSION_UNKNOWN. */
  end(sessionNo: string, totalMl: number): Promise<Answer<WaterSession>>
  /** Makes sure that a start which is still on its way comes to nothing. */
  reverse(sessionNo: string): Promise<Answer<Payment>>
  close(): Promise<void>
}

/** Connects a shower to the core. Throws TypeError for an address or key that cannot be used. */
export function createWaterCalls(options: TerminalOptions): WaterCalls {
  const { coreUrl, callMs = 5_000, machineNow } = options
  const { key, coreKeys } = readCoreKey(options)
  const caller = createCoreCaller({ coreUrl, key, coreKeys, callMs, machineNow })
  const { startWater, getWater, meterWater, endWater } = waterRoutes
  return {
    start: (request) => caller.call(startWater, {}, request),
    look: (sessionNo) => caller.call(getWater, { sessionNo }),
    meter: (sessionNo, reading) => caller.call(meterWater, { sessionNo }, reading),
    end: (sessionNo, totalMl) => caller.call(endWater, { sessionNo }, { totalMl }),
    reverse: (orderNo) => caller.call(terminalRoutes.reverse, { orderNo }, {}),
    close: caller.close,
  }
}
