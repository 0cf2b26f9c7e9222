import { type Campus, campusSchema } from '@campus-ecode/protocol/campus'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { importCampus } from './import-campus.ts'

let core: HttpCore
beforeEach(async () => {
  core = await createHttpCore()
})
afterEach(() => core.close())

const urls = {
  bffUrl: 'http://127.0.0.1:8080',
  coreUrl: 'http://127.0.0.1:8081',
  demoUrl: 'http://127.0.0.1:8082',
}
const accountWord = { 'zh-CN': '宿舍房间号', en: 'Room number' }

function campus(change: (campus: Campus) => void = () => {}): Campus {
  const made = campusSchema.parse({
    school: {
      ...{ id: '2002', name: '青江学院', nameEn: 'Qingjiang College', accent: '#0f766e' },
      ...{ supportContact: '卡务中心', origins: [] },
    },
    people: [
      { cardNo: '1', name: '林知夏', class: 'student', campus: '云谷校区', wallet: {} },
      { cardNo: '2', name: '何访', class: 'student', campus: '青江校区', wallet: {} },
    ],
    merchants: [
      {
        ...{ key: 'bath', name: '学生浴室', campus: '云谷校区' },
        terminals: [{ name: '1号', kind: 'shower', water: { fenPer10Litres: 120 } }],
      },
      { key: 'dorms', name: '后勤处', terminals: [] },
    ],
    utilities: [
      { kind: 'electricity', name: '宿舍电费', accountWord, merchantKey: 'dorms' },
      {
        ...{ kind: 'network', name: '校园网', campus: '青江校区' },
        ...{ accountWord, merchantKey: 'dorms' },
      },
    ],
  })
  change(made)
  return made
}

async function offered(personId: string) {
  const params = { schoolId: '2002', personId }
  const [utilities, water] = await Promise.all([
    core.call('getUtilities', { params }),
    core.call('getMyWater', { params }),
  ])
  const names = utilities.body.utilities.map((one: { name: string }) => one.name)
  return { utilities: names, places: water.body.places, offered: water.body.offered }
}

it('brings in showers and utilities, each for its campus (R40)', async () => {
  const { demo } = await importCampus(core.services, campus(), urls, undefined)
  const [here = '', there = ''] = demo.people.map(({ id }) => id)
  expect(demo.terminals).toMatchObject([{ name: '1号', kind: 'shower' }])
  expect(await offered(here)).toEqual({
    ...{ utilities: ['宿舍电费'], places: ['学生浴室 1号'], offered: true },
  })
  expect(await offered(there)).toEqual({
    ...{ utilities: ['宿舍电费', '校园网'], places: [], offered: false },
  })
})

it('knows them again, with their ids, as the file says now', async () => {
  const { demo } = await importCampus(core.services, campus(), urls, undefined)
  const [, there = ''] = demo.people.map(({ id }) => id)
  const ids = async () =>
    (await core.db.pool.query('select utility_id, terminal_id from utilities order by name')).rows
  const before = await ids()
  const changed = campus(({ utilities: [first, second], merchants: [bath] }) => {
    if (!first || !second || !bath?.terminals[0]?.water) throw new Error('nothing to change')
    first.campus = '云谷校区'
    bath.terminals[0].water.fenPer10Litres = 150
  })
  const again = await importCampus(core.services, changed, urls, demo)
  expect(again.demo.terminals).toEqual(demo.terminals)
  expect(await ids()).toEqual(before)
  expect((await offered(there)).utilities).toEqual(['校园网'])
  const { rows } = await core.db.pool.query(`select water from terminals where kind = 'shower'`)
  expect(rows).toEqual([{ water: { fenPer10Litres: 150, holdFen: 1500, litresPerMinuteMax: 20 } }])
  const without = campus((file) => {
    file.utilities = []
  })
  await importCampus(core.services, without, urls, demo)
  expect((await offered(there)).utilities).toEqual([])
})

it.each<[string, RegExp, (campus: Campus) => void]>([
  [
    'a shower without a tariff',
    /a shower has a water tariff/,
    ({ merchants: [bath] }) => {
      delete bath?.terminals[0]?.water
    },
  ],
  [
    'a tariff of a till',
    /a shower has a water tariff/,
    ({ merchants: [bath] }) => {
      if (bath?.terminals[0]) bath.terminals[0].kind = 'till'
    },
  ],
  [
    'a utility of a merchant who is not there',
    /names a merchant that is not in the file/,
    ({ utilities: [first] }) => {
      if (first) first.merchantKey = 'nobody'
    },
  ],
  [
    'two utilities of one name',
    /utilities, entry 2, is there twice/,
    ({ utilities: [first, second] }) => {
      if (first && second) second.name = first.name
    },
  ],
])('refuses %s and changes nothing', async (_, message, change) => {
  await expect(importCampus(core.services, campus(change), urls, undefined)).rejects.toThrow(
    message,
  )
  const { rows } = await core.db.pool.query(`select 1 from schools where school_id = '2002'`)
  expect(rows).toEqual([])
})
