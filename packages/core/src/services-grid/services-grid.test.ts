import { randomBytes } from 'node:crypto'
import { campusSchema } from '@campus-ecode/protocol/campus'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importServices } from '../campus/import-services.ts'
import { inTransaction } from '../db/database.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

const library = {
  id: 'library',
  name: { 'zh-CN': '图书馆', en: 'Library' },
  icon: 'library',
  url: 'https://library.school.example/enter?from=card',
}
const school = {
  id: SCHOOL,
  name: '云谷大学',
  nameEn: 'Yungu University',
  accent: '#1d4ed8',
  supportContact: '卡务中心',
  origins: [],
}
const all = [
  library,
  { ...library, id: 'jobs', classes: ['student'], native: 'jobs-page', icon: 'jobs' },
  { ...library, id: 'bus', campus: '青江校区', icon: 'bus' },
]
let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
  await load(all)
})
afterAll(() => core.close())

async function load(services: object[]) {
  const campus = campusSchema.parse({ school, people: [], merchants: [], services })
  await inTransaction(core.services.db.pool, (tx) => importServices(tx, campus))
}
async function grid(personId: string): Promise<string[]> {
  const { body } = await core.call('getServices', { params: { personId } })
  return body.services.map(({ serviceId }: { serviceId: string }) => serviceId)
}
const open = (personId: string, serviceId = 'library') =>
  core.call('openService', { params: { personId, serviceId } })
const validate = (ticket: string, service = library.url) =>
  core.call('validateServiceTicket', { body: { ticket, service } })

describe('the services grid (R36)', () => {
  it('shows what the person’s campus and class have, in the school’s order', async () => {
    const teacher = await core.addPerson()
    const student = await core.addPerson({ personClass: 'student' })
    expect(await grid(teacher.personId)).toEqual(['library'])
    expect(await grid(student.personId)).toEqual(['library', 'jobs'])
    await core.services.db.pool.query(
      `update people set campus = '青江校区' where person_id = $1`,
      [student.personId],
    )
    expect(await grid(student.personId)).toEqual(['library', 'jobs', 'bus'])
    const { body } = await core.call('getServices', { params: { personId: student.personId } })
    expect(body.services[1]).toEqual({
      serviceId: 'jobs',
      name: library.name,
      icon: 'jobs',
      native: 'jobs-page',
    })
  })

  it('is what the school’s file says now', async () => {
    const { personId } = await core.addPerson()
    await load([{ ...library, id: 'clubs' }, library])
    expect(await grid(personId)).toEqual(['clubs', 'library'])
    await load(all)
    expect(await grid(personId)).toEqual(['library'])
    await expect(load([{ ...library, url: `${library.url}#part` }])).rejects.toThrow('fragment')
  })

  it('opens a service with a ticket that says who it is, once', async () => {
    const { personId, cardNo } = await core.addPerson()
    const { status, body } = await open(personId)
    expect(status).toBe(201)
    expect(body.url).toBe(library.url)
    expect(body.ticket).toMatch(/^ST-1001-[\w-]{43}$/)
    expect(Date.parse(body.expiresAt) - Date.now()).toBeLessThan(61_000)
    expect((await validate(body.ticket)).body).toEqual({
      cardNo,
      name: '林半夏',
      class: 'teacher',
    })
    expect((await validate(body.ticket)).body.code).toBe('TICKET_INVALID')
  })

  it('tells whose a ticket is to one of many who ask at once', async () => {
    const { body } = await open((await core.addPerson()).personId)
    const answers = await Promise.all(Array.from({ length: 6 }, () => validate(body.ticket)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('tells it for the address it was made for alone, and to nobody after another was tried', async () => {
    const { personId } = await core.addPerson()
    for (const wrong of ['https://evil.example/', `${library.url}&more=1`, '']) {
      const { ticket } = (await open(personId)).body
      expect((await validate(ticket, wrong)).body.code).toBe('SERVICE_UNKNOWN')
      expect((await validate(ticket)).body.code).toBe('TICKET_INVALID')
    }
  })

  it('tells nothing of tickets that are made up, too old or another school’s', async () => {
    const { personId } = await core.addPerson()
    const { ticket } = (await open(personId)).body
    const elsewhere = {
      params: { schoolId: '1002' },
      body: { ticket, service: library.url },
    }
    expect(await core.refused('validateServiceTicket', elsewhere)).toBe('TICKET_INVALID')
    await core.services.db.pool.query('update service_tickets set expires_at = now()')
    for (const bad of [
      ticket,
      `ST-${SCHOOL}-${randomBytes(32).toString('base64url')}`,
      'ST-',
      'nonsense',
      `${SCHOOL}${randomBytes(32).toString('base64url')}`,
    ]) {
      expect((await validate(bad)).body.code).toBe('TICKET_INVALID')
    }
  })

  it('SERVICE_UNKNOWN for what is not in the person’s grid', async () => {
    const { personId } = await core.addPerson()
    for (const serviceId of ['nothing', 'jobs', 'bus']) {
      expect((await open(personId, serviceId)).body.code).toBe('SERVICE_UNKNOWN')
    }
  })

  it('opens for a card that is claimed, locked or not, and not closed meanwhile', async () => {
    const byStatus = async (cardStatus: string) =>
      (await open((await core.addPerson({ cardStatus })).personId)).body.code
    expect(await byStatus('unclaimed')).toBe('CARD_NOT_CLAIMED')
    expect(await byStatus('closed')).toBe('CARD_CLOSED')
    expect(await byStatus('locked')).toBe(undefined)
    const { personId } = await core.addPerson()
    const { ticket } = (await open(personId)).body
    await core.services.db.pool.query(
      `update payers set card_status = 'closed' where person_id = $1`,
      [personId],
    )
    expect((await validate(ticket)).body.code).toBe('TICKET_INVALID')
  })

  it('RATE_LIMITED after thirty in ten minutes; no ticket lies readable', async () => {
    const { personId } = await core.addPerson()
    const made = await Promise.all(Array.from({ length: 30 }, () => open(personId)))
    expect((await open(personId)).body.code).toBe('RATE_LIMITED')
    const { rows } = await core.services.db.pool.query(
      'select t::text as row from service_tickets t',
    )
    const stored = rows.map(({ row }) => row).join() + core.logged.join()
    for (const { body } of made) expect(stored).not.toContain(body.ticket)
  })
})
