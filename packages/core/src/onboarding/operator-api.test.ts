import { setTimeout as sleep } from 'node:timers/promises'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createKnownOneCard } from './testing/known-one-card.ts'

const oneCard = createKnownOneCard()
let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore((services) => ({
    ...services,
    ports: { ...services.ports, oneCard: { ...services.ports.oneCard, balance: oneCard.balance } },
  }))
})
afterAll(() => core.close())

const school = (id: string) => ({
  school: {
    ...{ id, name: '青江学院', nameEn: 'Qingjiang College', accent: '#0f766e' },
    ...{ supportContact: '卡务中心', origins: ['https://app.example'] },
  },
  merchants: [{ key: 'canteen', name: '第一食堂', terminals: [{ name: '1号窗口' }] }],
  gates: [{ name: '东门', zone: '校门', purposes: ['door'] }],
})
const at = (schoolId: string) => ({ params: { schoolId } })
const schools = async () =>
  (await core.db.pool.query('select school_id from schools order by 1')).rows.length

describe('a school by the operator’s tools (R35)', () => {
  it('is whole at once: its till pays, its server signs in, and it is made once', async () => {
    const { status, body } = await core.call('createSchool', { body: school('2002') })
    expect(status).toBe(201)
    const [{ keyId, secret, id }] = body.terminals
    const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    expect((await core.call('getTerminal', { key })).body.terminalId).toBe(id)
    expect(
      await core.refused('resolveSubject', {
        ...at('2002'),
        body: { secret: body.secret, cardNo: '1', scopes: ['card'] },
      }),
    ).toBe('SUBJECT_UNKNOWN')
    // Again, it would give out other keys than the tills have.
    expect(await core.refused('createSchool', { body: school('2002') })).toBe('SCHOOL_EXISTS')
    expect((await core.call('getTerminal', { key })).status).toBe(200)
  })

  it('that does not hold together is not written at all', async () => {
    const before = await schools()
    const twice = school('2003')
    twice.merchants.push(...twice.merchants)
    expect(await core.refused('createSchool', { body: twice })).toBe('SCHOOL_NOT_SOUND')
    const dry = school('2003')
    const [canteen] = dry.merchants
    Object.assign(canteen ?? {}, { terminals: [{ name: '浴室', kind: 'shower' }] })
    expect(await core.refused('createSchool', { body: dry })).toBe('SCHOOL_NOT_SOUND')
    expect(await core.refused('createSchool', { body: { school: { id: '2003' } } })).toBe(
      'BAD_REQUEST',
    )
    expect(await schools()).toBe(before)
  })

  it('changes what is said, and nothing else', async () => {
    await core.db.pool.query("update schools set face_at_binding = true where school_id = '1001'")
    const before = (await core.db.pool.query("select * from schools where school_id = '1001'"))
      .rows[0]
    expect((await core.call('changeSchool', { body: { accent: '#112233' } })).status).toBe(200)
    const { rows } = await core.db.pool.query("select * from schools where school_id = '1001'")
    expect(rows[0]).toEqual({ ...before, accent: '#112233' })
    await core.call('changeSchool', { body: { faceAtBinding: false } })
    const now = await core.db.pool.query("select * from schools where school_id = '1001'")
    expect(now.rows[0].face_at_binding).toBe(false)
    expect(await core.refused('changeSchool', { ...at('9999'), body: {} })).toBe('SCHOOL_UNKNOWN')
  })

  it('says where else collection codes are paid, and that they are there no more (R24)', async () => {
    const channels = async (id: string) =>
      (
        await core.db.pool.query('select collection_channels from schools where school_id = $1', [
          id,
        ])
      ).rows[0].collection_channels
    const made = school('2006')
    await core.call('createSchool', { body: made })
    expect(await channels('2006')).toEqual([])
    const both = ['wechat', 'mini_program']
    const asked = { ...made, school: { ...made.school, id: '2007', collectionChannels: both } }
    await core.call('createSchool', { body: asked })
    expect(await channels('2007')).toEqual(both)
    const change = (body: object) => core.call('changeSchool', { ...at('2007'), body })
    await change({ accent: '#112233' })
    expect(await channels('2007')).toEqual(both)
    await change({ collectionChannels: ['wechat'] })
    expect(await channels('2007')).toEqual(['wechat'])
    await change({ collectionChannels: [] })
    expect(await channels('2007')).toEqual([])
    expect((await change({ collectionChannels: ['school'] })).status).toBe(400)
  })

  it('says where the school’s server is told, and that it is told no more (R41)', async () => {
    const urls = async () =>
      (
        await core.db.pool.query("select url from webhook_endpoints where school_id = '1001'")
      ).rows.map(({ url }) => url)
    await core.call('changeSchool', { body: { webhookUrl: 'https://school.example/hooks' } })
    await core.call('changeSchool', { body: { accent: '#112233' } })
    expect(await urls()).toEqual(['https://school.example/hooks'])
    await core.call('changeSchool', { body: { webhookUrl: null } })
    expect(await urls()).toEqual([])
  })

  it('takes a table of five hundred at once, and nothing as long of anybody else', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({
      ...{ cardNo: `20270${String(i).padStart(5, '0')}`, name: '欧阳知夏', class: 'student' },
      ...{ phone: '13711122233', campus: '北校区', groups: '3号楼;合唱团' },
    }))
    const imported = await core.call('importRows', {
      body: { table: 'people', rows, dryRun: true },
    })
    expect(imported.body.outcomes).toHaveLength(500)
    expect(await core.refused('pay', { body: { note: 'x'.repeat(20_000) } })).toBe('BODY_TOO_LARGE')
  })

  it('many parts at once wait for each other, and nobody else for them', async () => {
    const part = (i: number) => ({
      body: { table: 'people', rows: [{ cardNo: `29${i}`, name: '林知夏', class: 'student' }] },
    })
    const parts = Array.from({ length: 24 }, (_, i) => core.call('importRows', part(i)))
    // Each holds a connection while it waits for the import before it; the pool has twenty.
    const startedAt = performance.now()
    await sleep(50)
    expect((await core.call('getTerminal')).status).toBe(200)
    for (const { status } of await Promise.all(parts)) expect(status).toBe(200)
    expect(performance.now() - startedAt).toBeLessThan(14_000)
  })

  it('takes tables in by parts, with what became of each row', async () => {
    const rows = [
      { cardNo: '2026000001', name: '林知夏', class: 'student' },
      { cardNo: '2026000001', name: '林知夏', class: 'student' },
      { cardNo: '2026000002', name: '顾明远', class: 'pupil' },
    ]
    const { body } = await core.call('importRows', { body: { table: 'people', rows } })
    expect(body).toEqual({
      outcomes: [
        { line: 1, outcome: 'added' },
        { line: 2, outcome: 'refused', reason: 'TWICE', fields: ['cardNo'] },
        { line: 3, outcome: 'refused', reason: 'FORM', fields: ['class'] },
      ],
      given: [],
    })
    const merchants = { table: 'merchants', rows: [{ name: '花店' }] }
    expect((await core.call('importRows', { body: merchants })).body.outcomes[0].outcome).toBe(
      'added',
    )
    const tills = { table: 'terminals', rows: [{ merchant: '花店', name: '1号' }] }
    const trial = await core.call('importRows', { body: { ...tills, dryRun: true } })
    expect(trial.body).toEqual({ outcomes: [{ line: 1, outcome: 'added' }], given: [] })
    const { given } = (await core.call('importRows', { body: tills })).body
    expect(given).toMatchObject([{ merchant: '花店', name: '1号', keyId: expect.any(String) }])
    expect(
      await core.refused('importRows', { ...at('9999'), body: { table: 'people', rows } }),
    ).toBe('SCHOOL_UNKNOWN')
  })

  it('changes keys, and is told who has none', async () => {
    const { terminalId } = core.terminal
    const { body } = await core.call('rotateKey', { body: { kind: 'terminal', id: terminalId } })
    const key = createSigningKey({ ...body, algorithm: 'hmac-sha256' })
    expect((await core.call('getTerminal', { key })).body.terminalId).toBe(terminalId)
    expect((await core.call('getTerminal')).status).toBe(200)
    expect(await core.refused('rotateKey', { body: { kind: 'gate', id: v7() } })).toBe(
      'KEY_OWNER_UNKNOWN',
    )
  })

  it('asks whether the one-card system answers as documented', async () => {
    const check = async () => (await core.call('checkOneCard', { body: {} })).body
    oneCard.answer = { ok: false, reason: 'REFUSED', error: 'ACCOUNT_UNKNOWN' }
    expect(await check()).toEqual({ reachable: true, result: 'OK' })
    oneCard.answer = { ok: false, reason: 'REFUSED', error: 'UNAUTHORISED' }
    expect(await check()).toEqual({ reachable: false, result: 'REFUSED' })
    oneCard.answer = { ok: false, reason: 'UNKNOWN' }
    expect(await check()).toEqual({ reachable: false, result: 'UNKNOWN' })
  })

  it('is nobody else’s: neither a BFF nor a till may', async () => {
    for (const key of [core.bffKey, core.terminalKey]) {
      expect(await core.refused('changeSchool', { key, body: {} })).toBe('KEY_NOT_ALLOWED')
      expect(await core.refused('createSchool', { key, body: school('2004') })).toBe(
        'KEY_NOT_ALLOWED',
      )
    }
  })

  it('no secret is in a log', async () => {
    const { body } = await core.call('createSchool', { body: school('2005') })
    const logged = core.logged.join('')
    for (const secret of [body.secret, body.terminals[0].secret, body.gates[0].secret]) {
      expect(logged).not.toContain(secret)
    }
  })
})
