import { describe, expect, it } from 'vitest'
import { buildHistory } from '../testing/build-history.ts'
import { callOf, found, problemsAfter, problemsIn, rowOf } from '../testing/doctor.ts'
import { codesInWindow } from './codes-in-window.ts'

const STEP_MS = 10_000

/** A payment by a code of some step, taken by a clock that is so far ahead of the true one. */
function takenWith({ stepFrom, aheadMs = 0 }: { stepFrom: number; aheadMs?: number }): string[] {
  const h = buildHistory()
  if (aheadMs !== 0) {
    const line = { line: 'disturbance', what: 'shift-clock', core: 'a', aheadMs } as const
    h.write({ ...line, atMs: h.nowMs, detail: '' })
    h.wait(10_000)
  }
  // Whoever takes it has a clock of its own, so the builder's is asked at a time it likes.
  const good = h.draw('ann')
  h.pay('t1/a', 100, good)
  const recorded = h.finish()
  const { send } = callOf(recorded, 't1/a', 'pay')
  const code = found(recorded.lines.find((line) => line.line === 'code' && line.code === good))
  if (code.line === 'code' && code.madeBy.kind === 'device') {
    code.madeBy.step = (send.atMs - stepFrom) / STEP_MS
  }
  rowOf(recorded, 't1/a').created_at = new Date(send.atMs).toISOString()
  return problemsIn(codesInWindow, recorded)
}

describe('codes', () => {
  it('are taken in their window in a correct history', () => {
    expect(problemsAfter(codesInWindow, () => {})).toEqual([])
  })

  it('of a phone live from 10 s before their step to 60 s after it', () => {
    expect(takenWith({ stepFrom: 59_999 })).toEqual([])
    expect(takenWith({ stepFrom: 60_000 })).toEqual(['a code was taken 0 ms or more after its end'])
    expect(takenWith({ stepFrom: -10_000 })).toEqual([])
    expect(takenWith({ stepFrom: -10_001 })).toEqual([
      'a code was taken 1 ms or more before its beginning',
    ])
  })

  it('are looked at by the clock of the core that was asked', () => {
    expect(takenWith({ stepFrom: 170_000, aheadMs: -120_000 })).toEqual([])
    expect(takenWith({ stepFrom: 50_000, aheadMs: -120_000 })).toHaveLength(1)
    expect(takenWith({ stepFrom: -125_000, aheadMs: 120_000 })).toEqual([])
    expect(takenWith({ stepFrom: 0, aheadMs: 120_000 })).toHaveLength(1)
  })

  it('issued by a core end when it said', () => {
    const h = buildHistory()
    h.pay('t1/a', 100, h.issue('ann'))
    const recorded = h.finish()
    const code = found(recorded.lines.find((line) => line.line === 'code'))
    const { send } = callOf(recorded, 't1/a', 'pay')
    if (code.line !== 'code' || code.madeBy.kind !== 'issued') throw new Error('no issued code')
    code.madeBy.expiresAtMs = send.atMs + 1
    expect(problemsIn(codesInWindow, recorded)).toEqual([])
    code.madeBy.expiresAtMs = send.atMs
    expect(problemsIn(codesInWindow, recorded)).toHaveLength(1)
  })

  it('may have been looked at long after they were sent', () => {
    const problems = problemsAfter(codesInWindow, (h) => {
      const row = rowOf(h, 't1/plain')
      row.created_at = new Date(Date.parse(row.created_at) + 90_000).toISOString()
    })
    expect(problems).toEqual([])
  })
})
