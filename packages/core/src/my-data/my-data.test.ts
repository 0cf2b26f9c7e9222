import { type MyData, myDataListNames } from '@campus-ecode/protocol/my-data'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approve, setPassword } from '../testing/approvals.ts'
import { createGates, recordOf } from '../testing/gates.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, type TestKeypad } from '../testing/keypad.ts'
import { createShowers } from '../testing/showers.ts'
import { addUtility } from '../testing/utilities.ts'
import { createWalletPages } from '../wallet/testing/wallet-pages.ts'

let core: HttpCore
let keypad: TestKeypad
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  keypad = await createTestKeypad(core)
  pages = createWalletPages(core)
})
afterAll(async () => {
  await keypad.close()
  await core.close()
})

const EXPORT = { kind: 'export_data' } as const

function getPage(personId: string, approvalId: string, cursor?: string) {
  const body = cursor === undefined ? { approvalId } : { approvalId, cursor }
  return core.call('getMyData', { params: { personId }, body })
}

/** All pages, joined as their reader joins them. */
async function exportData(personId: string, between: () => Promise<unknown> = async () => {}) {
  const approvalId = await approve(core, personId, EXPORT)
  const all: MyData = (await getPage(personId, approvalId)).body
  let pageCount = 1
  for (let next = all.next; next; pageCount++) {
    await between()
    const page: MyData = (await getPage(personId, approvalId, next)).body
    expect(page.about).toBeNull()
    let count = 0
    for (const name of myDataListNames) {
      all[name].push(...(page[name] as never[]))
      count += page[name].length
    }
    expect(count).toBeLessThanOrEqual(200)
    next = page.next
  }
  return { all, pageCount, approvalId }
}

describe('one’s own data (R42)', () => {
  it('has showers with their places, and rooms that were topped up', async () => {
    const showers = createShowers(core)
    const shower = await showers.addShower()
    const { personId, bathNo } = await showers.addBather()
    const sessionNo = await showers.begin(shower, bathNo)
    await showers.pass(sessionNo, 60)
    await showers.end(shower, sessionNo, 10_000)
    await setPassword(core, personId)
    const utilityId = await addUtility(core)
    const begun = await core.call('topUpUtility', {
      params: { personId, utilityId },
      body: { topUpId: v7(), accountNo: '3-0412', amountFen: 100 },
    })
    const { all } = await exportData(personId)
    expect(all.about?.bathNo).toBe(bathNo)
    expect(all.showers).toMatchObject([
      {
        sessionNo,
        place: expect.stringMatching(/^浴室 .* 1号$/),
        litresMl: 10_000,
        amountFen: 100,
      },
    ])
    expect(all.utilityTopUps).toMatchObject([
      { topUpId: begun.body.topUpId, accountNo: '3-0412', label: '3号楼 412', receipt: null },
    ])
  })

  it('is everything there is, in full, and nothing that opens anything', async () => {
    const phrase = '窗外有棵银杏树'
    const personId = await keypad.addPersonWithPassword('417290', {
      wallet: 'not_open',
      walletFen: 0,
    })
    const params = { personId }
    const card = pages.addBankCard({ idNumber: '11010119991231876X', phone: '13912345678' })
    const cardId = await pages.bindCard(personId, card)
    await pages.bindCard(personId)
    await core.call('setNoticeSettings', { params, body: { lowBalanceFen: 700 } })
    const content = { transferId: v7(), cardId, amountFen: 5_000 }
    const approvalId = await approve(core, personId, { kind: 'top_up', ...content })
    await core.call('topUp', { params, body: { ...content, approvalId } })
    const phone = await core.enrolPhone(personId)
    const code = await core.drawCode(phone)
    await core.call('pay', { body: { orderNo: 'mine-1', amountFen: 100, code } })
    const refused = {
      orderNo: 'mine-2',
      amountFen: 9_999_999,
      code: await core.issueCode(personId),
    }
    await core.call('pay', { body: refused })
    await pages.unbind(personId, cardId)
    await core.call('removeDevice', { params: { personId, deviceId: phone.deviceId } })
    const gates = createGates(core)
    const gate = await gates.addGate({ zone: '图书馆', purposes: ['door', 'meeting'] })
    await gates.setGroups(personId, ['图书馆值班'])
    const credential = await gates.startCredential(personId)
    const record = recordOf(credential)
    await gates.addRecords(gate, [record])
    const meeting = {
      ...{ gatheringId: v7(), purpose: 'meeting', title: '馆务会', zone: '图书馆', minutes: 5 },
      classes: ['teacher'],
    }
    await core.call('startGathering', { params, body: meeting })

    const face = await core.giveToken(personId, { kind: 'face' })

    const { all, ...rest } = await exportData(personId)
    expect(all.payTokens).toMatchObject([{ kind: 'face', removedAt: null }])
    expect(JSON.stringify([all, rest])).not.toContain(face.value)
    expect(all.about).toMatchObject({
      name: '林半夏',
      phone: '13800138000',
      school: '云谷大学',
      cardStatus: 'active',
      wallet: { status: 'open', balanceFen: 4_900, password: 'set' },
      passwordLockedAt: null,
      noticeSettings: { lowBalanceFen: 700 },
      groups: ['图书馆值班'],
    })
    expect(all.credentials).toMatchObject([{ label: 'Pixel 9', class: 'teacher', revokedAt: null }])
    expect(all.accessRecords).toMatchObject([
      { recordId: record.recordId, gateName: gate.name, result: 'opened' },
    ])
    expect(all.gatherings).toMatchObject([{ gatheringId: meeting.gatheringId, title: '馆务会' }])
    const number = await core.call('getCardNumber', { params })
    expect(all.about?.cardNo).toBe(number.body.cardNo)
    expect(all.about?.passwordSetAt).not.toBeNull()
    expect(all.bankCards).toMatchObject([
      { bankName: '云谷银行', unboundAt: null },
      { cardId, tail: card.cardNo.slice(-4), unboundAt: expect.any(String) },
    ])
    expect(all.devices).toMatchObject([{ deviceId: phone.deviceId, status: 'removed' }])
    expect(all.consents).toMatchObject([
      { purpose: 'gate_records', withdrawnAt: null },
      { purpose: 'bank_binding', withdrawnAt: null },
    ])
    expect(all.notices.map(({ about }) => about.kind)).toEqual([
      'device',
      'bank_card',
      'top_up',
      'bank_card',
      'bank_card',
      'wallet',
      'password',
    ])
    expect(all.verifications).toMatchObject([{ means: 'school_phone' }])
    expect(all.approvals.map(({ action, status }) => [action.kind, status])).toEqual([
      ['export_data', 'spent'],
      ['unbind_card', 'spent'],
      ['top_up', 'spent'],
      ['set_password', 'spent'],
    ])
    expect(all.bill.map(({ kind, status }) => [kind, status])).toEqual([
      ['payment', 'REFUSED'],
      ['payment', 'PAID'],
      ['top_up', 'SUCCEEDED'],
    ])

    const text = JSON.stringify(all)
    const { rows } = await core.db.pool.query(
      `select w.hash, encode(w.phrase, 'hex') as phrase, encode(p.card_no_index, 'hex') as index,
              encode(p.sealed, 'hex') as sealed, encode(d.grant_salt, 'hex') as salt,
              encode(a.ticket_hash, 'hex') as ticket, b.token,
              encode(c.credential_hash, 'hex') as credential
         from payment_passwords w join people p using (person_id) join devices d using (person_id)
         join approvals a using (person_id) join bank_cards b using (person_id)
         join access_credentials c using (person_id)
        where person_id = $1`,
      [personId],
    )
    const secrets = rows.flatMap((row) => Object.values(row) as string[])
    expect(secrets.length).toBeGreaterThan(10)
    for (const secret of [
      ...secrets,
      phrase,
      card.cardNo,
      card.idNumber,
      card.phone,
      code,
      credential,
    ]) {
      expect(text).not.toContain(secret)
      if (/^[0-9a-f]+$/.test(secret)) {
        expect(text).not.toContain(Buffer.from(secret, 'hex').toString('base64url'))
      }
    }
  })

  it('is spread over pages that are small, complete and repeat nothing, whatever happens meanwhile', async () => {
    const { personId } = await core.addPerson({ walletFen: 0 })
    await core.db.pool.query(
      `insert into notices (school_id, person_id, notice_id, kind, data, at)
       select '1001', $1, gen_random_uuid(), 'card', '{"change":"locked"}', now() - i / 3 * interval '1 hour'
         from generate_series(1, 430) i`,
      [personId],
    )
    await core.db.pool.query(
      `insert into sign_ins (school_id, person_id, hour, at, scopes, channel)
       select '1001', $1, h, h, '{card}', 'school_server'
         from generate_series(now() - interval '300 hours', now(), interval '1 hour') h`,
      [personId],
    )
    await core.db.pool.query(
      `insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status,
                             merchant_id, person_id, list_fen, amount_fen, channel, paid_at, created_at)
       select '1001', $1, 'many-' || n, gen_random_uuid(), '\\x00', 'PAID', $2, $3, 1, 1, 'wallet', now(),
              now() - n * interval '1 day'
         from generate_series(1, 800) n`,
      [core.terminal.terminalId, core.merchantId, personId],
    )
    const { all, pageCount } = await exportData(personId, () =>
      core.call('setLimits', {
        params: { personId },
        body: { singleFen: 100 + Math.floor(Math.random() * 10_000), dailyFen: 90_000 },
      }),
    )
    expect(new Set(all.notices.map(({ noticeId }) => noticeId)).size).toBe(all.notices.length)
    const old = all.notices.filter(({ about }) => about.kind === 'card')
    expect(old).toHaveLength(430)
    expect(all.signIns).toHaveLength(301)
    const days = all.bill.length
    expect(new Set(all.bill.map(({ entryId }) => entryId)).size).toBe(days)
    // Two years are 730 or 731 days.
    expect(Math.abs(days - 730)).toBeLessThanOrEqual(1)
    expect(all.bill.map(({ at }) => at)).toEqual(
      all.bill
        .map(({ at }) => at)
        .sort()
        .reverse(),
    )
    expect(pageCount).toBe(8)
  })

  it('goes on where a page is exactly full', async () => {
    const { personId } = await core.addPerson({ walletFen: 0 })
    await core.db.pool.query(
      `insert into notices (school_id, person_id, notice_id, kind, data)
       select '1001', $1, gen_random_uuid(), 'card', '{"change":"locked"}' from generate_series(1, 200)`,
      [personId],
    )
    const { all, pageCount } = await exportData(personId)
    expect([all.notices.length, all.approvals.length, pageCount]).toEqual([200, 1, 2])
  })

  it('is another’s for nobody', async () => {
    const [one, two] = [await core.addPerson({ walletFen: 0 }), await core.addPerson()]
    const { all } = await exportData(one.personId)
    expect(myDataListNames.filter((name) => all[name].length > 0)).toEqual(['approvals'])
    const approvalId = await approve(core, two.personId, EXPORT)
    expect((await getPage(one.personId, approvalId)).body.code).toBe('APPROVAL_INVALID')
    expect((await getPage(two.personId, approvalId)).status).toBe(200)
  })
})

describe('the approval of an export', () => {
  it('is given on the keypad like any other, and good for this alone', async () => {
    const personId = await keypad.addPersonWithPassword('417290')
    const page = await keypad.openPage(personId, EXPORT)
    const { approvalId } = page
    expect((await getPage(personId, approvalId)).body.code).toBe('APPROVAL_INVALID')
    await keypad.enter(page, '417290')
    const options = { params: { personId }, body: { approvalId } }
    expect(await core.refused('signAgreement', options)).toBe('APPROVAL_INVALID')
    expect((await getPage(personId, approvalId)).status).toBe(200)
    expect(await keypad.stateOf(personId, page)).toBe('spent')
  })

  it('is spent by the first page and answers repeats and pages for a quarter of an hour', async () => {
    const { personId } = await core.addPerson()
    const { approvalId } = await exportData(personId)
    const shift = (minutes: number) =>
      core.db.pool.query(
        'update approvals set expires_at = expires_at - $2 * interval $$1 minute$$ where approval_id = $1',
        [approvalId, minutes],
      )
    expect((await getPage(personId, approvalId)).status).toBe(200)
    await shift(14)
    expect((await getPage(personId, approvalId)).status).toBe(200)
    await shift(2)
    expect((await getPage(personId, approvalId)).body.code).toBe('APPROVAL_INVALID')
  })

  it('APPROVAL_INVALID when it is unknown, of something else, cancelled, or not used in time', async () => {
    const { personId } = await core.addPerson()
    const refused = async (approvalId: string) =>
      expect((await getPage(personId, approvalId)).body.code).toBe('APPROVAL_INVALID')
    await refused(v7())
    const other = await approve(core, personId, { kind: 'close_wallet' })
    await refused(other)
    await core.db.pool.query(`update approvals set status = 'spent' where approval_id = $1`, [
      other,
    ])
    await refused(other)
    const late = await approve(core, personId, EXPORT)
    await core.db.pool.query('update approvals set expires_at = now() where approval_id = $1', [
      late,
    ])
    await refused(late)
    const cancelled = await approve(core, personId, EXPORT)
    await core.db.pool.query(`update approvals set status = 'cancelled' where approval_id = $1`, [
      cancelled,
    ])
    await refused(cancelled)
  })

  it('BAD_REQUEST for what is no cursor, SIGNATURE_REPLAYED for a nonce that was seen', async () => {
    const { personId } = await core.addPerson()
    const approvalId = await approve(core, personId, EXPORT)
    for (const cursor of ['', 'x', 'bill.', 'bill.1', `bill.1.${v7()}.`, `people.1.${v7()}`]) {
      expect((await getPage(personId, approvalId, cursor)).body.code).toBe('BAD_REQUEST')
    }
    const once = { params: { personId }, body: { approvalId }, nonce: 'a-nonce-of-an-export-a' }
    expect((await core.call('getMyData', once)).status).toBe(200)
    expect(await core.refused('getMyData', once)).toBe('SIGNATURE_REPLAYED')
  })
})
