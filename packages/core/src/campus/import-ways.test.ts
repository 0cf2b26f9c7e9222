import { campusSchema } from '@campus-ecode/protocol/campus'
import type { Demo } from '@campus-ecode/protocol/demo'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Services } from '../http/operation.ts'
import { createTestCampus, type TestCampus } from '../testing/campus.ts'
import { readSchoolEndpoint } from '../webhooks/school-endpoint.ts'
import { importCampus } from './import-campus.ts'

const SCHOOL_ID = '1002'
const urls = {
  bffUrl: 'http://127.0.0.1:1',
  coreUrl: 'http://127.0.0.1:2',
  demoUrl: 'http://127.0.0.1:3',
}

let campus: TestCampus
beforeAll(async () => {
  campus = await createTestCampus()
})
afterAll(() => campus.close())

async function importTerminals(
  terminals: object[],
  known?: Demo,
  services: Services = campus.services,
  school: object = {},
): Promise<Demo> {
  const content = campusSchema.parse({
    school: {
      ...{ id: SCHOOL_ID, name: '青江大学', nameEn: 'Qingjiang University', accent: '#0f766e' },
      ...{ supportContact: '卡务中心', origins: [], ...school },
    },
    people: [],
    merchants: [{ key: 'shop', name: '书店', terminals }],
  })
  return (await importCampus(services, content, urls, known)).demo
}

const till = { name: '收银台' }
const online = { name: '网店', kind: 'online', notifyUrl: 'https://shop.example/notices' }
const endpoints = async () =>
  (
    await campus.db.pool.query('select url from webhook_endpoints where school_id = $1', [
      SCHOOL_ID,
    ])
  ).rows

it('gives a till its code and a merchant’s server its secret, the same at each import', async () => {
  const demo = await importTerminals([till, online])
  const [desk, shop] = demo.terminals
  expect(desk?.collectionUrl).toMatch(/^https:\/\/keypad\.example\/c\/1\?s=1002&/)
  expect(desk?.webhookSecret).toBeUndefined()
  expect(shop?.webhookSecret).toMatch(/^whsec_/)
  expect(shop?.collectionUrl).toBeUndefined()
  expect((await importTerminals([till, online], demo)).terminals).toEqual(demo.terminals)
  // Nobody can read a secret back that was lost.
  const [, again] = (await importTerminals([till, online])).terminals
  expect(again?.webhookSecret).not.toBe(shop?.webhookSecret)
})

it('follows what the file says now: another address, none, or no pages for phones', async () => {
  const demo = await importTerminals([till, online])
  const moved = await importTerminals(
    [till, { ...online, notifyUrl: 'https://new.example/' }],
    demo,
  )
  expect(moved.terminals[1]?.webhookSecret).toBe(demo.terminals[1]?.webhookSecret)
  expect(await endpoints()).toEqual([{ url: 'https://new.example/' }])

  const silent = await importTerminals([till, { name: '网店', kind: 'online' }], moved)
  expect(silent.terminals[1]?.webhookSecret).toBeUndefined()
  expect(await endpoints()).toEqual([])

  // A code that hangs on a wall leads over TLS, or nowhere.
  for (const keypadOrigin of [undefined, 'http://keypad.example']) {
    const services = { ...campus.services, keypadOrigin }
    const [desk] = (await importTerminals([till, online], silent, services)).terminals
    expect(desk?.collectionUrl).toBeUndefined()
  }
})

it('tells the school’s own server what happens, at the address that the file says now (R41)', async () => {
  const read = () => readSchoolEndpoint(campus.services, SCHOOL_ID)
  const importWith = (school: object) => importTerminals([till], undefined, campus.services, school)
  await importWith({ webhookUrl: 'https://school.example/one' })
  const first = await read()
  expect(first).toMatchObject({
    url: 'https://school.example/one',
    secret: expect.stringMatching(/^whsec_/),
  })
  await importWith({ webhookUrl: 'https://school.example/two' })
  expect(await read()).toEqual({ url: 'https://school.example/two', secret: first?.secret })
  await importWith({})
  expect(await read()).toBeUndefined()
})
