import { describe, expect, it } from 'vitest'
import type { RecordedHistory } from '../read-history.ts'
import { found, problemsAfter } from '../testing/doctor.ts'
import { transferAnswers } from './transfer-answers.ts'

/** Replies to calls about a transfer, in the order of writing. */
function repliesTo(h: RecordedHistory, transferId: string) {
  const calls = new Set(
    h.lines.flatMap((line) =>
      line.line === 'transfer-send' && line.transferId === transferId ? [line.call] : [],
    ),
  )
  return h.lines.flatMap((line) =>
    line.line === 'transfer-reply' && calls.has(line.call) ? [line] : [],
  )
}
function told(h: RecordedHistory, transferId: string, at: number) {
  const reply = found(repliesTo(h, transferId).at(at))
  if (reply.outcome !== 'ok') throw new Error('it shows no transfer')
  return reply.transfer
}

describe('answers about transfers', () => {
  it('resolve and never regress in a correct history', () => {
    expect(problemsAfter(transferAnswers, () => {})).toEqual([])
  })

  it.each<[string, (h: RecordedHistory) => void, string]>([
    [
      'the last answer is not what the books say',
      (h) => {
        told(h, 'out-2', -1).status = 'SUCCEEDED'
      },
      'the last answer about a transfer is SUCCEEDED, the books say DECLINED',
    ],
    [
      'a final answer changes',
      (h) => {
        told(h, 'out-1', 0).status = 'DECLINED'
      },
      'a transfer was DECLINED, then SUCCEEDED',
    ],
    [
      'what failed to be known was said to have failed',
      (h) => {
        told(h, 'out-3', 0).status = 'DECLINED'
      },
      'a transfer was DECLINED, then UNKNOWN',
    ],
    [
      'changed content is taken',
      (h) => {
        const changed = found(repliesTo(h, 'in-1')[2])
        const at = h.lines.indexOf(changed)
        h.lines[at] = {
          line: 'transfer-reply',
          atMs: changed.atMs,
          call: changed.call,
          outcome: 'ok',
          transfer: told(h, 'in-1', 1),
        }
      },
      'a top_up of 801 fen is answered with a top_up of 800',
    ],
    [
      'a repeat is told another moment',
      (h) => {
        told(h, 'out-3', 0).createdAt = '2026-01-01T00:00:00.000Z'
      },
      'createdAt of a transfer was 2026-01-01T00:00:00.000Z, then',
    ],
    [
      'nobody asked in the end',
      (h) => {
        const last = found(repliesTo(h, 'in-3').at(-1))
        h.lines.splice(h.lines.indexOf(last), 1)
      },
      'nobody asked in the end what had become of a transfer',
    ],
    [
      'a transfer that was answered is not in the books',
      (h) => {
        h.ledger.movements = h.ledger.movements.filter(({ movement_id }) => movement_id !== 'out-1')
      },
      'the last answer about a transfer is SUCCEEDED, the books say NONE',
    ],
  ])('are noticed when %s', (_, doctor, problem) => {
    const problems = problemsAfter(transferAnswers, doctor)
    expect(problems.some((what) => what.startsWith(problem))).toBe(true)
  })
})
