import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { indexCardNo } from '../people/open-person.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

const secret = 'a-secret-of-the-school'
const scopes = ['card']
let core: HttpCore
let person: { personId: string; cardNo: string }

beforeAll(async () => {
  core = await createHttpCore()
  person = await core.addPerson()
  const { pool } = core.services.db
  await pool.query(
    `update schools set secret_hash = sha256($1::bytea), origins = '{https://campus.example}'`,
    [Buffer.from(secret)],
  )
  await pool.query('update people set card_no_index = $2 where person_id = $1', [
    person.personId,
    await indexCardNo(core.services, '1001', person.cardNo),
  ])
})
afterAll(() => core.close())

describe('resolveSubject', () => {
  it('finds the person whose number the school asserts, and the origins of its pages (R2a)', async () => {
    const { status, body } = await core.call('resolveSubject', {
      body: { secret, cardNo: person.cardNo, scopes: ['pay', 'card'] },
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      schoolId: '1001',
      personId: person.personId,
      origins: ['https://campus.example'],
    })
  })

  it('SCHOOL_CREDENTIALS_INVALID for a wrong secret and for an unknown school alike', async () => {
    const wrong = { body: { secret: `${secret}x`, cardNo: person.cardNo, scopes } }
    const right = { body: { secret, cardNo: person.cardNo, scopes } }
    const replies = await Promise.all([
      core.call('resolveSubject', wrong),
      core.call('resolveSubject', { ...right, params: { schoolId: '1002' } }),
    ])
    for (const { body } of replies) expect(body.code).toBe('SCHOOL_CREDENTIALS_INVALID')
    const [one, two] = replies.map(({ body }) => ({ ...body, requestId: '' }))
    expect(one).toEqual(two)
  })

  it('SUBJECT_UNKNOWN for a number that the school has not', async () => {
    for (const cardNo of ['999999', `${person.cardNo} `, `${person.cardNo}0`]) {
      expect(await core.refused('resolveSubject', { body: { secret, cardNo, scopes } })).toBe(
        'SUBJECT_UNKNOWN',
      )
    }
  })
})
