import { describe, expect, it } from 'vitest'
import type { DiaryLine } from './diary.ts'
import { judgeCoverage } from './judge-coverage.ts'
import type { RecordedHistory } from './read-history.ts'
import { buildHistory, type HistoryBuilder } from './testing/build-history.ts'
import { callOf, found } from './testing/doctor.ts'
import { playEverything } from './testing/play-everything.ts'
import { playWays } from './testing/play-ways.ts'

/** Has a reply come only now, after what was sent meanwhile. */
function putOff(h: HistoryBuilder, reply: DiaryLine): void {
  h.lines.splice(h.lines.indexOf(reply), 1)
  h.lines.push(reply)
}

/** A run in which all that is asked for happened. */
function playRun(): HistoryBuilder {
  const h = playEverything()
  h.pay('t3/early-code', 100, h.draw('ann', 'wallet', Math.floor(h.nowMs / 10_000) + 5))
  for (const saw of [
    'killed-after-commit',
    'cut-after-commit',
    'bank-debited-answer-lost',
    'bank-paid-out-answer-lost',
    'killed-after-confirmation',
    'cut-after-confirmation',
  ] as const) {
    h.write({ line: 'witness', atMs: h.nowMs, saw, detail: '' })
  }
  h.write({ line: 'disturbance', atMs: h.nowMs, what: 'stop-postgres', detail: '' })
  const clock = { line: 'disturbance', what: 'shift-clock', core: 'a', aheadMs: 0 } as const
  h.write({ ...clock, atMs: h.nowMs, detail: '' })
  // The loser was sent before the winner had its reply.
  const code = h.issue('bob')
  h.pay('t1/winner', 10, code)
  h.pay('t2/loser', 10, code)
  putOff(h, callOf(h, 't1/winner', 'pay').reply)
  // At the same moment a reversal and a confirmation, either way, and two phones.
  for (const [order, first] of [
    ['t3/won', 'confirm'],
    ['t3/lost', 'reverse'],
  ] as const) {
    h.pay(order, 100, h.issue('dan', 'wallet', true))
    const approvalId = h.approve(order)
    if (first === 'reverse') h.reverse(order)
    h.confirm(order, approvalId)
    if (first === 'confirm') h.reverse(order)
    putOff(h, callOf(h, order, first).reply)
  }
  h.pay('t3/two-phones', 100, h.issue('dan', 'wallet', true))
  const [here, there] = [h.approve('t3/two-phones'), h.approve('t3/two-phones')]
  h.confirm('t3/two-phones', here)
  h.confirm('t3/two-phones', there)
  putOff(h, callOf(h, 't3/two-phones', 'confirm').reply)
  // An identical repeat.
  h.reverse('t2/early')
  const last = found(h.lines.at(-1))
  const send = found(h.lines.at(-2))
  if (send.line === 'send') send.repeats = 1
  const { atMs } = last
  if (last.line === 'reply') {
    const turnedAway = { line: 'reply', atMs, call: last.call, outcome: 'refused' } as const
    h.lines[h.lines.length - 1] = { ...turnedAway, error: 'SIGNATURE_REPLAYED' }
  }
  return h
}

describe('coverage', () => {
  it('is complete when everything happened', () => {
    const missingOf = (recorded: RecordedHistory) => judgeCoverage(recorded).missing
    const others = new Set(missingOf(playRun().finish()))
    // Either history lacks what the other one is about.
    expect(missingOf(playWays()).filter((name) => others.has(name))).toEqual([])
  })

  it('misses everything in a run without calls', () => {
    const { counts, missing } = judgeCoverage(buildHistory().finish())
    expect(missing).toEqual(Object.keys(counts))
  })

  it.each<[string, (line: DiaryLine) => boolean]>([
    [
      'core killed between COMMIT and reply',
      (line) => 'saw' in line && line.saw.startsWith('killed'),
    ],
    [
      'bank debited and the answer lost',
      (line) => 'saw' in line && line.saw.startsWith('bank-debited'),
    ],
    [
      'bank paid out and the answer lost',
      (line) => 'saw' in line && line.saw.startsWith('bank-paid'),
    ],
    ['changed transfer refused', (line) => 'error' in line && line.error === 'TRANSFER_ID_REUSED'],
    ['PostgreSQL stopped at once', (line) => 'what' in line && line.what === 'stop-postgres'],
    ['clock of a core moved', (line) => 'what' in line && line.what === 'shift-clock'],
    [
      'identical repeat turned away',
      (line) => 'error' in line && line.error === 'SIGNATURE_REPLAYED',
    ],
    ['code refused as too early', (line) => 'error' in line && line.error === 'CODE_NOT_YET_VALID'],
  ])('misses: %s', (name, is) => {
    const history = playRun().finish()
    const calls = new Set(history.lines.filter(is).flatMap((l) => ('call' in l ? l.call : [])))
    const lines = history.lines.filter((l) => !is(l) && !('call' in l && calls.has(l.call)))
    expect(judgeCoverage({ ...history, lines }).missing).toContain(name)
  })

  it.each(['shower ended because its controller was silent', 'two payers at one order'])(
    'misses, of the other ways: %s',
    (name) => {
      const history = playWays()
      expect(judgeCoverage(history).missing).not.toContain(name)
      history.ledger.water_sessions.length = 0
      history.lines = history.lines.filter(({ line }) => line === 'world')
      expect(judgeCoverage(history).missing).toContain(name)
    },
  )

  it('takes one who came after the winner for no racer', () => {
    const h = buildHistory()
    const code = h.issue('bob')
    h.pay('t1/winner', 10, code)
    h.pay('t2/late', 10, code)
    expect(judgeCoverage(h.finish()).missing).toContain('losing racer for a code')
  })
})
