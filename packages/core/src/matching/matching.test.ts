import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { dayBefore, shiftOneDayBack } from '../testing/shift-days.ts'
import { createTransferCalls } from '../testing/transfers.ts'
import { matchDay } from './match-day.ts'
import type { MatchedPort, OutsideLine } from './outside-line.ts'

let campus: TestCampus
/** Pays from a bank card, in full. */
let poor: Awaited<ReturnType<TestCampus['addPerson']>>

beforeEach(async () => {
  campus = await createTestCampus()
  poor = await campus.addPerson({ walletFen: 0, bankCard: true })
})
afterEach(() => campus.close())

async function pay(orderNo: string, amountFen = 100, account: 'wallet' | 'one_card' = 'wallet') {
  const code = await campus.issueCode(poor.personId, { account })
  await campus.pay({ orderNo, amountFen, code })
  const { rows } = await campus.db.pool.query<{ payment_id: string }>(
    'select payment_id from payments where order_no = $1',
    [orderNo],
  )
  return `pay-${rows[0]?.payment_id}`
}

/** As if everything so far had happened at noon of the day before. */
async function endDay(hour = 12): Promise<void> {
  await shiftOneDayBack(campus.db.pool)
  const at = `(date_trunc('day', $0 at time zone 'Asia/Shanghai') + interval '${hour} hours 30 minutes') at time zone 'Asia/Shanghai'`
  for (const [table, columns] of [
    ['postings', ['posted_at']],
    ['refunds', ['settled_at']],
    ['external_movements', ['settled_at']],
  ] as const) {
    for (const column of columns) {
      await campus.db.pool.query(
        `update ${table} set ${column} = ${at.replace('$0', column)} + (${column} - date_trunc('minute', ${column}))
          where ${column} > (date_trunc('day', now() at time zone 'Asia/Shanghai') - interval '1 day') at time zone 'Asia/Shanghai'`,
      )
    }
  }
}

const line = (reference: string, fen: number): OutsideLine => ({ reference, fen })

async function match(daysAgo: number, lines: OutsideLine[], port: MatchedPort = 'bank') {
  const day = await dayBefore(campus.db.pool, daysAgo)
  const result = await matchDay(campus.db, { schoolId: SCHOOL, port, day }, () => lines)
  if ('refused' in result) throw new Error(`refused: ${result.refused}`)
  const broken = (await checkBooks(campus.db.pool)).map(({ invariant }) => invariant)
  expect(broken).not.toContain(
    'what an outside system moved less than the books is what stands open as differences',
  )
  return result.differences.map(({ reference, kind, cleared_by, here_fen, there_fen }) => [
    reference,
    kind ?? cleared_by,
    here_fen,
    there_fen,
  ])
}

const refusalOf = async (daysAgo: number, lines: OutsideLine[], port: MatchedPort = 'bank') => {
  const day = await dayBefore(campus.db.pool, daysAgo)
  const result = await matchDay(campus.db, { schoolId: SCHOOL, port, day }, () => lines)
  return 'refused' in result ? result : undefined
}

describe('R34: matching', () => {
  it('finds nothing on a day on which both sides did the same', async () => {
    const paid = await pay('paid')
    const reversed = await pay('reversed', 200)
    await campus.reverse('reversed')
    const refunded = await pay('refunded', 300)
    await campus.refund('refunded', 'r1', 120)
    const oneCard = await pay('one-card', 400, 'one_card')
    const saver = await campus.addPerson({ walletFen: 5000, bankCard: true })
    const { topUp, withdraw } = createTransferCalls(campus)
    await topUp(saver.personId)
    await withdraw(saver.personId)
    await endDay()
    const { rows } = await campus.db.pool.query<OutsideLine & { kind: string }>(
      `select reference, kind, case when kind in ('refund', 'withdrawal') then -amount_fen else amount_fen end as fen
         from external_movements where kind <> 'debit' order by kind`,
    )
    expect(rows.map(({ kind }) => kind)).toEqual(['refund', 'top_up', 'top_up', 'withdrawal'])
    const lines = [
      ...[line(paid, 100), line(reversed, 200), line(reversed, -200), line(refunded, 300)],
      ...rows.map(({ reference, fen }) => line(reference, fen)),
    ]
    expect(await match(1, lines)).toEqual([])
    expect(await match(1, [line(oneCard, 400)], 'one_card')).toEqual([])
  })

  it('finds each kind of difference, and no other', async () => {
    const right = await pay('right')
    const missingThere = await pay('missing-there')
    const amount = await pay('amount')
    const undoneThere = await pay('undone-there')
    const undoneHere = await pay('undone-here')
    await campus.reverse('undone-here')
    campus.bank.setFault('decline')
    const declined = await pay('declined')
    campus.bank.setFault('silent')
    const open = await pay('open')
    campus.bank.setFault('none')
    const unknown = `pay-${v7()}`
    await endDay()
    expect(
      (
        await match(1, [
          ...[line(right, 100), line(amount, 90), line(undoneThere, 100), line(undoneThere, -100)],
          ...[line(undoneHere, 100), line(declined, 100), line(open, 100), line(unknown, 50)],
        ])
      ).sort(),
    ).toEqual(
      [
        [missingThere, 'missing_there', 100, 0],
        [amount, 'amount', 100, 90],
        [undoneThere, 'status', 100, 0],
        [undoneHere, 'status', 0, 100],
        [declined, 'status', 0, 100],
        [open, 'late', 0, 100],
        [unknown, 'missing_here', 0, 50],
      ].sort(),
    )
  })

  it('finds a line that is there twice, on one day or on two', async () => {
    const once = await pay('once')
    const again = await pay('again')
    await endDay()
    expect(await match(1, [line(once, 100), line(once, 100), line(again, 100)])).toEqual([
      [once, 'amount', 100, 200],
    ])
    await endDay()
    await shiftMatching()
    expect(await match(1, [line(again, 100)])).toEqual([
      [once, 'amount', 100, 200],
      [again, 'missing_here', 0, 100],
    ])
  })

  it('carries a difference on until it is cleared, and clears what comes late by itself', async () => {
    const paid = await pay('paid')
    const never = await pay('never')
    await endDay()
    expect(await match(1, [])).toEqual(
      [
        [paid, 'missing_there', 100, 0],
        [never, 'missing_there', 100, 0],
      ].sort(),
    )
    await endDay()
    await shiftMatching()
    expect(await match(1, [line(paid, 100)])).toEqual([
      [never, 'missing_there', 100, 0],
      [paid, 'arrival', 100, 100],
    ])
    await endDay()
    await shiftMatching()
    expect(await match(1, [])).toEqual([[never, 'missing_there', 100, 0]])
    // The report of a day before is what it was.
    expect(await match(2, [line(paid, 100)])).toEqual([
      [never, 'missing_there', 100, 0],
      [paid, 'arrival', 100, 100],
    ])
  })

  it('takes what moved in the last hour for late, and for missing a day later', async () => {
    const last = await pay('last')
    await endDay(23)
    expect(await match(1, [])).toEqual([[last, 'late', 100, 0]])
    await endDay()
    await shiftMatching()
    expect(await match(1, [])).toEqual([[last, 'missing_there', 100, 0]])
  })

  it('takes what is settled here on a later day for late', async () => {
    campus.bank.setFault('drop_answer')
    const open = await pay('open')
    campus.bank.setFault('none')
    await endDay()
    await campus.db.pool.query(`update external_movements set next_attempt_at = now()`)
    await driveDueMovements(campus.services)
    expect(await match(1, [line(open, 100)])).toEqual([[open, 'late', 0, 100]])
    await endDay()
    await shiftMatching()
    expect(await match(1, [])).toEqual([[open, 'arrival', 100, 100]])
  })

  it('clears by itself what only one side had and took back', async () => {
    const undone = await pay('undone')
    const unknown = `pay-${v7()}`
    await endDay()
    expect((await match(1, [line(unknown, 50)])).map(([, kind]) => kind).sort()).toEqual([
      'missing_here',
      'missing_there',
    ])
    await campus.reverse('undone')
    await endDay()
    await shiftMatching()
    expect(await match(1, [line(unknown, -50)])).toEqual(
      [
        [undone, 'reversal', 0, 0],
        [unknown, 'reversal', 0, 0],
      ].sort(),
    )
    // On one and the same day it is no difference at all.
    const reference = `pay-${v7()}`
    await endDay()
    await shiftMatching()
    expect(await match(1, [line(reference, 50), line(reference, -50)])).toEqual([])
  })

  it('changes nothing when it is repeated, and takes no other file for the day', async () => {
    const paid = await pay('paid')
    await endDay()
    const first = await match(1, [line(paid, 90)])
    const tables = async () => [
      (await campus.db.pool.query('table differences')).rows,
      (await campus.db.pool.query('table matched_days')).rows,
    ]
    const before = await tables()
    expect(await match(1, [line(paid, 90)])).toEqual(first)
    expect(await refusalOf(1, [line(paid, 100)])).toEqual({ refused: 'file_changed' })
    expect(await tables()).toEqual(before)
  })

  it('takes days in their order, without a gap', async () => {
    expect(await refusalOf(0, [])).toMatchObject({ refused: 'too_early' })
    expect(await match(4, [])).toEqual([])
    const next = await dayBefore(campus.db.pool, 3)
    expect(await refusalOf(2, [])).toEqual({ refused: 'out_of_turn', detail: next })
    expect(await refusalOf(5, [])).toEqual({ refused: 'out_of_turn', detail: next })
    expect(await match(3, [])).toEqual([])
  })

  it('leaves out what is about another school’s money', async () => {
    const paid = await pay('paid')
    const others = `pay-${v7()}`
    await campus.db.pool.query(
      `insert into external_movements (school_id, movement_id, kind, port, reference, person_id, amount_fen,
                                       state, outcome, next_attempt_at)
       values ('1002', $1, 'debit', 'bank', $2, $1, 700, 'done', 'succeeded', now())`,
      [v7(), others],
    )
    await endDay()
    expect(await match(1, [line(paid, 100), line(others, 700)])).toEqual([])
  })

  it('is refused, and changes nothing, when the books disagree with their movements or the file breaks', async () => {
    const paid = await pay('paid')
    await endDay()
    const { rows } = await campus.db.pool.query(
      `update external_movements set amount_fen = 99 returning 1`,
    )
    expect(rows).toHaveLength(1)
    expect(await refusalOf(1, [line(paid, 100)])).toEqual({ refused: 'differs' })
    await campus.db.pool.query(`update external_movements set amount_fen = 100`)
    const day = await dayBefore(campus.db.pool, 1)
    const broken = function* () {
      yield line(paid, 100)
      throw new Error('cut short')
    }
    const scope = { schoolId: SCHOOL, port: 'bank', day } as const
    await expect(matchDay(campus.db, scope, broken)).rejects.toThrow('cut short')
    expect((await campus.db.pool.query('table matched_days')).rows).toEqual([])
    expect(await match(1, [line(paid, 100)])).toEqual([])
  })

  it('is seen in the books when a difference is lost', async () => {
    const paid = await pay('paid')
    await endDay()
    await match(1, [line(paid, 90)])
    await campus.db.pool.query('delete from differences')
    expect((await checkBooks(campus.db.pool)).map(({ invariant }) => invariant)).toContain(
      'what an outside system moved less than the books is what stands open as differences',
    )
  })
})

/** What was matched happened a day earlier, too. */
async function shiftMatching(): Promise<void> {
  const { pool } = campus.db
  for (const sql of [
    `update differences set day = day - 1, until_day = until_day - 1, since_day = since_day - 1`,
    `update matched_days set day = day - 1`,
    `update statement_days set day = day - 1`,
  ]) {
    await pool.query(sql)
  }
}
