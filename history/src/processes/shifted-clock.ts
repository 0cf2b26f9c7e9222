import { shiftDate } from './shift-date.ts'

/**
 * Loaded into a core before its own code: its clock is as far ahead of the true one as its parent
 * says. Timers and `performance` go on as they do when a machine's clock is set.
 */
export interface ClockMessage {
  aheadMs: number
}

let aheadMs = 0

globalThis.Date = shiftDate(Date, () => aheadMs)

process.on('message', (message: ClockMessage) => {
  aheadMs = message.aheadMs
  process.send?.(message)
})
// A listener holds the channel, and the channel a core that has nothing left to do.
process.channel?.unref()
