import type { AccessPolicy } from '@campus-ecode/protocol/campus'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateIssuerKey } from '../access-keys/rotate-issuer-key.ts'
import { createAccessGate } from '../testing/access-gate.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createGates, letsIn, readPolicy, type TestGate } from '../testing/gates.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
let gates: ReturnType<typeof createGates>
beforeAll(async () => {
  core = await createHttpCore()
  gates = createGates(core)
})
afterAll(() => core.close())

/** Monday at noon, at the school. */
const NOON = '2026-11-23T12:00:00+08:00'

async function person(personClass: 'student' | 'teacher' | 'external', groups: string[] = []) {
  const { personId } = await core.addPerson({ personClass })
  if (groups.length > 0) await gates.setGroups(personId, groups)
  return personId
}

const credentialsOf = (people: string[]) => Promise.all(people.map(gates.startCredential))

type Policies = (Partial<AccessPolicy> & Pick<AccessPolicy, 'purposes'>)[]

/** Which of some credentials a gate lets in under these policies. */
async function whoPasses(gate: TestGate, credentials: string[], at = NOON) {
  const policy = await gates.fetchPolicy(gate)
  return credentials.map((credential) => letsIn(policy, credential, { at }))
}

describe('who a gate lets in (R30)', () => {
  it('is nobody as long as no policy says so', async () => {
    await gates.setPolicies([])
    const gate = await gates.addGate({ purposes: ['door', 'library', 'meeting'] })
    const credentials = await credentialsOf([await person('teacher')])
    expect(await whoPasses(gate, credentials)).toEqual([false])
    // It still knows what it is there for: another purpose is a wrong one.
    const { rules } = await gates.fetchPolicy(gate)
    expect(rules.map(({ purpose }) => purpose)).toEqual(['door', 'library', 'meeting'])
  })

  it('is told by class, by group and by person', async () => {
    const gate = await gates.addGate({ zone: '3号楼' })
    const [student, resident, teacher, external] = [
      await person('student'),
      await person('student', ['3号楼', '篮球队']),
      await person('teacher', ['3号楼']),
      await person('external'),
    ]
    const people = [student, resident, teacher, external]
    const under = async (policies: Policies) => {
      await gates.setPolicies(policies)
      return whoPasses(gate, await credentialsOf(people))
    }
    const purposes: Policies[0]['purposes'] = ['door']
    expect(await under([{ purposes, classes: ['student'] }])).toEqual([true, true, false, false])
    expect(await under([{ purposes, groups: ['3号楼'] }])).toEqual([false, true, true, false])
    expect(await under([{ purposes, cardNos: [external] }])).toEqual([false, false, false, true])
    expect(
      await under([
        { purposes, groups: ['篮球队'], cardNos: [student] },
        { purposes, classes: ['external'] },
      ]),
    ).toEqual([true, true, false, true])
  })

  it('is told by campus, zone and purpose', async () => {
    const credentials = await credentialsOf([await person('student')])
    const at = (campus: string | null, zone: string) => gates.addGate({ campus, zone })
    const places = [
      await at('云谷校区', '图书馆'),
      await at('青江校区', '图书馆'),
      await at('云谷校区', '教学楼A'),
      await at(null, '图书馆'),
      await gates.addGate({ campus: '云谷校区', zone: '图书馆', purposes: ['library'] }),
    ]
    const under = async (where: Partial<AccessPolicy>) => {
      await gates.setPolicies([{ purposes: ['door'], classes: ['student'], ...where }])
      const all = await Promise.all(places.map((gate) => whoPasses(gate, credentials)))
      return all.flat()
    }
    expect(await under({})).toEqual([true, true, true, true, false])
    expect(await under({ campuses: ['云谷校区'] })).toEqual([true, false, true, false, false])
    expect(await under({ zones: ['图书馆'] })).toEqual([true, true, false, true, false])
    expect(await under({ campuses: ['青江校区'], zones: ['图书馆', '教学楼A'] })).toEqual([
      false,
      true,
      false,
      false,
      false,
    ])
  })

  it('is told by the hours of a week, also over midnight, by the school’s clock', async () => {
    const gate = await gates.addGate()
    const credentials = await credentialsOf([await person('student')])
    const week = [
      { days: [1, 2], from: '08:30', until: '24:00' },
      { days: [5], from: '22:00', until: '06:00' },
    ]
    await gates.setPolicies([{ purposes: ['door'], classes: ['student'], week }])
    const passesAt = async (at: string) => (await whoPasses(gate, credentials, at))[0]
    for (const [at, expected] of [
      ['2026-11-23T08:29:59+08:00', false], // Monday
      ['2026-11-23T08:30:00+08:00', true],
      ['2026-11-23T23:59:59+08:00', true],
      ['2026-11-24T00:00:00+08:00', false],
      ['2026-11-24T15:59:59Z', true], // Tuesday, a second before its midnight
      ['2026-11-24T16:00:00Z', false],
      ['2026-11-27T05:59:00+08:00', false], // Friday morning
      ['2026-11-27T22:00:00+08:00', true],
      ['2026-11-28T05:59:59+08:00', true], // Saturday morning
      ['2026-11-28T06:00:00+08:00', false],
      ['2026-11-28T22:00:00+08:00', false],
    ] as const) {
      expect([at, await passesAt(at)]).toEqual([at, expected])
    }
  })

  it('begins and ends with days of the school’s', async () => {
    const gate = await gates.addGate()
    const credentials = await credentialsOf([await person('student')])
    const days = { from: '2027-03-01', until: '2027-03-02' }
    await gates.setPolicies([{ purposes: ['door'], classes: ['student'], ...days }])
    for (const [at, expected] of [
      ['2027-02-28T15:59:59Z', false],
      ['2027-02-28T16:00:00Z', true],
      ['2027-03-02T23:59:59+08:00', true],
      ['2027-03-03T00:00:00+08:00', false],
    ] as const) {
      expect([at, ...(await whoPasses(gate, credentials, at))]).toEqual([at, expected])
    }
    await gates.setPolicies([{ purposes: ['door'], classes: ['student'], until: '2020-01-01' }])
    expect((await gates.fetchPolicy(gate)).rules).toMatchObject([{ classes: [], profiles: [] }])
  })
})

describe('a gate’s policy', () => {
  it('is signed, for this gate, and has a higher number only when it says something new', async () => {
    const [gate, other] = [await gates.addGate(), await gates.addGate({ zone: '3号楼' })]
    await gates.setPolicies([{ purposes: ['door'], zones: ['图书馆'], classes: ['student'] }])
    const verifier = await createAccessGate(core.services.keys, SCHOOL)
    const { body } = await core.call('getGateUpdate', { key: gate.key })
    verifier.takeKeys(body.keys)
    expect(verifier.takePolicy(body.policy)).toMatchObject({
      school: SCHOOL,
      gateId: gate.gateId,
      seq: 1,
      utcOffsetMinutes: 480,
      shownPastSeconds: 20,
      shownFutureSeconds: 5,
      staleList: 'closed',
    })
    const otherSeq = (await gates.fetchPolicy(other)).seq
    await gates.setPolicies([{ purposes: ['door'], zones: ['图书馆'], classes: ['student'] }])
    expect((await gates.fetchPolicy(gate)).seq).toBe(1)
    await gates.setPolicies([{ purposes: ['door'], zones: ['图书馆'], classes: ['teacher'] }])
    expect((await gates.fetchPolicy(gate)).seq).toBe(2)
    expect((await gates.fetchPolicy(other)).seq).toBe(otherSeq)
  })

  it('is asked for and written at the same moment with one number', async () => {
    const gate = await gates.addGate()
    await gates.setPolicies([{ purposes: ['door'], classes: ['visitor'] }])
    const asked = await Promise.all(Array.from({ length: 6 }, () => gates.fetchPolicy(gate)))
    expect(new Set(asked.map(({ seq }) => seq))).toEqual(new Set([1]))
  })

  it('that has grown too long to be signed keeps neither keys nor locks from the gate (R32)', async () => {
    const gate = await gates.addGate()
    const { personId } = await core.addPerson()
    const credential = await gates.startCredential(personId)
    const policy: Policies[0] = { purposes: ['door'], classes: ['teacher'] }
    await gates.setPolicies(Array.from({ length: 1_001 }, () => policy))
    await core.call('lockCard', { params: { personId } })
    core.logged.length = 0
    const { body } = await core.call('getGateUpdate', { key: gate.key })
    expect(body.policy).toBeNull()
    expect(core.logged.join('')).toContain("a gate's policy could not be written")
    const verifier = await createAccessGate(core.services.keys, SCHOOL)
    verifier.takeKeys(body.keys)
    verifier.takeList({ seq: 0, full: body.list })
    expect(verifier.refuse(credential)).toBe('REVOKED')
    await gates.setPolicies([policy])
    expect((await gates.fetchPolicy(gate)).rules).toHaveLength(1)
  })

  it('is signed anew when the school’s keys change', async () => {
    const gate = await gates.addGate()
    const before = (await core.call('getGateUpdate', { key: gate.key })).body
    await rotateIssuerKey(core.services, SCHOOL, { withdraw: true })
    const query = { policy: String(readPolicy(before.policy).seq), keys: '1', list: '1' }
    const after = (await core.call('getGateUpdate', { key: gate.key, query })).body
    expect(after.policy.keyId).not.toBe(before.policy.keyId)
    expect(readPolicy(after.policy).seq).toBe(readPolicy(before.policy).seq + 1)
  })
})

describe('an access profile', () => {
  it('is one number for one set, and 0 for those whom nothing tells apart', async () => {
    const [one, two, none] = [
      await person('student', ['甲', '乙', '不提']),
      await person('student', ['乙', '甲']),
      await person('student', ['不提']),
    ]
    const profiles = async () => {
      const { rows } = await core.db.pool.query(
        `select access_profile as profile from people
          where person_id = any ($1) order by array_position($1, person_id)`,
        [[one, two, none]],
      )
      return rows.map(({ profile }) => profile as number)
    }
    await gates.setPolicies([{ purposes: ['door'], groups: ['甲', '乙'] }])
    const [first, same, nobody] = await profiles()
    expect([same, nobody]).toEqual([first, 0])
    expect(first).toBeGreaterThan(0)
    await gates.setPolicies([{ purposes: ['door'], groups: ['甲'], cardNos: [two, v7()] }])
    const [later, own] = await profiles()
    expect(new Set([first, later, own, 0]).size).toBe(4)
    await gates.setPolicies([{ purposes: ['door'], groups: ['乙', '甲'] }])
    expect(await profiles()).toEqual([first, first, 0])
  })

  it('that loses something ends the credentials that promise it; one that gains leaves them', async () => {
    const personId = await person('student', ['甲'])
    await gates.setPolicies([{ purposes: ['door'], groups: ['甲', '乙'] }])
    await gates.startCredential(personId)
    const living = async () => {
      const { rows } = await core.db.pool.query(
        `select count(*) as count from access_credentials
          where person_id = $1 and revoked_at is null`,
        [personId],
      )
      return rows[0].count
    }
    await gates.setGroups(personId, ['甲', '乙'])
    expect(await living()).toBe(1)
    await gates.setGroups(personId, ['乙'])
    expect(await living()).toBe(0)
    const { body } = await core.call('getAccess', { params: { personId } })
    expect(body.revocation).toMatchObject({ reason: 'changed' })
  })
})
