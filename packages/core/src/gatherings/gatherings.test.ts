import type { Gathering } from '@campus-ecode/protocol/access'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealPerson } from '../people/open-person.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createGates, letsIn, recordOf } from '../testing/gates.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
let gates: ReturnType<typeof createGates>
beforeAll(async () => {
  core = await createHttpCore()
  gates = createGates(core)
  await gates.setPolicies([{ purposes: ['door'], groups: ['软件2301班', '软件2302班'] }])
})
afterAll(() => core.close())

const inSeconds = (seconds: number) => new Date(core.services.now() + seconds * 1000).toISOString()

/** A room whose reader takes attendance. */
async function addRoom() {
  const zone = `教室 ${v7().slice(-8)}`
  return { zone, gate: await gates.addGate({ zone, purposes: ['meeting', 'attendance'] }) }
}

async function person(personClass: 'student' | 'teacher', groups: string[] = []) {
  const { personId } = await core.addPerson({ personClass })
  if (groups.length > 0) await gates.setGroups(personId, groups)
  return personId
}

const content = (zone: string, change: object = {}) => ({
  gatheringId: v7(),
  purpose: 'attendance',
  title: '操作系统 第 12 讲',
  zone,
  minutes: 45,
  classes: ['student'],
  ...change,
})

const start = (personId: string, body: object) =>
  core.call('startGathering', { params: { personId }, body })
const end = (personId: string, gatheringId: string) =>
  core.call('endGathering', { params: { personId, gatheringId } })

async function open(personId: string, zone: string, change: object = {}): Promise<Gathering> {
  const { status, body } = await start(personId, content(zone, change))
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

const contextsOf = async (personId: string) =>
  (await core.call('getAccess', { params: { personId } })).body.contexts

describe('a gathering (R30)', () => {
  it('is offered to whom it is for, with the context that its codes carry, until it ends', async () => {
    const { zone, gate } = await addRoom()
    const [teacher, student] = [await person('teacher'), await person('student')]
    const gathering = await open(teacher, zone)
    expect(Date.parse(gathering.endsAt) - Date.parse(gathering.startsAt)).toBe(45 * 60_000)
    expect(gathering).toMatchObject({ attendeeCount: 0, zone, purpose: 'attendance' })
    const { context, endsAt, title } = gathering
    expect(await contextsOf(student)).toEqual([
      { purpose: 'attendance', context, title, place: zone, endsAt },
    ])
    expect(await contextsOf(teacher)).toEqual([])

    const [theirs, teachers] = await Promise.all([student, teacher].map(gates.startCredential))
    const policy = await gates.fetchPolicy(gate)
    const at = inSeconds(60)
    const shown = { at, purpose: 'attendance', context } as const
    expect(letsIn(policy, theirs ?? '', shown)).toBe(true)
    expect(letsIn(policy, teachers ?? '', shown)).toBe(false)
    expect(letsIn(policy, theirs ?? '', { ...shown, context: context === 1 ? 2 : 1 })).toBe(false)
    expect(letsIn(policy, theirs ?? '', { ...shown, purpose: 'meeting' })).toBe(false)
    expect(letsIn(policy, theirs ?? '', { ...shown, at: inSeconds(46 * 60) })).toBe(false)

    const { body } = await end(teacher, gathering.gatheringId)
    expect(Date.parse(body.endsAt)).toBeLessThanOrEqual(core.services.now())
    expect(await contextsOf(student)).toEqual([])
    expect(letsIn(await gates.fetchPolicy(gate), theirs ?? '', shown)).toBe(false)
    // Ending it again changes nothing.
    expect((await end(teacher, gathering.gatheringId)).body).toEqual(body)
  })

  it('is of some groups only, and of their people only those of its classes', async () => {
    const { zone, gate } = await addRoom()
    const [teacher, one, two, assistant] = [
      await person('teacher'),
      await person('student', ['软件2301班']),
      await person('student', ['软件2302班']),
      await person('teacher', ['软件2301班']),
    ]
    const { context } = await open(teacher, zone, { groups: ['软件2301班'] })
    const policy = await gates.fetchPolicy(gate)
    for (const [personId, expected] of [
      [one, true],
      [two, false],
      [assistant, false],
    ] as const) {
      const credential = await gates.startCredential(personId)
      const shown = { at: inSeconds(5), purpose: 'attendance', context } as const
      expect(letsIn(policy, credential, shown)).toBe(expected)
      expect(await contextsOf(personId)).toHaveLength(expected ? 1 : 0)
    }
  })

  it('may be opened again with the same words, and ends as it was', async () => {
    const { zone } = await addRoom()
    const teacher = await person('teacher')
    const body = content(zone, { groups: ['软件2301班', '软件2302班'] })
    const first = await start(teacher, body)
    const again = await start(teacher, { ...body, groups: ['软件2302班', '软件2301班'] })
    expect([again.status, again.body]).toEqual([201, first.body])
    await end(teacher, body.gatheringId)
    expect(Date.parse((await start(teacher, body)).body.endsAt)).toBeLessThanOrEqual(
      core.services.now(),
    )
  })

  it('has a context that no other living one has, also when many are opened at once', async () => {
    const { zone } = await addRoom()
    const teacher = await person('teacher')
    const opened = await Promise.all(Array.from({ length: 12 }, () => open(teacher, zone)))
    expect(new Set(opened.map(({ context }) => context)).size).toBe(12)
    for (const { context } of opened) expect(context).toBeGreaterThan(0)
  })

  it('is listed for its organiser, with places and groups to choose from', async () => {
    const { zone } = await addRoom()
    await gates.addGate({ zone: `门 ${zone}`, purposes: ['door'] })
    await gates.addGate({ zone: `停用 ${zone}`, purposes: ['meeting'], enabled: false })
    const teacher = await person('teacher')
    const first = await open(teacher, zone)
    core.moveClock(1_000)
    const second = await open(teacher, zone, { purpose: 'meeting', title: '班会' })
    const { body } = await core.call('getGatherings', { params: { personId: teacher } })
    expect(body.gatherings).toEqual([second, first])
    expect(body.groups).toEqual(['软件2301班', '软件2302班'])
    expect(body.zones).toContain(zone)
    expect(body.zones).not.toContain(`门 ${zone}`)
    expect(body.zones).not.toContain(`停用 ${zone}`)
  })
})

describe('attendance', () => {
  it('names to the organiser alone who was let in, once each, and who to look at closer', async () => {
    const { zone, gate } = await addRoom()
    const second = await gates.addGate({ zone, purposes: ['attendance'] })
    const [teacher, other] = [await person('teacher'), await person('teacher')]
    const students = await Promise.all(['赵一', '钱二', '孙三'].map(named))
    const { context, gatheringId } = await open(teacher, zone)
    const [one = '', two = '', three = ''] = await Promise.all(students.map(gates.startCredential))
    const shown = { purpose: 'attendance', context } as const
    const shownAt = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString()
    await gates.addRecords(gate, [
      recordOf(one, { ...shown, at: new Date(Date.now() - 2_000).toISOString() }),
      recordOf(one, shown),
      recordOf(two, { ...shown, shownAt }),
      recordOf(three, { ...shown, result: 'refused', refusal: 'SHOWN_LATE' }),
      recordOf(three, { ...shown, context: context === 1 ? 2 : 1 }),
    ])
    await gates.addRecords(second, [recordOf(two, { ...shown, shownAt })])
    const params = { personId: teacher, gatheringId }
    const { body } = await core.call('getGatheringRecords', { params })
    expect(body.gathering).toMatchObject({ gatheringId, attendeeCount: 2 })
    expect(body.attendees).toEqual([
      expect.objectContaining({ name: '钱二', replayed: true }),
      expect.objectContaining({ name: '赵一', replayed: false }),
    ])
    expect(JSON.stringify(body)).not.toMatch(/2023\d{4,}/)
    for (const personId of [other, students[0] ?? '']) {
      const call = { params: { personId, gatheringId } }
      expect(await core.refused('getGatheringRecords', call)).toBe('GATHERING_UNKNOWN')
      expect(await core.refused('endGathering', call)).toBe('GATHERING_UNKNOWN')
    }
    const [own] = (await core.call('getAccessRecords', { params: { personId: students[0] ?? '' } }))
      .body.records
    expect(own).toMatchObject({ purpose: 'attendance', title: '操作系统 第 12 讲' })
  })

  it('counts for the gathering that it was shown for, not for one of another place or day', async () => {
    const [{ zone, gate }, { gate: elsewhere }] = [await addRoom(), await addRoom()]
    const teacher = await person('teacher')
    const { context, gatheringId } = await open(teacher, zone, { minutes: 1 })
    const credential = await gates.startCredential(await person('student'))
    const shown = { purpose: 'attendance', context } as const
    const dayAgo = new Date(Date.now() - 86_400_000).toISOString()
    await gates.addRecords(elsewhere, [recordOf(credential, shown)])
    await gates.addRecords(gate, [recordOf(credential, { ...shown, at: dayAgo })])
    const params = { personId: teacher, gatheringId }
    expect((await core.call('getGatheringRecords', { params })).body.attendees).toEqual([])
  })
})

describe('a teacher of before', () => {
  it.each([
    ['has become of another class', `update people set class = 'external' where person_id = $1`],
    ['has left', `update payers set card_status = 'closed' where person_id = $1`],
  ])('who %s reads and ends nothing more; what is open ends by its time', async (_, change) => {
    const { zone, gate } = await addRoom()
    const teacher = await person('teacher')
    const { gatheringId, context } = await open(teacher, zone)
    const credential = await gates.startCredential(await person('student'))
    await core.db.pool.query(change, [teacher])
    const params = { personId: teacher, gatheringId }
    for (const operation of ['getGatherings', 'getGatheringRecords', 'endGathering'] as const) {
      expect(await core.refused(operation, { params })).toBe('GATHERING_TEACHERS_ONLY')
    }
    expect((await core.call('getAccess', { params })).body.mayGather).toBe(false)
    const policy = await gates.fetchPolicy(gate)
    const shown = { purpose: 'attendance', context } as const
    expect(letsIn(policy, credential, { ...shown, at: inSeconds(60) })).toBe(true)
    expect(letsIn(policy, credential, { ...shown, at: inSeconds(46 * 60) })).toBe(false)
  })
})

describe('opening a gathering refuses', () => {
  it('GATHERING_TEACHERS_ONLY to everybody else', async () => {
    const { zone } = await addRoom()
    for (const personClass of ['student', 'external', 'visitor'] as const) {
      const { personId } = await core.addPerson({ personClass })
      expect((await start(personId, content(zone))).body.code).toBe('GATHERING_TEACHERS_ONLY')
      expect(await core.refused('getGatherings', { params: { personId } })).toBe(
        'GATHERING_TEACHERS_ONLY',
      )
      const { body } = await core.call('getAccess', { params: { personId } })
      expect(body.mayGather).toBe(false)
    }
  })

  it.each([
    ['CARD_NOT_CLAIMED', 'unclaimed'],
    ['CARD_LOCKED', 'locked'],
    ['CARD_CLOSED', 'closed'],
  ])('%s for a card that is %s', async (code, cardStatus) => {
    const { zone } = await addRoom()
    const { personId } = await core.addPerson({ cardStatus })
    expect((await start(personId, content(zone))).body.code).toBe(code)
  })

  it('GATHERING_ID_REUSED for another’s, and for other words', async () => {
    const { zone } = await addRoom()
    const [teacher, other] = [await person('teacher'), await person('teacher')]
    const body = content(zone)
    await start(teacher, body)
    expect((await start(other, body)).body.code).toBe('GATHERING_ID_REUSED')
    for (const change of [
      { title: '别的' },
      { minutes: 46 },
      { purpose: 'meeting' },
      { classes: ['student', 'teacher'] },
      { groups: ['软件2301班'] },
    ]) {
      const reply = await start(teacher, { ...body, ...change })
      expect(reply.body.code).toBe('GATHERING_ID_REUSED')
    }
  })

  it('ZONE_UNKNOWN where no reader in use takes it', async () => {
    const teacher = await person('teacher')
    const door = await addZone(['door'])
    const disabled = await addZone(['attendance'], false)
    for (const zone of ['没有这里', door, disabled]) {
      expect((await start(teacher, content(zone))).body.code).toBe('ZONE_UNKNOWN')
    }
  })

  it('BAD_REQUEST for a group that codes do not tell', async () => {
    const { zone } = await addRoom()
    const reply = await start(await person('teacher'), content(zone, { groups: ['篮球队'] }))
    expect(reply.body).toMatchObject({ code: 'BAD_REQUEST', fields: ['groups'] })
  })

  it('RATE_LIMITED for who opens and ends so many that contexts would run out', async () => {
    const { zone } = await addRoom()
    const teacher = await person('teacher')
    const first = await open(teacher, zone)
    for (let i = 1; i < 50; i++) {
      const { gatheringId } = await open(teacher, zone)
      await end(teacher, gatheringId)
    }
    const { body } = await start(teacher, content(zone))
    expect(body).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) })
    expect((await open(await person('teacher'), zone)).context).not.toBe(first.context)
    const again = await start(teacher, content(zone, { gatheringId: first.gatheringId }))
    expect(again.status).toBe(201)
    const back = `update gatherings set starts_at = starts_at - interval '1 day' where gathering_id = $1`
    await core.db.pool.query(back, [first.gatheringId])
    await open(teacher, zone)
  })

  it('RATE_LIMITED where a gate’s policy would have no room for it', async () => {
    const { zone } = await addRoom()
    const teacher = await person('teacher')
    await core.db.pool.query(
      `insert into gatherings (school_id, gathering_id, context, purpose, title, zone, organiser_id, classes,
                               groups, minutes, ends_at)
       select $1, gen_random_uuid(), 60000 + i, 'meeting', '', $2, $3, '{student}', '{}', 60, now() + interval '1 hour'
         from generate_series(1, 200) i`,
      [SCHOOL, zone, teacher],
    )
    expect((await start(teacher, content(zone))).body.code).toBe('RATE_LIMITED')
  })
})

async function addZone(purposes: ('door' | 'attendance')[], enabled = true): Promise<string> {
  const zone = `处 ${v7().slice(-8)}`
  await gates.addGate({ zone, purposes, enabled })
  return zone
}

async function named(name: string): Promise<string> {
  const { personId, cardNo } = await core.addPerson({ personClass: 'student' })
  const sealed = await sealPerson(core.services, SCHOOL, personId, { name, cardNo })
  await core.db.pool.query('update people set sealed = $2 where person_id = $1', [personId, sealed])
  return personId
}
