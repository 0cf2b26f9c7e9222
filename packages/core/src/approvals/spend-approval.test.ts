import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { isPasswordSet, passwordState } from '../passwords/store.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { spendApproval } from './spend-approval.ts'

let campus: TestCampus
let personId: string
beforeAll(async () => {
  campus = await createTestCampus()
  personId = (await campus.addPerson()).personId
})
afterAll(() => campus.close())

const spend = (approvalId: string, action: Parameters<typeof spendApproval>[1]['action']) =>
  inTransaction(campus.db.pool, (tx) =>
    spendApproval(tx, { schoolId: SCHOOL, personId, approvalId, action }),
  )
const INVALID = { refused: 'APPROVAL_INVALID' }

describe('an approval (R16)', () => {
  it('is spent once, also by operations at the same time', async () => {
    const approvalId = await approve(campus, personId, { kind: 'close_wallet' })
    const spent = await Promise.all(
      Array.from({ length: 5 }, () => spend(approvalId, { kind: 'close_wallet' })),
    )
    expect(spent.filter((refusal) => refusal === undefined)).toHaveLength(1)
    expect(await spend(approvalId, { kind: 'close_wallet' })).toEqual(INVALID)
  })

  it('is left alone by an operation that fails after all', async () => {
    const approvalId = await approve(campus, personId, { kind: 'close_wallet' })
    const failed = inTransaction(campus.db.pool, async (tx) => {
      await spendApproval(tx, {
        schoolId: SCHOOL,
        personId,
        approvalId,
        action: { kind: 'close_wallet' },
      })
      throw new Error('on purpose')
    })
    await expect(failed).rejects.toThrow('on purpose')
    expect(await spend(approvalId, { kind: 'close_wallet' })).toBeUndefined()
  })

  it('is good for exactly what was shown', async () => {
    const approvalId = await approve(campus, personId, {
      kind: 'raise_limits',
      singleFen: 30_000,
      dailyFen: 90_000,
    })
    expect(await spend(approvalId, { kind: 'close_wallet' })).toEqual(INVALID)
    expect(
      await spend(approvalId, { kind: 'raise_limits', singleFen: 30_001, dailyFen: 90_000 }),
    ).toEqual(INVALID)
    expect(
      await spend(approvalId, { dailyFen: 90_000, singleFen: 30_000, kind: 'raise_limits' }),
    ).toBeUndefined()
  })

  it('is nobody else’s, and ends', async () => {
    const other = (await campus.addPerson()).personId
    const approvalId = await approve(campus, other, { kind: 'sign_agreement' })
    expect(await spend(approvalId, { kind: 'sign_agreement' })).toEqual(INVALID)
    const late = await approve(campus, personId, { kind: 'sign_agreement' })
    await campus.db.pool.query('update approvals set expires_at = now() where approval_id = $1', [
      late,
    ])
    expect(await spend(late, { kind: 'sign_agreement' })).toEqual(INVALID)
    const waiting = await approve(campus, personId, { kind: 'sign_agreement' })
    await campus.db.pool.query("update approvals set status = 'waiting' where approval_id = $1", [
      waiting,
    ])
    expect(await spend(waiting, { kind: 'sign_agreement' })).toEqual(INVALID)
  })
})

describe('the state of a payment password', () => {
  it('is told from none at all, and a locked one still counts as set', async () => {
    const { pool } = campus.db
    expect(await passwordState(pool, SCHOOL, personId)).toBe('not_set')
    expect(await isPasswordSet(pool, SCHOOL, personId)).toBe(false)
    await setPassword(campus, personId)
    expect(await passwordState(pool, SCHOOL, personId)).toBe('set')
    await setPassword(campus, personId, { locked: true })
    expect(await passwordState(pool, SCHOOL, personId)).toBe('locked')
    expect(await isPasswordSet(pool, SCHOOL, personId)).toBe(true)
  })
})
