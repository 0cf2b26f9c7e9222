import { type Campus, campusSchema } from '@campus-ecode/protocol/campus'
import type { Demo } from '@campus-ecode/protocol/demo'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { approve } from '../testing/approvals.ts'
import { createGates, letsIn, readPolicy } from '../testing/gates.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { importCampus } from './import-campus.ts'

const SCHOOL = '2002'

let core: HttpCore
let gates: ReturnType<typeof createGates>
beforeEach(async () => {
  core = await createHttpCore()
  gates = createGates(core, SCHOOL)
})
afterEach(() => core.close())

const urls = {
  bffUrl: 'http://127.0.0.1:8080',
  coreUrl: 'http://127.0.0.1:8081',
  demoUrl: 'http://127.0.0.1:8082',
}

/** As it stands in a file, with everything that may be left out left out. */
interface CampusFile {
  people: Record<string, unknown>[]
  gates: Record<string, unknown>[]
  accessPolicies: Record<string, unknown>[]
  [part: string]: unknown
}

function campus(change: (file: CampusFile) => void = () => {}): Campus {
  const file: CampusFile = {
    school: {
      id: SCHOOL,
      name: '青江学院',
      nameEn: 'Qingjiang College',
      accent: '#0f766e',
      supportContact: '卡务中心',
      origins: ['https://app.example'],
    },
    people: [
      { cardNo: '2023010417', name: '林知夏', class: 'student', groups: ['3号楼'] },
      {
        cardNo: '2024020755',
        name: '顾明远',
        class: 'student',
        wallet: {
          bankCard: { token: 'card-1', bankName: '云谷银行', tail: '1234' },
          topUpFen: 5_000,
        },
      },
      { cardNo: 'T0042', name: '许老师', class: 'teacher' },
    ],
    merchants: [{ key: 'canteen', name: '第一食堂', terminals: [{ name: '1号窗口' }] }],
    gates: [
      { name: '3号楼 大门', campus: '云谷校区', zone: '3号楼', purposes: ['door'] },
      {
        name: '图书馆',
        zone: '图书馆',
        purposes: ['door', 'library'],
        permissions: ['identity', 'records'],
        staleList: 'open',
        shownPastSeconds: 40,
      },
    ],
    accessPolicies: [
      { name: '住宿', purposes: ['door'], zones: ['3号楼'], groups: ['3号楼'] },
      { name: '值班', purposes: ['door'], zones: ['3号楼'], cardNos: ['T0042'] },
      { name: '图书馆', purposes: ['door', 'library'], zones: ['图书馆'], classes: ['student'] },
    ],
  }
  change(file)
  return campusSchema.parse(file)
}

const bring = async (known?: Demo, change?: (file: CampusFile) => void) =>
  (await importCampus(core.services, campus(change), urls, known)).demo

const [resident, student, teacher] = [0, 1, 2]
const idOf = (demo: Demo, i: number) => demo.people[i]?.id ?? ''
const keyOf = (demo: Demo, i: number) => {
  const { keyId = '', secret = '' } = demo.gates[i] ?? {}
  return createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
}
const policyAt = async (demo: Demo, i: number) =>
  readPolicy((await core.call('getGateUpdate', { key: keyOf(demo, i) })).body.policy)
const at = '2026-11-23T12:00:00+08:00'

async function revokedReasons(personId: string) {
  const { rows } = await core.db.pool.query(
    'select revoked_reason as reason from access_credentials where person_id = $1',
    [personId],
  )
  return rows.map(({ reason }) => reason as string | null)
}

describe('importing a campus with gates', () => {
  it('gives each gate a key, its place and rules, and says what it is set up with', async () => {
    const demo = await bring()
    expect(demo.gates.map(({ name }) => name)).toEqual(['3号楼 大门', '图书馆'])
    expect(demo.accessRoot).toEqual({
      algorithm: 'ed25519',
      publicKey: Buffer.from(await core.services.keys.accessRootKey(SCHOOL, 'ed25519')).toString(
        'base64url',
      ),
    })
    const { body } = await core.call('getGate', { key: keyOf(demo, 1) })
    expect(body).toMatchObject({
      schoolId: SCHOOL,
      gateId: demo.gates[1]?.id,
      name: '图书馆',
      campus: null,
      permissions: ['identity', 'records'],
    })
    expect(await policyAt(demo, 1)).toMatchObject({
      staleList: 'open',
      shownPastSeconds: 40,
      shownFutureSeconds: 5,
    })
  })

  it('lets in whom its policies name: groups, single people by card number, classes', async () => {
    const demo = await bring()
    const policy = await policyAt(demo, 0)
    const passes = []
    for (const i of [resident, student, teacher]) {
      const credential = await gates.startCredential(idOf(demo, i))
      passes.push(letsIn(policy, credential, { at }))
    }
    expect(passes).toEqual([true, false, true])
    const stored = await core.db.pool.query('select policy::text as text from access_policies')
    expect(JSON.stringify(stored.rows)).not.toContain('T0042')
  })

  it('may be repeated: keys and numbers stay; a key that is not known any more is replaced', async () => {
    const demo = await bring()
    const before = await policyAt(demo, 0)
    const again = await bring(demo)
    expect(again).toEqual(demo)
    expect((await policyAt(again, 0)).seq).toBe(before.seq)
    const anew = await bring(undefined)
    expect(anew.gates.map(({ id }) => id)).toEqual(demo.gates.map(({ id }) => id))
    expect(await core.refused('getGate', { key: keyOf(demo, 1) })).toBe('KEY_UNKNOWN')
    expect((await core.call('getGate', { key: keyOf(anew, 1) })).status).toBe(200)
  })

  it('disables gates that the file has no more, and takes them back', async () => {
    const demo = await bring()
    const fewer = await bring(demo, (file) => {
      file.gates.pop()
    })
    expect(fewer.gates).toEqual(demo.gates.slice(0, 1))
    expect(await core.refused('getGate', { key: keyOf(demo, 1) })).toBe('GATE_DISABLED')
    await bring(demo)
    expect((await core.call('getGate', { key: keyOf(demo, 1) })).status).toBe(200)
  })

  it('ends policies that the file has no more', async () => {
    const demo = await bring()
    const credential = await gates.startCredential(idOf(demo, resident))
    await bring(demo, (file) => {
      file.accessPolicies.shift()
    })
    expect(letsIn(await policyAt(demo, 0), credential, { at })).toBe(false)
  })

  it('refuses gates or policies of one name, and a policy for a stranger, and changes nothing', async () => {
    for (const [change, message] of [
      [(file: CampusFile) => file.gates.push({ ...file.gates[0] }), 'gates, entry 3'],
      [
        (file: CampusFile) => file.accessPolicies.push({ ...file.accessPolicies[0] }),
        'accessPolicies, entry 4',
      ],
      [
        (file: CampusFile) =>
          Object.assign(file.accessPolicies[1] ?? {}, { cardNos: ['T-planted'] }),
        'accessPolicies, entry 2',
      ],
    ] as const) {
      const failed = bring(undefined, change)
      await expect(failed).rejects.toThrow(message)
      await expect(failed).rejects.not.toThrow('planted')
    }
    const { rows } = await core.db.pool.query('select 1 from schools where school_id = $1', [
      SCHOOL,
    ])
    expect(rows).toEqual([])
  })
})

describe('an import that asks for more than there is room for', () => {
  const purposes = ['door', 'library']
  const rooms = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ name: `房间 ${i}`, purposes, classes: ['student'] },
    }))

  const schools = async () => (await core.db.pool.query('select name from schools')).rows

  it('is refused where a gate’s policy would have too many rules, and says what helps', async () => {
    const before = await schools()
    const failed = bring(undefined, (file) => {
      Object.assign(file.gates[0] ?? {}, { purposes })
      Object.assign(file.accessPolicies[0] ?? {}, { purposes })
      file.accessPolicies.push(...rooms(397))
    })
    // With 住宿 and 值班.
    await expect(failed).rejects.toThrow(/3号楼 大门 797 rules.* room for 796: .*zones/)
    expect(await schools()).toEqual(before)
    // Elsewhere, or over, they are no rule of this gate.
    const demo = await bring(undefined, (file) => {
      Object.assign(file.gates[0] ?? {}, { purposes })
      for (const [i, room] of rooms(397).entries()) {
        const aside = i % 2 ? { zones: ['别处'] } : { until: '2020-01-01' }
        file.accessPolicies.push({ ...room, ...aside })
      }
    })
    expect((await policyAt(demo, 0)).rules.length).toBeLessThan(10)
  })

  it('is refused where a gate’s policy would be too long', async () => {
    const failed = bring(undefined, (file) => {
      Object.assign(file.gates[0] ?? {}, { purposes })
      const teams = Array.from({ length: 200 }, (_, i) => `${i}队`)
      for (const team of teams) {
        const groups = ['很多人', team]
        file.people.push({ cardNo: `X${team}`, name: '某某', class: 'student', groups })
      }
      file.accessPolicies.push({ ...rooms(1)[0], name: '各队', groups: teams.slice(0, 100) })
      file.accessPolicies.push({ ...rooms(1)[0], name: '其余', groups: teams.slice(100) })
      const rest = rooms(390).map((room) => ({ ...room, groups: ['很多人'] }))
      file.accessPolicies.push(...rest)
    })
    await expect(failed).rejects.toThrow(/3号楼 大门 .*characters.*groups or classes/)
    expect(await schools()).not.toContainEqual({ name: '青江学院' })
  })

  it('takes profiles that nobody has any more, and is refused while they are in credentials', async () => {
    const demo = await bring()
    const { pool } = core.db
    const credential = await gates.startCredential(idOf(demo, resident))
    await pool.query(
      `insert into access_profiles (school_id, profile, members)
       select $1, n, array['class/student', 'group/' || n] from generate_series(1, 65535) n
           on conflict do nothing`,
      [SCHOOL],
    )
    const move = (file: CampusFile) => {
      Object.assign(file.people[resident] ?? {}, { groups: ['5号楼'] })
      Object.assign(file.people[student] ?? {}, { groups: ['6号楼'] })
      Object.assign(file.accessPolicies[0] ?? {}, { groups: ['3号楼', '5号楼', '6号楼'] })
    }
    const numbers = async () => {
      const { rows } = await pool.query(
        'select access_profile as profile from people where school_id = $1 order by person_id',
        [SCHOOL],
      )
      return rows.map(({ profile }) => profile as number)
    }
    const before = await numbers()
    const [old = 0] = before
    // A little at a time: a long transaction holds back the events of other tests.
    for (let from = 1; from <= 65_535; from += 5_000) {
      await pool.query(
        `insert into access_credentials (school_id, credential_hash, credential_id, person_id, label, class,
                                         profile, not_before, expires_at)
         select $1, int8send(n), gen_random_uuid(), $2, '', 'student', n, now(), now()
           from generate_series($4::int, least($4 + 4999, 65535)) n where n <> $3`,
        [SCHOOL, idOf(demo, student), old, from],
      )
    }
    await expect(bring(demo, move)).rejects.toThrow(/room for 65535: name fewer groups/)
    expect(await numbers()).toEqual(before)
    await pool.query('delete from access_credentials where profile between 1000 and 1001')
    await bring(demo, move)
    const [residents, students] = await numbers()
    expect([residents, students].sort()).toEqual([1000, 1001])
    // What the old number says still is what it said.
    const policy = await policyAt(demo, 0)
    expect(letsIn(policy, credential, { at })).toBe(true)
    expect(await revokedReasons(idOf(demo, resident))).toEqual(['changed'])
  })
})

describe('people whom the school describes anew', () => {
  it('lose it also when the import breaks off right after (R32)', async () => {
    const demo = await bring()
    await gates.startCredential(idOf(demo, resident))
    const { keys } = core.services
    const broken = {
      ...core.services,
      keys: {
        ...keys,
        index: (context: string, value: string) => {
          if (value === '04A1B2C3') throw new Error('broken off')
          return keys.index(context, value)
        },
      },
    }
    const moved = campus((file) => {
      Object.assign(file.people[resident] ?? {}, { groups: ['5号楼'], cardTokens: ['04A1B2C3'] })
    })
    await expect(importCampus(broken, moved, urls, demo)).rejects.toThrow('broken off')
    expect(await revokedReasons(idOf(demo, resident))).toEqual(['changed'])
  })

  it('lose what they can no longer show at once, and keep what they have besides (R32)', async () => {
    const demo = await bring()
    const credential = await gates.startCredential(idOf(demo, resident))
    const other = await gates.startCredential(idOf(demo, student))
    await bring(demo, (file) => {
      Object.assign(file.people[resident] ?? {}, { groups: ['5号楼'] })
      Object.assign(file.people[student] ?? {}, { groups: ['3号楼'] })
    })
    expect(await revokedReasons(idOf(demo, resident))).toEqual(['changed'])
    expect(await revokedReasons(idOf(demo, student))).toEqual([null])
    const policy = await policyAt(demo, 0)
    const moved = await gates.startCredential(idOf(demo, student))
    expect([credential, other, moved].map((one) => letsIn(policy, one, { at }))).toEqual([
      true, // Its profile still says so, which is why it is on the list.
      false,
      true,
    ])
  })

  it('may become of another class: cards and prices follow, credentials of the old one end', async () => {
    const demo = await bring()
    const personId = idOf(demo, student)
    await gates.startCredential(personId)
    await bring(demo, (file) => {
      Object.assign(file.people[student] ?? {}, { class: 'external', campus: '青江校区' })
    })
    const params = { schoolId: SCHOOL, personId }
    expect((await core.call('getCard', { params })).body).toMatchObject({
      class: 'external',
      campus: '青江校区',
      status: 'active',
    })
    expect(await revokedReasons(personId)).toEqual(['changed'])
  })

  it('may have left: card and codes are closed for good, the balance can be taken out (R32, R42)', async () => {
    const demo = await bring()
    const personId = idOf(demo, student)
    const params = { schoolId: SCHOOL, personId }
    await gates.startCredential(personId)
    const { body: issued } = await core.call('issueCode', { params, body: { account: 'wallet' } })
    const { body: identity } = await core.call('issueIdentityCode', { params })
    const leave = (file: CampusFile) => {
      Object.assign(file.people[student] ?? {}, { left: true })
    }
    await bring(demo, leave)
    expect((await core.call('getCard', { params })).body.status).toBe('closed')
    expect(await revokedReasons(personId)).toEqual(['card_closed'])
    const { keyId = '', secret = '' } = demo.terminals[0] ?? {}
    const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    const order = { orderNo: v7(), amountFen: 100, code: issued.code }
    expect(await core.refused('pay', { key, body: order })).toBe('CODE_EXPIRED')
    const check = { key: keyOf(demo, 1), body: { code: identity.code } }
    expect(await core.refused('checkIdentity', check)).toBe('IDENTITY_CODE_INVALID')
    expect(await core.refused('issueIdentityCode', { params })).toBe('CARD_CLOSED')

    const { body: wallet } = await core.call('getWallet', { params })
    const content = {
      transferId: v7(),
      cardId: wallet.cards[0].cardId,
      amountFen: wallet.balanceFen,
    }
    const approvalId = await approve(core, personId, { kind: 'withdrawal', ...content }, SCHOOL)
    const withdrawn = await core.call('withdraw', { params, body: { ...content, approvalId } })
    expect(withdrawn.body).toMatchObject({ status: 'SUCCEEDED', amountFen: 5_000 })
    // An import that forgets it opens nothing again.
    await bring(demo)
    expect((await core.call('getCard', { params })).body.status).toBe('closed')
    expect(await checkBooks(core.services.db.pool)).toEqual([])
  })

  it('who come as leavers get no first top-up', async () => {
    const demo = await bring(undefined, (file) => {
      Object.assign(file.people[student] ?? {}, { left: true })
    })
    const params = { schoolId: SCHOOL, personId: idOf(demo, student) }
    expect((await core.call('getWallet', { params })).body).toMatchObject({ balanceFen: 0 })
    expect((await core.call('getCard', { params })).body.status).toBe('closed')
    expect(core.bank.netFen()).toBe(0)
  })
})
