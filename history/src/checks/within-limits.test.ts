import { describe, expect, it } from 'vitest'
import type { RecordedHistory } from '../read-history.ts'
import { buildHistory } from '../testing/build-history.ts'
import { callOf, found, problemsAfter, problemsIn, rowOf } from '../testing/doctor.ts'
import { withinLimits } from './within-limits.ts'

function limitDay({ lines }: RecordedHistory, personId: string, dailyLimitFen: number): void {
  for (const line of lines) {
    if (line.line !== 'world') continue
    found(line.people.find(({ id }) => id === personId)).dailyLimitFen = dailyLimitFen
  }
}

describe('limits', () => {
  it('hold in a correct history', () => {
    expect(problemsAfter(withinLimits, () => {})).toEqual([])
  })

  it('see a payment over the single one', () => {
    const problems = problemsAfter(withinLimits, (h) => {
      const row = rowOf(h, 't3/card')
      row.amount_fen = 20_001
      found(h.ledger.payers[1]).spent_fen += 17_001
    })
    expect(problems).toEqual(['20001 fen were taken at once, the limit is 20000'])
  })

  it('see a day over the daily one', () => {
    const problems = problemsAfter(withinLimits, (h) => {
      limitDay(h, 'ann', 40_904)
    })
    expect(problems).toEqual(['40905 fen of one day were paid for good, the limit is 40904'])
  })

  it('see a moment that was over it, though a reversal came later', () => {
    const h = buildHistory()
    for (const no of [1, 2, 3]) {
      h.pay(`t3/${no}`, 15_000, h.draw('ann'))
      h.wait(20_000)
    }
    h.reverse('t3/2')
    const recorded = h.finish()
    expect(problemsIn(withinLimits, recorded)).toEqual([])
    limitDay(recorded, 'ann', 44_999)
    expect(problemsIn(withinLimits, recorded)).toEqual([
      '45000 fen of one day stood at once, the limit is 44999',
    ])
  })

  it('count what the outside system was asked for as standing', () => {
    const h = buildHistory()
    h.pay('t3/1', 15_000, h.draw('bob'))
    h.wait(20_000)
    h.pay('t3/2', 15_000, h.draw('bob'))
    h.reverse('t3/1')
    const recorded = h.finish()
    limitDay(recorded, 'bob', 29_999)
    expect(problemsIn(withinLimits, recorded)).toHaveLength(1)
  })

  it('count what waits for the password from its scan on, whatever becomes of it', () => {
    for (const end of ['confirm', 'decline', 'time'] as const) {
      const h = buildHistory()
      h.pay('t3/waits', 30_000, h.draw('eve'))
      const approvalId = h.approve('t3/waits')
      h.pay('t3/beside', 12_000, h.issue('eve'))
      if (end === 'confirm') h.confirm('t3/waits', approvalId)
      if (end === 'decline') h.decline('t3/waits')
      const recorded = h.finish()
      expect(problemsIn(withinLimits, recorded)).toEqual([])
      limitDay(recorded, 'eve', 41_999)
      expect(problemsIn(withinLimits, recorded)).toEqual([
        `42000 fen of one day ${end === 'confirm' ? 'were paid for good' : 'stood at once'}, the limit is 41999`,
      ])
    }
  })

  it('have room again for what came while nothing of the other was sure to stand', () => {
    const h = buildHistory()
    h.pay('t3/waits', 30_000, h.draw('eve'))
    h.decline('t3/waits')
    h.pay('t3/after', 16_000, h.issue('eve'))
    expect(problemsIn(withinLimits, h.finish())).toEqual([])
  })

  it('leave room for what was given back before', () => {
    const h = buildHistory()
    for (const no of [1, 2, 3, 4]) {
      h.pay(`t3/${no}`, 20_000, h.draw('ann'))
      h.reverse(`t3/${no}`)
      h.wait(20_000)
    }
    expect(problemsIn(withinLimits, h.finish())).toEqual([])
  })

  it('hold what counts against the day to what was spent', () => {
    const problems = problemsAfter(withinLimits, (h) => {
      found(h.ledger.payers[0]).spent_fen--
      callOf(h, 't1/plain', 'pay')
    })
    expect(problems).toEqual(['40904 fen count against 2026-09-01, where 40905 were spent'])
  })
})
