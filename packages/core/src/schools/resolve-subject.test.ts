import type { SignIn } from '@campus-ecode/protocol/devices'
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

describe('sign-ins (R6)', () => {
  async function signIn(wanted: string[], who = person) {
    const body = { secret, cardNo: who.cardNo, scopes: wanted }
    return (await core.call('resolveSubject', { body })).status
  }
  async function signInsOf(personId: string): Promise<SignIn[]> {
    return (await core.call('getDevices', { params: { personId } })).body.signIns
  }
  async function addPerson() {
    const added = await core.addPerson()
    await core.services.db.pool.query('update people set card_no_index = $2 where person_id = $1', [
      added.personId,
      await indexCardNo(core.services, '1001', added.cardNo),
    ])
    return added
  }

  it('are noted once an hour, with all that the sessions were opened for', async () => {
    const who = await addPerson()
    await Promise.all([
      signIn(['card'], who),
      signIn(['pay', 'card', 'card'], who),
      signIn(['bill'], who),
    ])
    const [first, ...more] = await signInsOf(who.personId)
    expect(more).toEqual([])
    expect(first).toMatchObject({ scopes: ['bill', 'card', 'pay'], channel: 'school_server' })
    await core.services.db.pool.query(
      `update sign_ins set hour = hour - interval '1 hour', at = at - interval '1 hour'
        where person_id = $1`,
      [who.personId],
    )
    await signIn(['wallet'], who)
    const list = await signInsOf(who.personId)
    expect(list.map((one) => one.scopes)).toEqual([['wallet'], ['bill', 'card', 'pay']])
    expect(Date.parse(list[0]?.at ?? '')).toBeGreaterThan(Date.parse(list[1]?.at ?? ''))
  })

  it('write nothing when they are known already', async () => {
    const who = await addPerson()
    await signIn(['card', 'pay'], who)
    const version = async () =>
      (
        await core.services.db.pool.query(
          'select xmin::text, xmax::text, scopes from sign_ins where person_id = $1',
          [who.personId],
        )
      ).rows
    const before = await version()
    for (let i = 0; i < 3; i++) expect(await signIn(['pay'], who)).toBe(200)
    expect(await version()).toEqual(before)
  })

  it('are the person’s own, and none that the school’s secret did not open', async () => {
    const [who, other] = [await addPerson(), await addPerson()]
    await signIn(['card'], other)
    const body = { secret: `${secret}x`, cardNo: who.cardNo, scopes }
    await core.refused('resolveSubject', { body })
    expect(await signInsOf(who.personId)).toEqual([])
    expect(await signInsOf(other.personId)).toHaveLength(1)
  })

  it('are listed fifty at most, the newest first', async () => {
    const who = await addPerson()
    await core.services.db.pool.query(
      `insert into sign_ins (school_id, person_id, hour, at, scopes, channel)
       select '1001', $1, h, h, '{card}', 'school_server'
         from generate_series(date_trunc('hour', now()) - interval '59 hours', now(), interval '1 hour') h`,
      [who.personId],
    )
    const times = (await signInsOf(who.personId)).map(({ at }) => at)
    expect(times).toHaveLength(50)
    expect(times).toEqual([...times].sort().reverse())
    expect(Date.now() - Date.parse(times[0] ?? '')).toBeLessThan(3_600_000)
  })
})
