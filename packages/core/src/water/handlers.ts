import type { waterRoutes } from '@campus-ecode/protocol/water'
import type { Handlers, TerminalCaller } from '../http/operation.ts'
import { endWater, getWater } from './end-water.ts'
import { meterWater } from './meter-water.ts'
import { startWater } from './start-water.ts'

/** What a shower controller may do (R26). */
export const waterHandlers: Handlers<typeof waterRoutes, TerminalCaller> = {
  startWater,
  getWater,
  meterWater,
  endWater,
}
