import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPerson } from '../people/open-person.ts'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { importPersonRows } from './person-rows.ts'

let campus: TestCampus
beforeEach(async () => {
  campus = await createTestCampus()
})
afterEach(() => campus.close())

const fresh = () => ({ cardNos: new Set<string>(), tokens: new Set<string>() })
type Cells = Record<string, string>
async function bring(rows: Cells[], apply = true, seen = fresh()) {
  const numbered = rows.map((cells, i) => ({ line: i + 2, cells }))
  return importPersonRows(campus.services, SCHOOL, numbered, seen, apply)
}
const told = async (rows: Cells[], apply = true) =>
  (await bring(rows, apply)).outcomes.map(({ outcome, reason }) => reason ?? outcome)
const lin: Cells = { cardNo: '2023010417', name: '林知夏', class: '学生', phone: '13800138000' }
const count = async () =>
  Number((await campus.db.pool.query('select count(*) as n from people')).rows[0].n)

describe('a school’s register, row by row (R35)', () => {
  it('adds who is new, unclaimed, and changes nothing when it comes again', async () => {
    const rows = [lin, { cardNo: 'T-77', name: 'Ada Lovelace', class: 'teacher', phone: '' }]
    expect(await told(rows)).toEqual(['added', 'added'])
    const { personIds } = await bring(rows)
    const { rows: cards } = await campus.db.pool.query(
      'select card_status from payers where person_id = any ($1)',
      [personIds],
    )
    expect(cards.map(({ card_status }) => card_status)).toEqual(['unclaimed', 'unclaimed'])
    const before = (await campus.db.pool.query('select * from people order by person_id')).rows
    expect(await told(rows)).toEqual(['same', 'same'])
    expect((await campus.db.pool.query('select * from people order by person_id')).rows).toEqual(
      before,
    )
  })

  it('names bad rows by line and column, never by what stands there, and takes the good ones', async () => {
    const before = await count()
    const { outcomes } = await bring([
      lin,
      { ...lin, cardNo: '2', class: 'pupil' },
      { ...lin, cardNo: '', name: '' },
      { ...lin, cardNo: '3', phone: '1380-SECRET' },
      { ...lin, cardNo: '4', left: 'perhaps' },
      { ...lin, cardNo: '5', name: 'a\u0000b' },
      { cardNo: '6' },
      { ...lin },
      { ...lin, cardNo: '7' },
    ])
    expect(outcomes).toEqual([
      { line: 2, outcome: 'added' },
      { line: 3, outcome: 'refused', reason: 'FORM', fields: ['class'] },
      { line: 4, outcome: 'refused', reason: 'FORM', fields: ['cardNo', 'name'] },
      { line: 5, outcome: 'refused', reason: 'FORM', fields: ['phone'] },
      { line: 6, outcome: 'refused', reason: 'FORM', fields: ['left'] },
      { line: 7, outcome: 'refused', reason: 'FORM', fields: ['name'] },
      { line: 8, outcome: 'refused', reason: 'NAME_MISSING' },
      { line: 9, outcome: 'refused', reason: 'TWICE', fields: ['cardNo'] },
      { line: 10, outcome: 'added' },
    ])
    expect(await count()).toBe(before + 2)
    expect(JSON.stringify(outcomes)).not.toContain('SECRET')
  })

  it('leaves alone what it has no column for, and changes what it says', async () => {
    await bring([{ ...lin, groups: '3号楼;合唱团', campus: '南校区' }])
    expect(await told([{ cardNo: lin.cardNo ?? '', class: 'teacher' }])).toEqual(['changed'])
    const { personIds } = await bring([{ cardNo: lin.cardNo ?? '', phone: '13900139000' }])
    const [personId = ''] = personIds
    expect(await openPerson(campus.services, SCHOOL, personId)).toEqual({
      ...{ name: '林知夏', cardNo: '2023010417', phone: '13900139000' },
    })
    const { rows } = await campus.db.pool.query(
      'select class, campus, groups from people where person_id = $1',
      [personId],
    )
    expect(rows).toEqual([{ class: 'teacher', campus: '南校区', groups: ['3号楼', '合唱团'] }])
    // An empty cell says that there is none.
    await bring([{ cardNo: lin.cardNo ?? '', campus: '', groups: '' }])
    const after = await campus.db.pool.query(
      'select campus, groups from people where person_id = $1',
      [personId],
    )
    expect(after.rows).toEqual([{ campus: null, groups: [] }])
  })

  it('renames, also as the person is shown', async () => {
    const { personIds } = await bring([lin])
    expect(await told([{ ...lin, name: '林知秋' }])).toEqual(['changed'])
    const { rows } = await campus.db.pool.query(
      'select masked_name from people where person_id = $1',
      [personIds[0]],
    )
    expect(rows[0].masked_name).toBe('林*秋')
  })

  it('closes the cards of leavers, for good (R32, R42)', async () => {
    await bring([lin])
    expect(await told([{ ...lin, left: '是' }])).toEqual(['closed'])
    expect(await told([{ ...lin, left: '是' }])).toEqual(['same'])
    expect(await told([{ ...lin, left: '否' }])).toEqual(['HAS_LEFT'])
    const { rows } = await campus.db.pool.query(
      "select count(*)::int as n from payers where card_status = 'closed'",
    )
    expect(rows[0].n).toBe(1)
  })

  it('gives cards and faces (R29), each once, both or neither', async () => {
    const held = { cardTokens: 'C1;C2', faceTokens: '' }
    expect(await told([{ ...lin, ...held }])).toEqual(['added'])
    expect(await told([{ ...lin, ...held }])).toEqual(['same'])
    expect(await told([{ ...lin, cardTokens: 'C2', faceTokens: '' }])).toEqual(['changed'])
    expect(
      await told([
        { ...lin, cardNo: '8', cardTokens: 'C9', faceTokens: '' },
        { ...lin, cardNo: '9', cardTokens: 'C9', faceTokens: '' },
        { ...lin, cardNo: '10', cardTokens: 'C10' },
      ]),
    ).toEqual(['added', 'TOKEN_TWICE', 'TOKENS_APART'])
    const { rows } = await campus.db.pool.query(
      'select count(*)::int as n from payment_tokens where removed_at is null',
    )
    expect(rows[0].n).toBe(2)
  })

  it('says what would be, and writes nothing, when it is tried', async () => {
    const before = await count()
    expect(await told([lin, { ...lin, cardNo: '8', class: 'x' }], false)).toEqual([
      ...['added', 'FORM'],
    ])
    expect(await count()).toBe(before)
  })

  it('knows across the parts of one table what it has had', async () => {
    const seen = fresh()
    await bring([lin], true, seen)
    const { outcomes } = await bring([lin], true, seen)
    expect(outcomes[0]?.reason).toBe('TWICE')
  })
})
