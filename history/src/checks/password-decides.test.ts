import { describe, expect, it } from 'vitest'
import type { PhoneSendLine } from '../diary.ts'
import type { RecordedHistory } from '../read-history.ts'
import { buildHistory } from '../testing/build-history.ts'
import {
  callOf,
  found,
  postingsOf,
  problemsAfter,
  problemsIn,
  rowOf,
  tell,
} from '../testing/doctor.ts'
import { passwordDecides } from './password-decides.ts'

function approvalOf({ ledger, ...recorded }: RecordedHistory, order: string) {
  const { payment_id } = rowOf({ ledger, ...recorded }, order)
  return found(ledger.approvals.find((one) => one.payment_id === payment_id))
}

/** What was typed for the first approval of an order, the last time. */
function entryOf(recorded: RecordedHistory, order: string) {
  const { approval_id } = approvalOf(recorded, order)
  const typed = recorded.lines.filter(
    (line): line is PhoneSendLine & { verb: 'enter' } =>
      line.line === 'phone-send' && line.verb === 'enter' && line.approvalId === approval_id,
  )
  const send = found(typed.at(-1))
  const reply = recorded.lines.find(
    (line) => line.line === 'phone-reply' && line.call === send.call,
  )
  return { send, reply: found(reply) }
}

function replaceReply(recorded: RecordedHistory, order: string, said: object): void {
  const { reply } = entryOf(recorded, order)
  const { atMs, call } = reply as { atMs: number; call: number }
  const told = { line: 'phone-reply', atMs, call, ...said } as typeof reply
  recorded.lines[recorded.lines.indexOf(reply)] = told
}

describe('the password', () => {
  it('decides in a correct history', () => {
    expect(problemsAfter(passwordDecides, () => {})).toEqual([])
  })

  it('was not asked for a great amount, shown digits, or a full day', () => {
    for (const [order, what] of [
      ['t3/small', '25000 fen were taken without asking for the password'],
      ['t3/shown', 'a code whose digits were shown was taken without asking for the password'],
    ] as const) {
      const problems = problemsAfter(passwordDecides, (h) => {
        rowOf(h, order).confirm_by = null
      })
      expect(problems).toContain(what)
      expect(problems).toContain('an order that never waited has an approval')
    }
    const h = buildHistory()
    for (const no of [1, 2, 3, 4, 5, 6]) h.pay(`t3/${no}`, 18_000, h.issue('dan'))
    expect(rowOf({ ...h }, 't3/6').status).toBe('AWAITING_PASSWORD')
    const recorded = h.finish()
    expect(problemsIn(passwordDecides, recorded)).toEqual([])
    Object.assign(rowOf(recorded, 't3/6'), { confirm_by: null, status: 'PAID' })
    expect(problemsIn(passwordDecides, recorded)).toEqual([
      'a day came to 108000 fen without asking for the password',
    ])
  })

  it('was never right for an order that is paid', () => {
    const wrong = problemsAfter(passwordDecides, (h) => {
      entryOf(h, 't3/small').send.isRight = false
      replaceReply(h, 't3/small', { outcome: 'info', why: 'lost' })
    })
    expect(wrong).toContain('an order was confirmed without the right password')
    expect(wrong).toContain('an approval is spent that no right password gave')
    const refused = problemsAfter(passwordDecides, (h) => {
      replaceReply(h, 't3/small', { outcome: 'refused', error: 'PASSWORD_LOCKED' })
    })
    expect(refused).toContain('an order was confirmed without the right password')
  })

  it('may have been right where no answer came, or that of a second delivery', () => {
    for (const said of [
      { outcome: 'info', why: 'lost' },
      { outcome: 'refused', error: 'APPROVAL_INVALID' },
    ]) {
      const problems = problemsAfter(passwordDecides, (h) => replaceReply(h, 't3/small', said))
      expect(problems).toEqual([])
    }
  })

  it('was right and called wrong, or wrong and taken', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      replaceReply(h, 't3/ignored', { outcome: 'refused', error: 'PASSWORD_WRONG' })
      approvalOf(h, 't3/ignored').status = 'waiting'
      entryOf(h, 't3/cancelled').send.isRight = false
      approvalOf(h, 't3/cancelled').status = 'waiting'
    })
    expect(problems).toEqual(['the right password was called wrong', 'a wrong password was taken'])
  })

  it('was given for another order', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      approvalOf(h, 't3/great').payment_id = rowOf(h, 't3/small').payment_id
    })
    expect(problems).toContain('an order spent 2 approvals')
    expect(problems).toContain('an order that waited was paid without an approval of it')
  })

  it('was given for another amount, or by somebody else', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      const { approval_id } = approvalOf(h, 't3/small')
      for (const line of h.lines) {
        if (line.line !== 'approval' || line.approvalId !== approval_id) continue
        Object.assign(line, { shownFen: 100, personId: 'ann' })
      }
    })
    expect(problems).toEqual([
      '100 fen were shown and approved, 25000 taken',
      'an order was confirmed by the password of somebody else',
    ])
  })

  it('pays nothing that nobody confirmed, or whoever did was turned away', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      tell(h, callOf(h, 't3/small', 'confirm'), { outcome: 'refused', error: 'APPROVAL_INVALID' })
    })
    expect(problems).toEqual(['nobody confirmed this order, or whoever did was turned away'])
  })

  it('pays nothing before it is confirmed', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      const early = new Date(callOf(h, 't3/small', 'pay').send.atMs).toISOString()
      rowOf(h, 't3/small').paid_at = early
    })
    expect(problems).toEqual(['an order was paid before anybody confirmed it'])
    const posted = problemsAfter(passwordDecides, (h) => {
      const [posting] = postingsOf(h, 't3/outside-pays')
      found(posting).posted_at = rowOf(h, 't3/outside-pays').created_at
    })
    expect(posted).toEqual(['an order was posted before it was paid'])
  })

  it('pays nothing after its time, however short', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      const row = rowOf(h, 't3/small')
      const paidMs = Date.parse(row.paid_at ?? '')
      row.confirm_by = new Date(paidMs - 1).toISOString()
      row.created_at = new Date(paidMs - 45_001).toISOString()
    })
    expect(problems).toEqual([expect.stringContaining('an order was paid at')])
  })

  it('pays nothing that was over, as somebody has been told', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      tell(h, callOf(h, 't3/asked', 'query'), { outcome: 'info', why: 'lost' })
      const told = callOf(h, 't3/great', 'confirm')
      tell(h, told, { outcome: 'refused', error: 'PAYMENT_NOT_WAITING' })
    })
    expect(problems).toEqual([
      expect.stringMatching(/call \d+ was told that it waits no more, then it went on/),
    ])
  })

  it('pays nothing with a locked card', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      const row = rowOf(h, 't3/locked')
      const { reply } = callOf(h, 't3/locked', 'confirm')
      const paidAt = new Date(reply.atMs).toISOString()
      Object.assign(row, { status: 'PAID', refusal: null, channel: 'wallet', paid_at: paidAt })
    })
    expect(problems).toEqual(['an order was paid while the card was locked'])
  })

  it('is not spent by an order that came to nothing without it', () => {
    for (const order of ['t3/ignored', 't3/cancelled']) {
      const problems = problemsAfter(passwordDecides, (h) => {
        approvalOf(h, order).status = 'spent'
      })
      expect(problems).toEqual([expect.stringContaining('an approval was spent for an order')])
    }
  })

  it('is waited for as long as the school says, and no less', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      const row = rowOf(h, 't3/no')
      row.confirm_by = new Date(Date.parse(row.created_at) + 44_000).toISOString()
      rowOf(h, 't3/ignored').settled_at = rowOf(h, 't3/ignored').created_at
    })
    expect(problems).toEqual(['an order waits for 44000 ms', 'an order timed out before its time'])
  })

  it('is declined by nobody but the person', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      rowOf(h, 't3/ignored').refusal = 'PASSWORD_DECLINED'
    })
    expect(problems).toEqual(['nobody declined an order that was declined'])
  })

  it('is posted only with the confirmation', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      const [posting] = postingsOf(h, 't3/small')
      found(posting).payment_id = rowOf(h, 't3/cancelled').payment_id
    })
    expect(problems).toContain('an order is posted that nobody confirmed')
  })

  it('is asked for an order that phones and books know alike', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      const { reply } = callOf(h, 't3/small', 'confirm')
      if (reply.outcome === 'ok' && 'entry' in reply) reply.entry.amountFen = 1
    })
    expect(problems).toEqual(['a phone was told amountFen is 1, the books say 25000'])
  })

  it('gives approvals for orders that exist', () => {
    const problems = problemsAfter(passwordDecides, (h) => {
      approvalOf(h, 't3/ignored').payment_id = 'unknown'
    })
    expect(problems).toEqual(['an approval is of no order'])
  })
})
