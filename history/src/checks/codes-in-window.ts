import { type AcceptedCode, listAcceptedCodes } from '../accepted-codes.ts'
import type { CodeLine } from '../diary.ts'
import type { Problem } from '../finding.ts'
import type { History } from '../read-history.ts'

// docs/codes.md, "Numbers".
const STEP_MS = 10_000
const LIFETIME_MS = 60_000
const FAST_TOLERANCE_MS = 10_000

/**
 * No code is taken outside its window, by the clock of the core that was asked. The code was looked
 * at after it was sent and before the order was written, so it is wrong only if no moment between
 * them was in the window.
 */
export function codesInWindow(history: History): Problem[] {
  return listAcceptedCodes(history).flatMap((accepted) => {
    const what = checkWindow(history, accepted)
    return what
      ? [{ what, about: { orders: [accepted.order.key], codes: [accepted.code.code] } }]
      : []
  })
}

function checkWindow({ clocks }: History, { code, makers, row }: AcceptedCode): string | undefined {
  const { fromMs, untilMs } = windowOf(code)
  const writtenMs = Date.parse(row.created_at)
  const chances = makers.map(({ send: { core, atMs } }) => {
    const { least, most } = clocks.aheadMs(core, atMs, writtenMs)
    return { lateByMs: atMs + least - untilMs, earlyByMs: fromMs - (writtenMs + most) }
  })
  if (chances.every(({ lateByMs }) => lateByMs >= 0)) {
    const byMs = Math.min(...chances.map(({ lateByMs }) => lateByMs))
    return `a code was taken ${byMs} ms or more after its end`
  }
  if (chances.every(({ earlyByMs }) => earlyByMs > 0)) {
    const byMs = Math.min(...chances.map(({ earlyByMs }) => earlyByMs))
    return `a code was taken ${byMs} ms or more before its beginning`
  }
  return undefined
}

function windowOf({ madeBy }: CodeLine): { fromMs: number; untilMs: number } {
  if (madeBy.kind === 'card') return { fromMs: -Infinity, untilMs: Infinity }
  if (madeBy.kind === 'issued') return { fromMs: -Infinity, untilMs: madeBy.expiresAtMs }
  const beginsMs = madeBy.step * STEP_MS
  return { fromMs: beginsMs - FAST_TOLERANCE_MS, untilMs: beginsMs + LIFETIME_MS }
}
