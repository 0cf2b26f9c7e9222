import { describe, expect, it } from 'vitest'
import { buildHistory, type HistoryBuilder } from '../testing/build-history.ts'
import { found, problemsAfter, problemsIn } from '../testing/doctor.ts'
import { codesDieWithUse } from './codes-die-with-use.ts'

/** Makes it as if the code had been of another step, or of an earlier time. */
function redate(h: HistoryBuilder, code: number, step: number): void {
  const line = found(h.lines.find((one) => one.line === 'code' && one.code === code))
  if (line.line === 'code' && line.madeBy.kind === 'device') line.madeBy.step = step
}

describe('codes', () => {
  it('die with use in a correct history', () => {
    expect(problemsAfter(codesDieWithUse, () => {})).toEqual([])
  })

  it('of a phone are used upwards, for whichever account', () => {
    const h = buildHistory()
    const step = Math.floor(h.nowMs / 10_000)
    h.pay('t1/a', 100, h.draw('ann'))
    h.wait(20_000)
    const later = h.draw('ann', 'one_card')
    h.pay('t1/b', 100, later)
    expect(problemsIn(codesDieWithUse, h.finish())).toEqual([])
    redate(h, later, step)
    expect(problemsIn(codesDieWithUse, { ...h })).toContainEqual(
      `step ${step} of a phone was taken after step ${step}`,
    )
  })

  it('of a phone on display die with a success', () => {
    const h = buildHistory()
    const step = Math.floor(h.nowMs / 10_000)
    h.pay('t1/a', 100, h.draw('ann', 'wallet', step - 3))
    h.wait(20_000)
    const later = h.draw('ann')
    h.pay('t1/b', 100, later)
    redate(h, later, step - 1)
    expect(problemsIn(codesDieWithUse, h.finish())).toEqual([
      `step ${step - 1} of a phone was on display during a payment, and taken after`,
    ])
  })

  it('issued before a success die with it, those issued after live', () => {
    const before = buildHistory()
    const shown = before.issue('ann')
    before.pay('t1/a', 100, before.issue('ann'))
    before.pay('t1/b', 100, shown)
    expect(problemsIn(codesDieWithUse, before.finish())).toEqual([
      'an issued code was on display during a payment, and taken after',
    ])
    const after = buildHistory()
    after.pay('t1/a', 100, after.issue('ann'))
    after.pay('t1/b', 100, after.issue('ann'))
    expect(problemsIn(codesDieWithUse, after.finish())).toEqual([])
  })
  it('of an order that waits are used with its scan, and end others with its confirmation', () => {
    const h = buildHistory()
    h.pay('t3/waits', 25_000, h.draw('dan'))
    const issued = h.issue('dan', 'wallet', true)
    h.pay('t3/shown', 100, issued)
    h.wait(20_000)
    // Taken later, and paid earlier.
    h.pay('t3/beside', 100, h.draw('dan'))
    const shown = h.issue('dan')
    h.confirm('t3/waits', h.approve('t3/waits'))
    h.confirm('t3/shown', h.approve('t3/shown'))
    h.query('t3/shown')
    expect(problemsIn(codesDieWithUse, { ...h })).toEqual([])
    h.pay('t3/later', 100, shown)
    expect(problemsIn(codesDieWithUse, { ...h })).toEqual([
      'an issued code was on display during a payment, and taken after',
    ])
  })
})
