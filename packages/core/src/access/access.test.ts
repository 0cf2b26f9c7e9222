import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGates } from '../testing/gates.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
let gates: ReturnType<typeof createGates>
beforeAll(async () => {
  core = await createHttpCore()
  gates = createGates(core)
  const [yungu, qingjiang] = ['云谷校区', '青江校区']
  await gates.addGate({ campus: yungu, zone: '图书馆', purposes: ['door', 'library'] })
  await gates.addGate({ campus: yungu, zone: '3号楼' })
  await gates.addGate({ campus: qingjiang, zone: '图书馆', purposes: ['door', 'library'] })
  await gates.addGate({ campus: qingjiang, zone: '体育馆' })
  await gates.addGate({ campus: null, zone: '校门' })
  await gates.addGate({ campus: yungu, zone: '停用的', enabled: false })
})
afterAll(() => core.close())

async function person({
  personClass = 'student' as 'student' | 'teacher' | 'external',
  campus = null as string | null,
  groups = [] as string[],
} = {}) {
  const { personId } = await core.addPerson({ personClass })
  await core.db.pool.query('update people set campus = $2 where person_id = $1', [personId, campus])
  await gates.setGroups(personId, groups)
  return personId
}

const overview = async (personId: string) =>
  (await core.call('getAccess', { params: { personId } })).body

/** The scenes that are offered, and where they work. */
async function scenes(personId: string) {
  const { contexts, places } = await overview(personId)
  return {
    offered: contexts.map(({ purpose }: { purpose: string }) => purpose),
    places: places.map(
      ({ purpose, campus, zone }: Record<string, string | null>) =>
        `${purpose} ${campus ?? '–'} ${zone}`,
    ),
  }
}

describe('the access screen’s overview (R30, R40)', () => {
  it('offers nothing where no policy lets the person in', async () => {
    await gates.setPolicies([{ purposes: ['door'], classes: ['teacher'] }])
    const personId = await person()
    expect(await overview(personId)).toMatchObject({
      consented: false,
      contexts: [],
      places: [],
      mayGather: false,
      revocation: null,
    })
    expect((await overview(await person({ personClass: 'teacher' }))).mayGather).toBe(true)
  })

  it('names the scenes by class, group and person, doors first, and all places in use', async () => {
    const [student, resident] = [await person(), await person({ groups: ['3号楼'] })]
    await gates.setPolicies([
      { purposes: ['library'], classes: ['student'], zones: ['图书馆'], campuses: ['云谷校区'] },
      { purposes: ['door'], groups: ['3号楼'], zones: ['3号楼'] },
      { purposes: ['door'], cardNos: [student], zones: ['停用的'] },
    ])
    expect(await scenes(student)).toEqual({
      offered: ['library'],
      places: ['library 云谷校区 图书馆'],
    })
    expect(await scenes(resident)).toEqual({
      offered: ['door', 'library'],
      places: ['door 云谷校区 3号楼', 'library 云谷校区 图书馆'],
    })
    const { contexts } = await overview(student)
    expect(contexts).toEqual([
      { purpose: 'library', context: 0, title: null, place: null, endsAt: null },
    ])
  })

  it('offers scenes of the person’s own campus, and those that a policy names elsewhere (R40)', async () => {
    await gates.setPolicies([{ purposes: ['library'], classes: ['student'] }])
    const places = ['library 云谷校区 图书馆', 'library 青江校区 图书馆']
    const sorted = async (campus: string | null) => {
      const { offered, places } = await scenes(await person({ campus }))
      return { offered, places: places.sort() }
    }
    expect(await sorted('云谷校区')).toEqual({ offered: ['library'], places })
    expect(await sorted(null)).toEqual({ offered: ['library'], places })
    // There is no library on their campus; they may go to the others’.
    expect(await sorted('东湖校区')).toEqual({ offered: [], places })
    await gates.setPolicies([
      { purposes: ['library'], classes: ['student'], campuses: ['青江校区'] },
    ])
    expect(await sorted('东湖校区')).toEqual({
      offered: ['library'],
      places: ['library 青江校区 图书馆'],
    })
    await gates.setPolicies([{ purposes: ['door'], classes: ['student'], zones: ['校门'] }])
    expect(await sorted('东湖校区')).toEqual({ offered: ['door'], places: ['door – 校门'] })
  })

  it('leaves out what is over, and shows the places of what has not begun', async () => {
    const personId = await person()
    const dateOf = (days: number) =>
      new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
    await gates.setPolicies([
      { purposes: ['door'], classes: ['student'], zones: ['校门'], until: dateOf(-2) },
    ])
    expect(await scenes(personId)).toEqual({ offered: [], places: [] })
    await gates.setPolicies([
      { purposes: ['door'], classes: ['student'], zones: ['校门'], from: dateOf(2) },
    ])
    expect(await scenes(personId)).toEqual({ offered: [], places: ['door – 校门'] })
  })

  it('says whether the keeping of records is agreed to (R42)', async () => {
    const personId = await person()
    await gates.startCredential(personId)
    expect((await overview(personId)).consented).toBe(true)
    const body = { purpose: 'gate_records' }
    await core.call('withdrawConsent', { params: { personId }, body })
    expect(await overview(personId)).toMatchObject({
      consented: false,
      revocation: { reason: 'consent_withdrawn' },
    })
  })

  it('NOT_FOUND for a person who does not exist', async () => {
    const params = { personId: v7() }
    expect(await core.refused('getAccess', { params })).toBe('NOT_FOUND')
    expect(await core.refused('getAccessRecords', { params })).toBe('NOT_FOUND')
    expect(await core.refused('getGatherings', { params })).toBe('NOT_FOUND')
    expect(await core.refused('issueIdentityCode', { params })).toBe('NOT_FOUND')
    const body = {
      gatheringId: v7(),
      purpose: 'meeting',
      title: '会',
      zone: '图书馆',
      minutes: 5,
      classes: ['student'],
    }
    expect(await core.refused('startGathering', { params, body })).toBe('NOT_FOUND')
  })
})
