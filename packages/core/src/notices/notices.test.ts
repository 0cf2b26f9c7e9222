import type { NoticeContent, NoticePage } from '@campus-ecode/protocol/notices'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, type TestKeypad } from '../testing/keypad.ts'
import { createWalletPages } from '../wallet/testing/wallet-pages.ts'

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
let keypad: TestKeypad
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
  keypad = await createTestKeypad(core)
})
afterEach(() => {
  core.bank.setFault('none')
  core.gateway.setFault('none')
})
afterAll(async () => {
  await keypad.close()
  await core.close()
})

async function getNotices(personId: string, cursor?: string): Promise<NoticePage> {
  const query = cursor === undefined ? {} : { query: { cursor } }
  return (await core.call('getNotices', { params: { personId }, ...query })).body
}

/** What the person's notices say, oldest first. */
async function told(personId: string): Promise<NoticeContent[]> {
  const { notices } = await getNotices(personId)
  return notices.map(({ about }) => about).reverse()
}

async function pay(personId: string, amountFen: number, orderNo = v7(), options = {}) {
  const code = await core.issueCode(personId, options)
  return (await core.call('pay', { body: { orderNo, amountFen, code } })).body
}

const setThreshold = (personId: string, lowBalanceFen: number | null) =>
  core.call('setNoticeSettings', { params: { personId }, body: { lowBalanceFen } })

async function cardOf(personId: string): Promise<string> {
  const { rows } = await core.db.pool.query(
    'select card_id from bank_cards where person_id = $1 and unbound_at is null',
    [personId],
  )
  return rows[0].card_id
}

async function transfer(personId: string, kind: 'top_up' | 'withdrawal', amountFen: number) {
  const content = { transferId: v7(), cardId: await cardOf(personId), amountFen }
  const approvalId = await approve(core, personId, { kind, ...content })
  const route = kind === 'top_up' ? 'topUp' : 'withdraw'
  await core.call(route, { params: { personId }, body: { ...content, approvalId } })
  return content.transferId
}

describe('a notice (R41)', () => {
  it('tells of refunds that have arrived', async () => {
    const { personId } = await core.addPerson()
    await pay(personId, 100, 'notice-1')
    const body = { refundNo: 'r', amountFen: 40 }
    for (let i = 0; i < 2; i++) await core.call('refund', { params: { orderNo: 'notice-1' }, body })
    const [about, ...more] = await told(personId)
    expect(about).toEqual({
      kind: 'refund',
      entryId: expect.any(String),
      amountFen: 40,
      merchantName: '第一食堂',
    })
    expect(more).toEqual([])
    const entryId = about?.kind === 'refund' ? about.entryId : ''
    const entry = await core.call('getBillEntry', { params: { personId, entryId } })
    expect(entry.body).toMatchObject({ kind: 'refund', amountFen: 40 })
  })

  it('tells of a refund to the bank card once the bank has returned it, and not before', async () => {
    const { personId } = await core.addPerson({ walletFen: 0, bankCard: true })
    expect((await pay(personId, 100, 'notice-2')).channel).toBe('bank_card')
    core.bank.setFault('silent')
    const body = { refundNo: 'r', amountFen: 100 }
    await core.call('refund', { params: { orderNo: 'notice-2' }, body })
    expect(await told(personId)).toEqual([])
    core.bank.setFault('none')
    await core.db.pool.query('update external_movements set next_attempt_at = now()')
    await driveDueMovements(core.services)
    expect(await told(personId)).toMatchObject([{ kind: 'refund', amountFen: 100 }])
  })

  it('tells of transfers when the bank has decided', async () => {
    const { personId } = await core.addPerson({ bankCard: true })
    const topUp = await transfer(personId, 'top_up', 1_000)
    core.gateway.setFault('decline')
    const withdrawal = await transfer(personId, 'withdrawal', 500)
    core.gateway.setFault('processing')
    await transfer(personId, 'withdrawal', 300)
    const card = { bankName: '建设银行', cardTail: '1234' }
    expect(await told(personId)).toEqual([
      { kind: 'top_up', transferId: topUp, status: 'SUCCEEDED', amountFen: 1_000, ...card },
      { kind: 'withdrawal', transferId: withdrawal, status: 'DECLINED', amountFen: 500, ...card },
    ])
  })

  it('tells what becomes of card, wallet, bank cards, limits and agreement', async () => {
    const { personId } = await core.addPerson({
      cardStatus: 'unclaimed',
      wallet: 'not_open',
      walletFen: 0,
    })
    const params = { personId }
    await core.call('claimCard', { params, body: { consent: true } })
    const first = pages.addBankCard()
    const cardId = await pages.bindCard(personId, first)
    const second = await pages.bindCard(personId)
    await core.call('chooseDefaultCard', { params: { personId, cardId: second } })
    const limits = { singleFen: 5_000, dailyFen: 50_000 }
    await core.call('setLimits', { params, body: limits })
    await core.call('setLimits', { params, body: limits })
    await pages.approved('signAgreement', personId, { kind: 'sign_agreement' })
    await core.call('cancelAgreement', { params })
    await core.call('lockCard', { params })
    await core.call('lockCard', { params })
    await pages.approved('unlockCard', personId, { kind: 'unlock_card' })
    await pages.unbind(personId, cardId)
    await pages.approved('closeWallet', personId, { kind: 'close_wallet' })
    await pages.approved('reopenWallet', personId, { kind: 'reopen_wallet' })
    const bankCard = { kind: 'bank_card', bankName: '云谷银行' }
    const tail = first.cardNo.slice(-4)
    expect(await told(personId)).toMatchObject([
      { kind: 'wallet', change: 'opened' },
      { ...bankCard, change: 'bound', tail },
      { ...bankCard, change: 'bound' },
      { kind: 'limits', ...limits },
      { kind: 'agreement', change: 'signed' },
      { kind: 'agreement', change: 'cancelled' },
      { kind: 'card', change: 'locked' },
      { kind: 'card', change: 'unlocked' },
      { ...bankCard, change: 'unbound', tail },
      { kind: 'wallet', change: 'closed' },
      { kind: 'wallet', change: 'opened' },
    ])
  })

  it('tells of phones and of the password', async () => {
    const personId = await keypad.addPersonWithPassword('417290')
    const old = await core.enrolPhone(personId)
    await core.call('removeDevice', { params: { personId, deviceId: old.deviceId } })
    const page = await keypad.openPage(personId, { kind: 'close_wallet' })
    for (let i = 0; i < 6; i++) await keypad.enter(page, '000001')
    expect(await told(personId)).toEqual([
      { kind: 'password', change: 'set' },
      { kind: 'device', change: 'removed', deviceId: old.deviceId, label: 'test' },
      { kind: 'password', change: 'locked' },
    ])
  })

  it('is kept or lost with what it is about, and marks its event', async () => {
    const { personId } = await core.addPerson()
    await core.settleEvents()
    const { cursor } = (await core.call('getEvents', { params: { personId } })).body
    const event = {
      ...{ schoolId: '1001', personId, eventId: v7() },
      kind: 'card' as const,
      from: 'active' as const,
      to: 'locked' as const,
    }
    const failing = inTransaction(core.db.pool, async (tx) => {
      await insertEvent(tx, event)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await told(personId)).toEqual([])
    await inTransaction(core.db.pool, (tx) => insertEvent(tx, event))
    await pay(personId, 1)
    const { notices } = await getNotices(personId)
    expect(notices.map(({ noticeId }) => noticeId)).toEqual([event.eventId])
    await core.settleEvents()
    const query = { after: cursor }
    const { events } = (await core.call('getEvents', { params: { personId }, query })).body
    expect(events).toMatchObject([{ notice: true, data: { type: 'card' } }, {}])
    expect(events[1]).not.toHaveProperty('notice')
  })

  it('is not made of payments, reversals and what the person begins', async () => {
    const { personId } = await core.addPerson({ cardStatus: 'unclaimed', bankCard: true })
    await core.call('claimCard', { params: { personId }, body: { consent: true } })
    await pay(personId, 100, 'notice-3')
    await core.reverse('notice-3')
    await pay(personId, 30_000)
    expect(await told(personId)).toEqual([])
  })
})

describe('a low balance (R41)', () => {
  it('makes one notice, by the payment that goes from above the threshold to below it', async () => {
    const { personId } = await core.addPerson({ walletFen: 1_000 })
    await setThreshold(personId, 500)
    await pay(personId, 500)
    expect(await told(personId)).toEqual([])
    await core.settleEvents()
    const { cursor } = (await core.call('getEvents', { params: { personId } })).body
    const order = { orderNo: v7(), amountFen: 1, code: await core.issueCode(personId) }
    for (let i = 0; i < 3; i++) await core.call('pay', { body: order })
    await pay(personId, 1)
    const { paymentId } = (await core.call('getPayment', { params: { orderNo: order.orderNo } }))
      .body
    expect(await told(personId)).toEqual([
      { kind: 'low_balance', entryId: paymentId, balanceFen: 499, thresholdFen: 500 },
    ])
    await core.settleEvents()
    const query = { after: cursor }
    const { events } = (await core.call('getEvents', { params: { personId }, query })).body
    expect(events.map(({ notice = false }) => notice)).toEqual([true, false])
  })

  it('counts also where the password was asked for (R23)', async () => {
    const { personId } = await core.addPerson({ walletFen: 60_000 })
    await core.db.pool.query(
      'update payers set single_limit_fen = 50000, daily_limit_fen = 300000 where person_id = $1',
      [personId],
    )
    await setPassword(core, personId)
    await setThreshold(personId, 40_000)
    const confirm = async () => {
      const { paymentId } = await pay(personId, 20_001)
      const approvalId = await approve(core, personId, { kind: 'pay', paymentId })
      const params = { personId, paymentId }
      await core.call('confirmPayment', { params, body: { approvalId } })
      return paymentId
    }
    const entryId = await confirm()
    await confirm()
    expect(await told(personId)).toEqual([
      { kind: 'low_balance', entryId, balanceFen: 39_999, thresholdFen: 40_000 },
    ])
  })

  it('is not what another account pays, nor what is refused, nor what nobody asked for', async () => {
    const { personId } = await core.addPerson({ walletFen: 1_000, bankCard: true })
    await pay(personId, 600)
    await setThreshold(personId, 300)
    expect((await pay(personId, 500)).channel).toBe('bank_card')
    expect((await pay(personId, 350, v7(), { account: 'one_card' })).channel).toBe('one_card')
    expect((await pay(personId, 30_000)).code).toBe('OVER_SINGLE_LIMIT')
    await setThreshold(personId, null)
    await pay(personId, 200)
    expect(await told(personId)).toEqual([])
  })

  it('has a threshold of one’s own, of whole fen, which the list tells', async () => {
    const { personId } = await core.addPerson()
    expect((await getNotices(personId)).settings).toEqual({ lowBalanceFen: null, wechat: true })
    const { status, body } = await setThreshold(personId, 2_000)
    expect([status, body]).toEqual([200, { lowBalanceFen: 2_000, wechat: true }])
    for (const lowBalanceFen of [0, -1, 1.5]) {
      const options = { params: { personId }, body: { lowBalanceFen } }
      expect(await core.refused('setNoticeSettings', options)).toBe('AMOUNT_INVALID')
    }
    expect((await getNotices(personId)).settings).toEqual({ lowBalanceFen: 2_000, wechat: true })
  })
})

describe('the list of notices', () => {
  async function addNotices(personId: string, count: number): Promise<string[]> {
    const { rows } = await core.db.pool.query(
      `insert into notices (school_id, person_id, notice_id, kind, data, at)
       select '1001', $1, gen_random_uuid(), 'card', '{"change":"locked"}', now() - i / 2 * interval '1 minute'
         from generate_series(1, $2) i returning notice_id`,
      [personId, count],
    )
    return rows.map(({ notice_id }) => notice_id)
  }

  const read = (personId: string, upTo: string) =>
    core.call('readNotices', { params: { personId }, body: { upTo } })

  it('is read page by page, newest first, while new ones arrive', async () => {
    const { personId } = await core.addPerson()
    const ids = await addNotices(personId, 120)
    const seen: string[] = []
    const times: string[] = []
    let next: string | null | undefined
    do {
      const page: NoticePage = await getNotices(personId, next ?? undefined)
      seen.push(...page.notices.map(({ noticeId }) => noticeId))
      times.push(...page.notices.map(({ at }) => at))
      next = page.next
      expect(page.notices.length).toBeLessThanOrEqual(50)
      await core.call('lockCard', { params: { personId } })
    } while (next)
    expect([...seen].sort()).toEqual([...ids].sort())
    expect(times).toEqual([...times].sort().reverse())
    expect((await getNotices(personId)).unreadCount).toBe(121)
  })

  it('is marked as read up to a notice, once, and by its person alone', async () => {
    const [{ personId }, other] = [await core.addPerson(), await core.addPerson()]
    await addNotices(personId, 10)
    await addNotices(other.personId, 1)
    const { notices } = await getNotices(personId)
    const upTo = notices[3]?.noticeId ?? ''
    expect((await read(other.personId, upTo)).body.code).toBe('NOTICE_UNKNOWN')
    expect((await read(personId, upTo)).body).toEqual({ unreadCount: 3 })
    const readAt = (await getNotices(personId)).notices.map((notice) => notice.readAt)
    expect(readAt.map((at) => at !== null)).toEqual([
      ...Array(3).fill(false),
      ...Array(7).fill(true),
    ])
    expect((await read(personId, notices[6]?.noticeId ?? '')).body).toEqual({ unreadCount: 3 })
    expect((await read(personId, notices[0]?.noticeId ?? '')).body).toEqual({ unreadCount: 0 })
    expect((await getNotices(personId)).notices[3]?.readAt).toBe(readAt[3])
    expect((await getNotices(other.personId)).unreadCount).toBe(1)
  })

  it('refuses what is no notice, no cursor, and nobody', async () => {
    const { personId } = await core.addPerson()
    const params = { personId }
    expect((await read(personId, v7())).body.code).toBe('NOTICE_UNKNOWN')
    for (const cursor of ['x', '1', `1.${v7()}x`]) {
      expect(await core.refused('getNotices', { params, query: { cursor } })).toBe('BAD_REQUEST')
    }
    const nobody = { params: { personId: v7() } }
    expect(await core.refused('getNotices', nobody)).toBe('NOT_FOUND')
    const body = { lowBalanceFen: 1 }
    expect(await core.refused('setNoticeSettings', { ...nobody, body })).toBe('NOT_FOUND')
  })

  it('takes one nonce once', async () => {
    const { personId } = await core.addPerson()
    const options = { params: { personId }, nonce: 'a-nonce-of-a-notice-ab' }
    const body = { lowBalanceFen: 5 }
    expect((await core.call('setNoticeSettings', { ...options, body })).status).toBe(200)
    const again = { ...options, body: { lowBalanceFen: 6 } }
    expect(await core.refused('setNoticeSettings', again)).toBe('SIGNATURE_REPLAYED')
    const [upTo = ''] = await addNotices(personId, 1)
    expect(await core.refused('readNotices', { ...options, body: { upTo } })).toBe(
      'SIGNATURE_REPLAYED',
    )
    const { settings, unreadCount } = await getNotices(personId)
    expect([settings.lowBalanceFen, unreadCount]).toEqual([5, 1])
  })
})
