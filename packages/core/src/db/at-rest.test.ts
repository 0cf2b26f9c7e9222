import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { keySetSchema } from '@campus-ecode/protocol/access-keys'
import { campusSchema } from '@campus-ecode/protocol/campus'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { currentKeySet } from '../access-keys/current-key-set.ts'
import { findRootKey } from '../access-keys/find-root-key.ts'
import { importCampus } from '../campus/import-campus.ts'
import { currentList } from '../revocations/current-list.ts'
import { createPublicServer } from '../sign-ins/testing/public-server.ts'
import { newAccessKey } from '../testing/access-gate.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, type TestKeypad } from '../testing/keypad.ts'
import { createWalletPages } from '../wallet/testing/wallet-pages.ts'

// Everything that anybody types or that a school hands over, planted and looked for in every table.
const NAME = '欧阳知夏'
const CARD_NO = '20239918273645'
const SCHOOL_PHONE = '13711122233'
const BANK_PHONE = '13699988877'
const ID_NUMBER = '11010119991231876X'
const BANK_CARD_NO = '6222021234567890123'
const PASSWORD = '417290'
const PHRASE = '操场边的第三棵银杏'
const CARD_TOKEN = '9910283746'
const FACE_TOKEN = 'face-vendor:83921047'
const CARD_PASSWORD = 'campus-card-word-3301'
const OPENID = 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M'

let core: HttpCore
let keypad: TestKeypad
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(async () => {
  await keypad?.close()
  await core.close()
})

it('keeps neither name, numbers, phones, password, phrase nor codes readable in any table (R42)', async () => {
  const campus = campusSchema.parse({
    school: {
      ...{ id: '1001', name: '云谷大学', nameEn: 'Yungu University', accent: '#1d4ed8' },
      ...{ supportContact: '卡务中心', origins: ['https://school.example'] },
    },
    people: [
      {
        ...{ cardNo: CARD_NO, name: NAME, phone: SCHOOL_PHONE, class: 'student', claimed: false },
        ...{ cardTokens: [CARD_TOKEN], faceTokens: [FACE_TOKEN] },
      },
    ],
    merchants: [],
  })
  const urls = {
    bffUrl: 'http://127.0.0.1:1',
    coreUrl: 'http://127.0.0.1:2',
    demoUrl: 'http://127.0.0.1:3',
  }
  const { demo } = await importCampus(core.services, campus, urls, undefined)
  const personId = demo.people[0]?.id ?? ''
  const params = { personId }
  keypad = await createTestKeypad(core)
  const pages = createWalletPages(core)
  const signIn = { secret: demo.school.secret, cardNo: CARD_NO, scopes: ['card', 'wallet'] }
  expect((await core.call('resolveSubject', { body: signIn })).status).toBe(200)
  await core.call('claimCard', { params, body: { consent: true } })

  // A first password by the school's phone, then a card, money, a phone, a payment, a lock.
  const verificationId = await keypad.verify(personId)
  const smsCode = core.messages.at(-1)?.params.code ?? ''
  const set = await keypad.openPage(personId, { kind: 'set_password', verificationId })
  expect((await keypad.enter(set, PASSWORD, PHRASE)).status).toBe(200)
  const card = pages.addBankCard({
    ...{ name: NAME, idNumber: ID_NUMBER, cardNo: BANK_CARD_NO, phone: BANK_PHONE },
  })
  const wrong = await pages.startBinding(personId, card, { idNumber: '110101199912318770' })
  expect(wrong.body.code).toBe('BINDING_HOLDER_MISMATCH')
  await pages.passAMinute(personId)
  const cardId = await pages.bindCard(personId, card)
  const approved = async (action: Parameters<TestKeypad['openPage']>[1]) => {
    const page = await keypad.openPage(personId, action)
    expect((await keypad.enter(page, PASSWORD)).status).toBe(200)
    return page.approvalId
  }
  const content = { transferId: v7(), cardId, amountFen: 5_000 }
  const approvalId = await approved({ kind: 'top_up', ...content })
  expect((await core.call('topUp', { params, body: { ...content, approvalId } })).status).toBe(200)
  const { body: issued } = await core.call('issueCode', { params, body: { account: 'wallet' } })
  const order = { orderNo: v7(), amountFen: 100, code: issued.code }
  expect((await core.call('pay', { body: order })).body.status).toBe('PAID')
  // By card as well, and refused by face: what was read is in no order's row either.
  await core.signAgreement(personId)
  const swipe = (kind: string, value: string) =>
    core.call('pay', { body: { orderNo: v7(), amountFen: 100, token: { kind, value } } })
  expect((await swipe('card', CARD_TOKEN)).body.status).toBe('PAID')
  expect((await swipe('face', FACE_TOKEN)).body.code).toBe('FACE_CONSENT_MISSING')
  expect((await swipe('card', FACE_TOKEN)).body.code).toBe('TOKEN_UNKNOWN')
  await core.db.pool.query(`update verifications set sent_at = sent_at - interval '61 seconds'`)
  const verified = await core.call('startVerification', {
    params,
    body: { means: 'bank_card', cardId },
  })
  expect(verified.status).toBe(201)
  // Signed in by a WeChat, with the campus-card password typed once (R2b), and on to a web-view.
  core.oneCard.givePassword(CARD_NO, CARD_PASSWORD, { name: NAME })
  const logIn = () => ({ body: { code: core.wechat.logIn({ openid: OPENID }) } })
  const unbound = await core.call('signInMiniProgram', logIn())
  const page = new URL(unbound.body.bindUrl).hash.replace('#p=', '')
  const web = await createPublicServer(core)
  const form = { page, cardNo: CARD_NO, password: CARD_PASSWORD }
  expect((await web.openWebView().post('/wechat/sign-in/bind', form)).status).toBe(200)
  await web.close()
  const signedIn = (await core.call('signInMiniProgram', logIn())).body
  expect(signedIn.personId).toBe(personId)
  const { ticket } = (
    await core.call('createTicket', {
      params,
      body: {
        ...{ target: 'https://bff.example/h5/1001', bffOrigin: 'https://bff.example' },
        ...{ channel: 'mini_program', binding: signedIn.binding },
      },
    })
  ).body
  await core.call('lockCard', { params })
  const exported = await core.call('getMyData', {
    params,
    body: { approvalId: await approved({ kind: 'export_data' }) },
  })
  expect(exported.body.about).toMatchObject({ name: NAME, cardNo: CARD_NO, phone: SCHOOL_PHONE })

  const dump = await dumpTables()
  // What may be read there is, so that the rest is not missing for want of looking.
  for (const known of ['欧**夏', BANK_CARD_NO.slice(-4), order.orderNo, personId]) {
    expect(dump.includes(known), known).toBe(true)
  }
  for (const secret of [
    NAME,
    CARD_NO,
    SCHOOL_PHONE,
    BANK_PHONE,
    ID_NUMBER,
    BANK_CARD_NO,
    PHRASE,
    CARD_TOKEN,
    FACE_TOKEN,
    issued.code,
    demo.school.secret,
    CARD_PASSWORD,
    OPENID,
    page,
    ticket,
  ]) {
    for (const form of formsOf(secret)) expect(dump.includes(form), form).toBe(false)
  }
  // Six digits meet by chance within longer numbers and behind the dot of a second.
  for (const digits of [PASSWORD, smsCode]) {
    expect(dump).not.toMatch(new RegExp(`(?<![0-9a-f.])${digits}(?![0-9a-f])`))
    expect(dump.includes(Buffer.from(digits).toString('hex'))).toBe(false)
  }
  for (const secret of [
    NAME,
    CARD_NO,
    SCHOOL_PHONE,
    BANK_PHONE,
    ID_NUMBER,
    BANK_CARD_NO,
    PHRASE,
    CARD_TOKEN,
    FACE_TOKEN,
    CARD_PASSWORD,
    OPENID,
    page,
    ticket,
  ]) {
    expect(core.logged.join('')).not.toContain(secret)
  }
})

it('keeps no key that signs for gates, in whatever form (R31)', async () => {
  const { personId } = await core.addPerson()
  const publicKey = newAccessKey()
  const { body } = await core.call('startCredential', {
    params: { personId },
    body: { publicKey, label: 'Pixel 9', consent: true },
  })
  await core.call('endCredential', { params: { personId, credentialId: body.credentialId } })
  const { document } = await currentKeySet(core.services, '1001')
  await currentList(core.services, '1001', 0)
  const { keys } = keySetSchema.parse(
    JSON.parse(Buffer.from(document.payload, 'base64url').toString('utf8')),
  )
  const root = await findRootKey(core.services, '1001')
  const believed = new Set([root, ...keys].map((key) => key.publicKey))
  expect(believed.size).toBe(3)

  const dump = await dumpTables()
  expect(dump).toContain(document.signature)
  const seeds = seedsIn(dump)
  expect(seeds.size).toBeGreaterThan(1_000)
  for (const seed of seeds) expect(believed.has(publicHalfOf(seed))).toBe(false)
  // The search finds a key where there is one.
  const own = randomBytes(32)
  for (const form of [own.toString('hex'), own.toString('base64'), own.toString('base64url')]) {
    const found = [...seedsIn(`x="${form}"`)].map(publicHalfOf)
    expect(found).toContain(publicHalfOf(own.toString('hex')))
  }
})

/** All 32 bytes in a row, in hex, that stand in a text as hex or base64. */
function seedsIn(text: string): Set<string> {
  const seeds = new Set<string>()
  const add = (bytes: Buffer) => {
    for (let at = 0; at + 32 <= bytes.length; at++) {
      seeds.add(bytes.subarray(at, at + 32).toString('hex'))
    }
  }
  for (const [hex] of text.matchAll(/[0-9a-f]{64,}/g)) add(Buffer.from(hex, 'hex'))
  for (const [word] of text.matchAll(/[\w+/-]{43,}/g)) {
    for (let skip = 0; skip < 4; skip++) add(Buffer.from(word.slice(skip), 'base64'))
  }
  return seeds
}

/** Of an Ed25519 seed. */
function publicHalfOf(seedHex: string): string {
  const der = Buffer.from(`302e020100300506032b657004220420${seedHex}`, 'hex')
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return key.export({ format: 'jwk' }).x ?? ''
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')]
}

/** Every row of every table as text; bytes are in hex. */
async function dumpTables(): Promise<string> {
  const { pool } = core.services.db
  const { rows: tables } = await pool.query(
    `select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  expect(tables.length).toBeGreaterThan(25)
  const texts: string[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query(`select t::text as row from ${name} t`)
    texts.push(name, ...rows.map(({ row }) => row))
  }
  return texts.join('\n')
}
