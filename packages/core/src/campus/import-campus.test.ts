import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Campus, campusSchema } from '@campus-ecode/protocol/campus'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { readDemoFile, writeDemoFile } from './demo-file.ts'
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

const bankCard = { token: 'card-1', bankName: '云谷银行', tail: '1234' }

function campus(change: (campus: Campus) => void = () => {}): Campus {
  const made = campusSchema.parse({
    school: {
      id: '2002',
      name: '青江学院',
      nameEn: 'Qingjiang College',
      accent: '#0f766e',
      supportContact: '卡务中心',
      origins: ['https://app.example'],
    },
    people: [
      {
        cardNo: '2023010417',
        name: '林知夏',
        class: 'student',
        phone: '13800138000',
        campus: '云谷校区',
        wallet: { bankCard, topUpFen: 12_840 },
      },
      { cardNo: 'T0042', name: '许老师', class: 'teacher', wallet: {} },
      { cardNo: 'E-7', name: '何访', class: 'external', claimed: false, oneCard: false },
      { cardNo: '2024020755', name: '顾明远', class: 'student' },
    ],
    merchants: [
      {
        key: 'canteen',
        name: '第一食堂',
        priceRules: [
          { class: 'student', permille: 900, name: { 'zh-CN': '学生优惠', en: 'Student price' } },
        ],
        terminals: [{ name: '1号窗口' }, { name: '2号窗口' }],
      },
      { key: 'shop', name: '校园超市', terminals: [{ name: '收银台' }] },
    ],
  })
  change(made)
  return made
}

async function query(sql: string) {
  return (await core.services.db.pool.query(sql)).rows
}

describe('importing a campus', () => {
  it('makes a school that can open sessions, hold money and take it', async () => {
    const { demo, ...report } = await importCampus(core.services, campus(), urls, undefined)
    expect(report).toEqual({ peopleAdded: 4, topUpsOpen: 0, topUpsDeclined: 0 })
    const [student] = demo.people
    const resolved = await core.call('resolveSubject', {
      params: { schoolId: '2002' },
      body: { secret: demo.school.secret, cardNo: '2023010417', scopes: ['card'] },
    })
    expect(resolved.body).toEqual({
      schoolId: '2002',
      personId: student?.id,
      origins: ['https://app.example'],
    })
    const params = { schoolId: '2002', personId: student?.id ?? '' }
    expect((await core.call('getCard', { params })).body).toMatchObject({
      status: 'active',
      maskedName: '林*夏',
      maskedCardNo: '202••••417',
      campus: '云谷校区',
    })
    expect((await core.call('getAccounts', { params })).body).toMatchObject({
      accounts: [{ status: 'open', balanceFen: 12_840 }, { status: 'open' }],
      defaultAccount: 'wallet',
      fallbackCard: { bankName: '云谷银行', tail: '1234' },
      limits: { singleFen: 20_000, dailyFen: 100_000, spentTodayFen: 0 },
    })

    const { keyId = '', secret = '' } = demo.terminals[0] ?? {}
    const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    const { body: issued } = await core.call('issueCode', { params, body: { account: 'wallet' } })
    const body = { orderNo: v7(), amountFen: 1000, code: issued.code }
    expect((await core.call('pay', { key, body })).body).toMatchObject({
      status: 'PAID',
      amountFen: 900,
    })
    expect(await checkBooks(core.services.db.pool)).toEqual([])
    expect(core.bank.netFen()).toBe(12_840)
  })

  it('gives each person the accounts and the card that the file says', async () => {
    const { demo } = await importCampus(core.services, campus(), urls, undefined)
    const rows = await query(
      `select p.class, y.card_status, y.wallet_status, y.one_card_status, y.default_account
         from people p join payers y using (school_id, person_id) where school_id = '2002'
        order by array_position(array['${demo.people.map(({ id }) => id).join("','")}'], person_id::text)`,
    )
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
      'student active open open wallet',
      'teacher active open open wallet',
      'external unclaimed not_open not_open wallet',
      'student active not_open open one_card',
    ])
  })

  it('shows a wallet that the file gives as opened, with its card and since when it is bound', async () => {
    const { demo } = await importCampus(core.services, campus(), urls, undefined)
    const wallets = []
    for (const { id } of demo.people) {
      const params = { schoolId: '2002', personId: id }
      wallets.push((await core.call('getWallet', { params })).body)
    }
    expect(wallets).toMatchObject([
      {
        status: 'open',
        balanceFen: 12_840,
        cards: [{ bankName: '云谷银行', tail: '1234', isDefault: true }],
        password: 'not_set',
      },
      { status: 'open', balanceFen: 0, cards: [] },
      { status: 'not_open', balanceFen: null },
      { status: 'not_open', balanceFen: null },
    ])
    const boundAt = Date.parse(wallets[0].cards[0].boundAt)
    expect(Math.abs(boundAt - Date.now())).toBeLessThan(60_000)
    const opened = await query(
      `select person_id from wallets where school_id = '2002' and opened_at is not null`,
    )
    expect(opened).toHaveLength(2)
  })

  it('urges to sign whom the file says now, and leaves what they have signed (R14)', async () => {
    const urgedNow = async (urged: number[]) => {
      const changed = campus((made) => {
        for (const i of urged) Object.assign(made.people[i] ?? {}, { urgeAgreement: true })
      })
      const { demo } = await importCampus(core.services, changed, urls, undefined)
      const flags = []
      for (const { id } of demo.people) {
        const params = { schoolId: '2002', personId: id }
        flags.push((await core.call('getWallet', { params })).body.agreement.urged)
      }
      return flags
    }
    expect(await urgedNow([0])).toEqual([true, false, false, false])
    expect(await urgedNow([1, 3])).toEqual([false, true, false, true])
    await core.services.db.pool.query(
      `update wallets set agreement_signed_at = now() where school_id = '2002'`,
    )
    await urgedNow([])
    const signed = await query(
      `select 1 from wallets where school_id = '2002' and agreement_signed_at is not null`,
    )
    expect(signed).toHaveLength(2)
  })

  it('puts no first top-up into a wallet that was closed since', async () => {
    core.bank.setFault('down')
    const { demo } = await importCampus(core.services, campus(), urls, undefined)
    core.bank.setFault('none')
    await core.services.db.pool.query(
      `update payers set wallet_status = 'closed' where school_id = '2002'`,
    )
    expect(await importCampus(core.services, campus(), urls, demo)).toMatchObject({
      topUpsOpen: 0,
      topUpsDeclined: 0,
    })
    expect(core.bank.netFen()).toBe(0)
  })

  it('may be repeated: nobody and nothing twice, money once, secrets kept', async () => {
    const first = await importCampus(core.services, campus(), urls, undefined)
    const params = { schoolId: '2002', personId: first.demo.people[2]?.id ?? '' }
    await core.call('claimCard', { params, body: { consent: true } })
    const again = await importCampus(core.services, campus(), urls, first.demo)
    expect(again.demo).toEqual(first.demo)
    expect(again.peopleAdded).toBe(0)
    expect(core.bank.netFen()).toBe(12_840)
    expect((await core.call('getCard', { params })).body.status).toBe('active')
  })

  it('adds who is new, and takes over the school’s words, origins and price rules', async () => {
    const first = await importCampus(core.services, campus(), urls, undefined)
    const changed = campus((made) => {
      made.school.origins.push('http://127.0.0.1:8082')
      made.school.supportContact = '新的卡务中心'
      made.school.faceAtBinding = true
      made.school.limitCeilingFaceFen = 2_000_000
      made.people.unshift({
        cardNo: 'V-1',
        name: '访客',
        class: 'visitor',
        groups: [],
        cardTokens: [],
        faceTokens: [],
        left: false,
        claimed: true,
        urgeAgreement: false,
        oneCard: false,
      })
      made.merchants[0]?.priceRules.pop()
      made.merchants[1]?.terminals.push({ name: '收银台 2', kind: 'till' })
    })
    const second = await importCampus(core.services, changed, urls, first.demo)
    expect(second.peopleAdded).toBe(1)
    expect(second.demo.people.slice(1)).toEqual(first.demo.people)
    expect(second.demo.terminals.slice(0, 3)).toEqual(first.demo.terminals)
    expect(second.demo.terminals).toHaveLength(4)
    expect(
      await query(
        `select origins, support_contact, face_at_binding, limit_ceiling_face_fen
           from schools where school_id = '2002'`,
      ),
    ).toEqual([
      {
        origins: ['https://app.example', 'http://127.0.0.1:8082'],
        support_contact: '新的卡务中心',
        face_at_binding: true,
        limit_ceiling_face_fen: 2_000_000,
      },
    ])
    expect(
      await query(
        `select price_rules from merchants where school_id = '2002' and name = '第一食堂'`,
      ),
    ).toEqual([{ price_rules: [] }])
  })

  it('replaces every secret that is not known any more, and ends the old ones', async () => {
    const first = await importCampus(core.services, campus(), urls, undefined)
    const second = await importCampus(core.services, campus(), urls, undefined)
    expect(second.demo.people).toEqual(first.demo.people)
    expect(second.demo.school.secret).not.toBe(first.demo.school.secret)
    const body = { secret: first.demo.school.secret, cardNo: 'T0042', scopes: ['card'] }
    const params = { schoolId: '2002' }
    expect(await core.refused('resolveSubject', { params, body })).toBe(
      'SCHOOL_CREDENTIALS_INVALID',
    )
    const [before, after] = [first, second].map(({ demo }) => demo.terminals[0])
    expect(after?.id).toBe(before?.id)
    expect(after?.keyId).not.toBe(before?.keyId)
    const old = { keyId: before?.keyId ?? '', secret: before?.secret ?? '' }
    const key = createSigningKey({ ...old, algorithm: 'hmac-sha256' })
    expect(await core.refused('getTerminal', { key })).toBe('KEY_UNKNOWN')
  })

  it('takes the first top-up once also when the bank was away, silent or slow at first', async () => {
    core.bank.setFault('down')
    const away = await importCampus(core.services, campus(), urls, undefined)
    expect(away).toMatchObject({ topUpsDeclined: 1, topUpsOpen: 0 })
    core.bank.setFault('drop_answer')
    const dropped = await importCampus(core.services, campus(), urls, away.demo)
    expect(dropped).toMatchObject({ topUpsDeclined: 0, topUpsOpen: 1 })
    core.bank.setFault('none')
    const done = await importCampus(core.services, campus(), urls, dropped.demo)
    expect(done).toMatchObject({ topUpsDeclined: 0, topUpsOpen: 0 })
    await importCampus(core.services, campus(), urls, done.demo)
    expect(core.bank.netFen()).toBe(12_840)
    expect(
      await query(`select wallet_fen from payers where wallet_fen > 0 and school_id = '2002'`),
    ).toEqual([{ wallet_fen: 12_840 }])
    expect(await checkBooks(core.services.db.pool)).toEqual([])
  })

  it('makes everything once when two imports run at once', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => importCampus(core.services, campus(), urls, undefined)),
    )
    expect(one?.demo.people).toEqual(two?.demo.people)
    expect(one?.demo.merchants).toEqual(two?.demo.merchants)
    expect(core.bank.netFen()).toBe(12_840)
  })

  it('imports a large school in batches', async () => {
    const large = campus((made) => {
      made.people = Array.from({ length: 1_050 }, (_, i) => ({
        cardNo: `2030${String(i).padStart(6, '0')}`,
        name: `学生${i}`,
        class: 'student' as const,
        groups: [],
        cardTokens: [],
        faceTokens: [],
        left: false,
        claimed: true,
        urgeAgreement: i % 2 === 0,
        oneCard: true,
      }))
    })
    const { demo, peopleAdded } = await importCampus(core.services, large, urls, undefined)
    expect(peopleAdded).toBe(1_050)
    expect(new Set(demo.people.map(({ id }) => id)).size).toBe(1_050)
  })

  it('refuses a file that names somebody or something twice, and changes nothing', async () => {
    for (const change of [
      (made: Campus) =>
        made.people.push({ ...made.people[0], name: '重名' } as Campus['people'][0]),
      (made: Campus) =>
        made.merchants.push({ ...made.merchants[0], key: 'x' } as Campus['merchants'][0]),
      (made: Campus) => made.merchants[0]?.terminals.push({ name: '1号窗口', kind: 'till' }),
    ]) {
      const broken = campus((made) => void change(made))
      const error = await importCampus(core.services, broken, urls, undefined).catch(
        (e: Error) => e,
      )
      expect(String(error)).toContain('is there twice')
      expect(String(error)).not.toContain('2023010417')
    }
    expect(await query(`select school_id from schools where school_id = '2002'`)).toEqual([])
  })

  it('leaves no name, number, phone, secret or key open in the database', async () => {
    const { demo } = await importCampus(core.services, campus(), urls, undefined)
    const tables = await query(
      `select string_agg(t::text, '') as text from (
         select p::text from people p union all select s::text from schools s
         union all select t::text from terminals t) t`,
    )
    const secrets = [
      demo.school.secret,
      ...demo.terminals.map(({ secret }) => secret),
      ...['林知夏', '2023010417', '13800138000'],
    ]
    for (const secret of secrets) {
      expect(tables[0].text).not.toContain(secret)
      expect(tables[0].text).not.toContain(Buffer.from(secret).toString('hex'))
      expect(core.logged.join('')).not.toContain(secret)
    }
  })
})

describe('the demo file', () => {
  it('is for its owner alone, replaced in one step, and read back only when it is one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'demo-'))
    const path = join(directory, 'data', 'demo.json')
    try {
      expect(await readDemoFile(path)).toBeUndefined()
      const { demo } = await importCampus(core.services, campus(), urls, undefined)
      await writeDemoFile(path, demo)
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      expect(await readDemoFile(path)).toEqual(demo)
      await writeDemoFile(path, { ...demo, people: [] })
      expect((await readDemoFile(path))?.people).toEqual([])
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      await writeFile(path, '{"bffUrl":')
      expect(await readDemoFile(path)).toBeUndefined()
      expect(await readFile(path, 'utf8')).toBe('{"bffUrl":')
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
