import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import { keepOpenid, saveSignInBinding } from '../sign-ins/binding-store.ts'
import { endSignIns } from '../sign-ins/end-wechat-sign-in.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { fillTemplate, parseTemplate, type WechatTemplates } from './templates.ts'
import { createMessageSender } from './worker.ts'

const template = (id: string, fields: string) => {
  const parsed = parseTemplate(`TM-${id}-0000000000000000:${fields}`)
  if (!parsed) throw new Error('no template')
  return parsed
}
const templates: WechatTemplates = {
  paid: template('paid', 'thing1=merchant,amount2=amount,time3=time,character_string4=number'),
  refunded: template('refunded', 'thing1=merchant,amount2=amount'),
  top_up: template('topup', 'amount1=amount,phrase2=status,thing3=account'),
  withdrawal: template('withdrawal', 'amount1=amount,phrase2=status'),
  locked: template('locked', 'thing1=title,time2=time,thing3=school'),
}
let core: HttpCore
let sender: NonNullable<ReturnType<typeof createMessageSender>>
beforeAll(async () => {
  core = await createHttpCore()
  core.services.wechatTemplates = templates
  const made = createMessageSender(core.services)
  if (!made) throw new Error('nothing sends')
  sender = made
  await sender.sendOnce() // From now on.
})
beforeEach(() => {
  core.wechat.setFault('none')
  core.wechat.refuseMessages(undefined)
  core.wechat.messages.length = 0
})
afterAll(() => core.close())

async function addFollower({ signsIn = true, bankCard = false } = {}) {
  const person = await core.addPerson({ bankCard })
  const openid = `o-${person.personId}`
  if (signsIn) {
    const known = await keepOpenid(core.services, SCHOOL, 'official_account', openid)
    await inTransaction(core.services.db.pool, (tx) =>
      saveSignInBinding(tx, SCHOOL, person.personId, 'official_account', known),
    )
  }
  return { ...person, openid }
}
let orders = 0
async function pay(personId: string, amountFen = 1_250): Promise<string> {
  const code = await core.issueCode(personId)
  const orderNo = `message-${++orders}`
  const { body } = await core.call('pay', { body: { orderNo, amountFen, code } })
  expect(body.status).toBe('PAID')
  return orderNo
}
async function send() {
  await core.settleEvents()
  await sender.sendOnce()
  return core.wechat.messages
}
const makeDue = () =>
  core.services.db.pool.query(
    'update wechat_messages set next_attempt_at = now() where next_attempt_at is not null',
  )
const stateOf = async (personId: string) =>
  (
    await core.services.db.pool.query(
      `select sent_at is not null as sent, next_attempt_at is null as over, failure
         from wechat_messages where person_id = $1`,
      [personId],
    )
  ).rows

describe('a receipt in WeChat (R41)', () => {
  it('says what was paid, where, when, to who signs in by WeChat', async () => {
    const { personId, openid } = await addFollower()
    await pay(personId)
    const [message, ...more] = await send()
    expect(more).toEqual([])
    expect(message).toEqual({
      openid,
      templateId: 'TM-paid-0000000000000000',
      data: {
        thing1: { value: '第一食堂' },
        amount2: { value: '¥12.50' },
        time3: { value: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/) },
        character_string4: { value: expect.stringMatching(/^[0-9a-f]{32}$/) },
      },
      messageId: expect.stringMatching(/^[0-9a-f]{32}$/),
      url: 'https://bff.example/h5/1001',
    })
    expect(await stateOf(personId)).toEqual([{ sent: true, over: true, failure: null }])
  })

  it('goes to who pays by WeChat as well, and to nobody who has none', async () => {
    const nobody = await addFollower({ signsIn: false })
    const payer = await addFollower({ signsIn: false })
    const openid = await core.bindWechat(payer.personId)
    await pay(nobody.personId)
    await pay(payer.personId)
    expect((await send()).map((message) => message.openid)).toEqual([openid])
  })

  it('comes once, however often it is looked, and by however many processes', async () => {
    const { personId } = await addFollower()
    await pay(personId)
    await core.settleEvents()
    const others = [1, 2].map(() => createMessageSender(core.services))
    await Promise.all([sender, ...others].map((one) => one?.sendOnce()))
    await sender.sendOnce()
    expect(core.wechat.messages).toHaveLength(1)
    // The same events again, as after a restored place.
    await core.services.db.pool.query(`update event_places set tx = '0'`)
    await sender.sendOnce()
    await makeDue()
    await sender.sendOnce()
    expect(core.wechat.messages).toHaveLength(1)
  })

  it('comes for a refund, a transfer and a lock, too', async () => {
    const { personId, openid } = await addFollower({ bankCard: true })
    const orderNo = await pay(personId)
    await core.call('refund', { params: { orderNo }, body: { refundNo: 'r-1', amountFen: 300 } })
    await core.call('lockCard', { params: { personId } })
    const messages = (await send()).filter((message) => message.openid === openid)
    const byTemplate = new Map(messages.map(({ templateId, data }) => [templateId, data]))
    expect([...byTemplate.keys()].sort()).toEqual([
      'TM-locked-0000000000000000',
      'TM-paid-0000000000000000',
      'TM-refunded-0000000000000000',
    ])
    expect(messages).toHaveLength(3)
    expect(byTemplate.get('TM-refunded-0000000000000000')).toEqual({
      thing1: { value: '第一食堂' },
      amount2: { value: '¥3.00' },
    })
    expect(byTemplate.get('TM-locked-0000000000000000')).toMatchObject({
      thing1: { value: '校园卡已挂失' },
      thing3: { value: '云谷大学' },
    })
  })

  it('says what the bank has decided', async () => {
    const { personId } = await addFollower({ bankCard: true })
    const { pool } = core.services.db
    for (const [kind, outcome] of [
      ['top_up', 'succeeded'],
      ['withdrawal', 'declined'],
    ]) {
      const { rows } = await pool.query(
        `insert into external_movements (school_id, movement_id, kind, port, reference, person_id, bank_card_id,
                                         amount_fen, state, outcome, next_attempt_at, settled_at)
         select school_id, gen_random_uuid(), $2, 'bank', 'ref-' || gen_random_uuid(), person_id, bank_card_id,
                10000, 'done', $3, now(), now()
           from payers where person_id = $1
         returning movement_id`,
        [personId, kind, outcome],
      )
      await inTransaction(pool, (tx) =>
        insertEvent(tx, {
          ...{ schoolId: SCHOOL, personId, eventId: core.services.newId() },
          ...{ kind: 'transfer', transferId: rows[0].movement_id },
        }),
      )
    }
    const told = (await send()).map(({ data }) => data)
    expect(told).toHaveLength(2)
    expect(told).toEqual(
      expect.arrayContaining([
        {
          amount1: { value: '¥100.00' },
          phrase2: { value: '充值成功' },
          thing3: { value: '建设银行 1234' },
        },
        { amount1: { value: '¥100.00' }, phrase2: { value: '提现失败' } },
      ]),
    )
  })

  it('is switched off by the person, and on again', async () => {
    const { personId } = await addFollower()
    const set = (wechat: boolean) =>
      core.call('setNoticeSettings', {
        params: { personId },
        body: { lowBalanceFen: null, wechat },
      })
    expect((await set(false)).body).toEqual({ lowBalanceFen: null, wechat: false })
    await pay(personId)
    expect(await send()).toEqual([])
    const kept = await core.call('setNoticeSettings', {
      params: { personId },
      body: { lowBalanceFen: 500 },
    })
    expect(kept.body).toEqual({ lowBalanceFen: 500, wechat: false })
    await set(true)
    await pay(personId)
    expect(await send()).toHaveLength(1)
  })

  it('can be switched where one of the two WeChats is known, and templates are set', async () => {
    const offered = async ({ personId }: { personId: string }) =>
      (await core.call('getNotices', { params: { personId } })).body.wechatReceipts
    const nobody = await addFollower({ signsIn: false })
    const payer = await addFollower({ signsIn: false })
    await core.bindWechat(payer.personId)
    const follower = await addFollower()
    expect(await Promise.all([nobody, payer, follower].map(offered))).toEqual([false, true, true])
    core.services.wechatTemplates = {}
    expect(await offered(follower)).toBe(false)
    core.services.wechatTemplates = templates
  })

  it('is not sent to whom it was meant for before, once that WeChat is gone', async () => {
    const { personId } = await addFollower()
    core.wechat.setFault('down')
    await pay(personId)
    await send()
    await inTransaction(core.services.db.pool, (tx) =>
      endSignIns(tx, core.services, { schoolId: SCHOOL, personId }),
    )
    core.wechat.setFault('none')
    core.moveClock(5_000)
    await makeDue()
    expect(await send()).toEqual([])
    expect(await stateOf(personId)).toEqual([{ sent: false, over: true, failure: 'not wanted' }])
  })
})

describe('a message that WeChat does not take', () => {
  it.each([43004, 43101, 40003, 40037, 48001])('is given up after %d', async (errcode) => {
    const { personId } = await addFollower()
    core.wechat.refuseMessages({ reason: 'refused', errcode })
    await pay(personId)
    await send()
    expect(await stateOf(personId)).toEqual([{ sent: false, over: true, failure: String(errcode) }])
  })

  it('makes an alarm where the account is wrong, and none where the person does not follow', async () => {
    for (const [errcode, alarms] of [
      [43004, 0],
      [40037, 1],
    ] as const) {
      core.logged.length = 0
      core.wechat.refuseMessages({ reason: 'refused', errcode })
      await pay((await addFollower()).personId)
      await send()
      const alarm = core.logged.filter((line) => line.includes('refuses a template message'))
      expect(alarm).toHaveLength(alarms)
    }
  })

  it.each([
    [{ reason: 'busy' }, 'busy'],
    [{ reason: 'refused', errcode: 43117 }, '43117'],
  ] as const)('is tried again after %j, later', async (failed, failure) => {
    const { personId } = await addFollower()
    core.wechat.refuseMessages(failed)
    await pay(personId)
    await send()
    expect(await stateOf(personId)).toEqual([{ sent: false, over: false, failure }])
    core.wechat.refuseMessages(undefined)
    expect(await send()).toEqual([])
    await makeDue()
    expect(await send()).toHaveLength(1)
  })

  it('is given up after six attempts', async () => {
    const { personId } = await addFollower()
    core.wechat.refuseMessages({ reason: 'busy' })
    await pay(personId)
    for (let attempt = 1; attempt <= 6; attempt++) {
      expect((await stateOf(personId))[0]?.over ?? false).toBe(false)
      await send()
      await makeDue()
    }
    expect(await stateOf(personId)).toEqual([{ sent: false, over: true, failure: 'busy' }])
  })

  it('is repeated under its number while WeChat knows that, and not after', async () => {
    const { personId } = await addFollower()
    core.wechat.setFault('drop_answer')
    await pay(personId)
    await send()
    await makeDue()
    await send()
    const ids = core.wechat.messages.map(({ messageId }) => messageId)
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
    await core.services.db.pool.query(
      `update wechat_messages set first_attempt_at = now() - interval '9 minutes' where person_id = $1`,
      [personId],
    )
    await makeDue()
    await send()
    expect(core.wechat.messages).toHaveLength(2)
    expect(await stateOf(personId)).toEqual([{ sent: false, over: true, failure: 'too late' }])
  })

  it('is sent with a new token where the old one is gone', async () => {
    const { personId } = await addFollower()
    await send()
    core.wechat.endToken()
    await pay(personId)
    expect(await send()).toHaveLength(1)
  })

  it('keeps nobody waiting who stops the core', async () => {
    const followers = await Promise.all(Array.from({ length: 20 }, () => addFollower()))
    for (const { personId } of followers) await pay(personId)
    await core.settleEvents()
    await sender.sendOnce(AbortSignal.abort())
    expect(core.wechat.messages).toHaveLength(16)
    await sender.sendOnce()
    expect(core.wechat.messages).toHaveLength(20)
  })

  it('holds up no payment', async () => {
    const { personId } = await addFollower()
    core.wechat.setFault('down')
    const startedAt = performance.now()
    await pay(personId)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    await send()
    expect((await stateOf(personId))[0]).toMatchObject({ over: false })
    core.moveClock(4_000)
  })
})

describe('what is not told', () => {
  it('is what happened before messages were set up, or more than an hour ago', async () => {
    const { personId } = await addFollower()
    await pay(personId)
    await core.services.db.pool.query(
      `update events set at = at - interval '61 minutes' where person_id = $1`,
      [personId],
    )
    expect(await send()).toEqual([])
    await core.services.db.pool.query('delete from event_places')
    await pay(personId)
    expect(await send()).toEqual([])
  })

  it('is a kind without a template; and nothing is, without an account', async () => {
    const { personId } = await addFollower()
    await core.settleEvents()
    await sender.sendOnce()
    const senderOf = (wechatTemplates: WechatTemplates, ports = core.services.ports) =>
      createMessageSender({ ...core.services, wechatTemplates, ports })
    const only = senderOf({ locked: template('locked', 'thing1=title') })
    await pay(personId)
    await core.settleEvents()
    await only?.sendOnce()
    expect(await send()).toEqual([])
    expect(senderOf({})).toBe(undefined)
    expect(senderOf(templates, { ...core.services.ports, officialAccount: undefined })).toBe(
      undefined,
    )
  })

  it('is in no log and no table: openids', async () => {
    const { personId, openid } = await addFollower()
    await pay(personId)
    await send()
    const { rows } = await core.services.db.pool.query(
      'select m::text as row from wechat_messages m',
    )
    expect(rows.map(({ row }) => row).join() + core.logged.join()).not.toContain(openid)
  })
})

describe('the fields of a template', () => {
  const words = {
    title: '一二三四五六七八九十一二三四五六七八九十多了',
    merchant: '第一食堂（云谷校区）第3号窗口牛肉面与各色小吃',
    amount: '¥100000.00',
    time: '2026-09-01 12:03',
    number: 'no 中文 0190',
    account: '',
    status: '支付成功了吗ok',
    school: '云谷大学',
    hint: '提示',
  }
  it('are no longer, and no other, than WeChat takes', () => {
    const fields = [
      'thing1=title',
      'short_thing2=merchant',
      'amount3=amount',
      'character_string4=number',
      'phrase5=status',
      'time6=time',
      'thing7=account',
    ]
    const filled = fillTemplate(template('all', fields.join()), words)
    expect(Object.fromEntries(Object.entries(filled).map(([k, { value }]) => [k, value]))).toEqual({
      thing1: '一二三四五六七八九十一二三四五六七八九十',
      short_thing2: '第一食堂（云谷校区）',
      amount3: '¥100000.00',
      character_string4: 'no0190',
      phrase5: '支付成功了',
      time6: '2026-09-01 12:03',
      thing7: '-',
    })
  })
})
