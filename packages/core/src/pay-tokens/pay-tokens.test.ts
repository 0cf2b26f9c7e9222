import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PayToken } from '@campus-ecode/protocol/payments'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findCard } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { expirePayments } from '../payments/expire-payments.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createWalletPages } from '../wallet/testing/wallet-pages.ts'
import { deleteFaces } from './store.ts'

let core: HttpCore
let pages: ReturnType<typeof createWalletPages>
beforeAll(async () => {
  core = await createHttpCore()
  pages = createWalletPages(core)
})
afterAll(async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
  await core.close()
})

/** Somebody with a card that pays, unless told otherwise. */
async function addHolder({
  kind = 'card' as PayToken['kind'],
  signed = true,
  consent = true,
  defaultAccount = 'wallet',
  ...person
}: Parameters<HttpCore['addPerson']>[0] & {
  kind?: PayToken['kind']
  signed?: boolean
  consent?: boolean
  defaultAccount?: string
} = {}) {
  const { personId } = await core.addPerson(person)
  const token = await core.giveToken(personId, { kind })
  if (signed) await core.signAgreement(personId)
  if (consent && kind === 'face') await agree(personId)
  await core.db.pool.query('update payers set default_account = $2 where person_id = $1', [
    personId,
    defaultAccount,
  ])
  return { personId, token }
}

const agree = (personId: string) =>
  core.call('giveConsent', { params: { personId }, body: { purpose: 'face' } })
const swipe = (token: PayToken, amountFen = 100, orderNo = v7()) =>
  core.call('pay', { body: { orderNo, amountFen, token } })
const query = async (orderNo: string) =>
  (await core.call('getPayment', { params: { orderNo } })).body
const cancel = (personId: string) => core.call('cancelAgreement', { params: { personId } })

/** A till of its own, so that abuse counters never meet. */
const addTill = async () => core.giveKey(await core.addTerminal())

/** Until a statement of this database waits for a row. */
async function waitForLock() {
  const waiting = `select from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock'`
  while ((await core.db.pool.query(waiting)).rowCount === 0) await sleep(5)
}

async function rowOf(orderNo: string) {
  const { rows } = await core.db.pool.query('select * from payments where order_no = $1', [orderNo])
  return rows[0]
}

describe('a card or face at a terminal (R29)', () => {
  it.each(['card', 'face'] as const)('pays by %s as a code would, and says so', async (kind) => {
    const { personId, token } = await addHolder({ kind, personClass: 'student' })
    const orderNo = v7()
    const { status, body } = await swipe(token, 1_000, orderNo)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ status: 'PAID', means: kind, listFen: 1_000, amountFen: 900, channel: 'wallet' },
      payer: { class: 'student', maskedName: '林*夏' },
      rule: { changeFen: -100 },
    })
    expect(await query(orderNo)).toEqual(body)
    expect(await core.payer(personId)).toMatchObject({ wallet_fen: 9_100, spent_fen: 900 })
    const entry = { params: { personId, entryId: body.paymentId } }
    expect((await core.call('getBillEntry', entry)).body).toMatchObject({ means: kind })
    const refund = { params: { orderNo }, body: { refundNo: 'r', amountFen: 900 } }
    expect((await core.call('refund', refund)).status).toBe(200)
    const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
    const bill = await core.call('getBill', { params: { personId }, query: { month } })
    expect(bill.body.entries.map((each: { means: unknown }) => each.means)).toEqual([
      ...[kind, kind, null],
    ])
    await core.settleEvents()
    const events = await core.call('getEvents', { params: { personId } })
    const { cursor } = events.body
    const again = await swipe(token, 50)
    await core.settleEvents()
    const page = await core.call('getEvents', { params: { personId }, query: { after: cursor } })
    expect(page.body.events).toMatchObject([
      {
        data: {
          ...{ type: 'payment', account: 'wallet', deviceId: null, codeId: null },
          entry: { paymentId: again.body.paymentId, means: kind, status: 'PAID' },
        },
      },
    ])
  })

  it('says of a code that it was one', async () => {
    const { personId } = await core.addPerson()
    const code = await core.issueCode(personId)
    const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen: 1, code } })
    expect(body.means).toBe('code')
    const orderNo = v7()
    await core.reverse(orderNo)
    expect((await query(orderNo)).means).toBeNull()
  })

  it('takes the default account, and the bound card when the wallet is short (R7, R13)', async () => {
    const oneCard = await addHolder({ defaultAccount: 'one_card' })
    expect((await swipe(oneCard.token)).body).toMatchObject({ status: 'PAID', channel: 'one_card' })
    const short = await addHolder({ walletFen: 50, bankCard: true })
    expect((await swipe(short.token)).body).toMatchObject({ status: 'PAID', channel: 'bank_card' })
    expect((await core.payer(short.personId)).wallet_fen).toBe(50)
  })

  it('leaves the codes on display alive: the phone was not shown', async () => {
    const { personId, token } = await addHolder()
    const code = await core.issueCode(personId)
    expect((await swipe(token)).status).toBe(200)
    const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen: 1, code } })
    expect(body.status).toBe('PAID')
  })

  it('pays an order once: repeats get its answer, other content is refused (R33)', async () => {
    const { personId, token } = await addHolder()
    const other = await addHolder()
    const orderNo = v7()
    const answers = await Promise.all([1, 2, 3, 4].map(() => swipe(token, 100, orderNo)))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect((await swipe(token, 101, orderNo)).body.code).toBe('ORDER_NO_REUSED')
    expect((await swipe(other.token, 100, orderNo)).body.code).toBe('ORDER_NO_REUSED')
    const asFace = { ...token, kind: 'face' as const }
    expect((await swipe(asFace, 100, orderNo)).body.code).toBe('ORDER_NO_REUSED')
    const code = await core.issueCode(personId)
    const byCode = await core.call('pay', { body: { orderNo, amountFen: 100, code } })
    expect(byCode.body.code).toBe('ORDER_NO_REUSED')
    await cancel(personId)
    // What is decided is answered whatever came after.
    expect((await swipe(token, 100, orderNo)).body.status).toBe('PAID')
    expect((await core.payer(personId)).wallet_fen).toBe(9_900)
  })

  it.each([
    ['neither', {}],
    ['both', { code: '711001120143221573602495', token: { kind: 'card', value: '1' } }],
    ['another kind', { token: { kind: 'ring', value: '1' } }],
    ['no value', { token: { kind: 'card', value: '' } }],
    ['too long a value', { token: { kind: 'card', value: '1'.repeat(129) } }],
    ['a value that is not printable ASCII', { token: { kind: 'card', value: '卡1' } }],
    ['a value with a line end', { token: { kind: 'card', value: '1\n' } }],
    ['more', { token: { kind: 'card', value: '1', account: 'wallet' } }],
  ])('BAD_REQUEST for %s', async (_, shown) => {
    const body = { orderNo: v7(), amountFen: 100, ...shown }
    expect(await core.refused('pay', { body })).toBe('BAD_REQUEST')
  })

  it('keeps of the token a keyed hash, and of the order none that could be tried out', async () => {
    const { token } = await addHolder()
    const orderNo = v7()
    await swipe(token, 100, orderNo)
    const { content_hash } = await rowOf(orderNo)
    for (const text of [token.value, `card\n${token.value}`]) {
      for (const content of [text, `100\n${text}`]) {
        expect(content_hash).not.toEqual(createHash('sha256').update(content).digest())
      }
    }
    expect(core.logged.join('')).not.toContain(token.value)
  })
})

describe('the password-free agreement (R14)', () => {
  it('AGREEMENT_MISSING without it: an order that is refused for good, and told to the phone', async () => {
    const { personId, token } = await addHolder({ signed: false })
    const orderNo = v7()
    const refused = await swipe(token, 100, orderNo)
    expect(refused.status).toBe(403)
    expect(refused.body).toMatchObject({
      code: 'AGREEMENT_MISSING',
      message: { 'zh-CN': expect.stringContaining('您的电子钱包尚未开通免密支付') },
    })
    expect(await query(orderNo)).toMatchObject({ status: 'REFUSED', means: 'card', channel: null })
    expect(await core.payer(personId)).toMatchObject({ wallet_fen: 10_000, spent_fen: 0 })
    const { body } = await core.call('getBillEntry', {
      params: { personId, entryId: (await query(orderNo)).paymentId },
    })
    expect(body).toMatchObject({ status: 'REFUSED', refusal: { code: 'AGREEMENT_MISSING' } })
    await setPassword(core, personId)
    await pages.approved('signAgreement', personId, { kind: 'sign_agreement' })
    expect((await swipe(token, 100, orderNo)).body.code).toBe('AGREEMENT_MISSING')
    expect((await swipe(token)).body.status).toBe('PAID')
  })

  it('is for the wallet: codes, and the one-card account, pay without', async () => {
    const { personId, token } = await addHolder({ signed: false, defaultAccount: 'one_card' })
    expect((await swipe(token)).body).toMatchObject({ status: 'PAID', channel: 'one_card' })
    const code = await core.issueCode(personId)
    const { body } = await core.call('pay', { body: { orderNo: v7(), amountFen: 1, code } })
    expect(body).toMatchObject({ status: 'PAID', channel: 'wallet' })
  })

  it('ends at once when it is cancelled, and with the wallet', async () => {
    const { personId, token } = await addHolder()
    const orderNo = v7()
    await swipe(token, 100, orderNo)
    expect((await rowOf(orderNo)).agreement_signed_at).toBeInstanceOf(Date)
    await cancel(personId)
    expect((await swipe(token)).body.code).toBe('AGREEMENT_MISSING')
  })

  it('and a swipe at the same moment: no payment begins after the cancellation', async () => {
    for (let round = 0; round < 10; round++) {
      const { personId, token } = await addHolder()
      const swipes = Array.from({ length: 6 }, () => ({ orderNo: v7() }))
      await Promise.all([
        ...swipes.slice(0, 3).map(({ orderNo }) => swipe(token, 10, orderNo)),
        cancel(personId),
        ...swipes.slice(3).map(({ orderNo }) => swipe(token, 10, orderNo)),
      ])
      const { rows } = await core.db.pool.query(
        `select p.status, p.agreement_signed_at, p.created_at > n.at as after
           from payments p join notices n on n.person_id = p.person_id and n.kind = 'agreement'
          where p.person_id = $1`,
        [personId],
      )
      expect(rows).toHaveLength(6)
      for (const { status, agreement_signed_at, after } of rows) {
        expect(status === 'PAID').toBe(agreement_signed_at !== null)
        if (after) expect(status).toBe('REFUSED')
      }
    }
  })

  it('is looked at again when the till has waited for the password (R23)', async () => {
    const { personId, token } = await addRich()
    const { body } = await swipe(token, 30_000)
    expect(body).toMatchObject({ status: 'AWAITING_PASSWORD', means: 'card' })
    await cancel(personId)
    const { paymentId } = body
    const approvalId = await approve(core, personId, { kind: 'pay', paymentId })
    const params = { personId, paymentId }
    const confirmed = await core.call('confirmPayment', { params, body: { approvalId } })
    expect(confirmed.body).toMatchObject({
      status: 'REFUSED',
      refusal: { code: 'AGREEMENT_MISSING' },
    })
    expect(await core.payer(personId)).toMatchObject({ wallet_fen: 60_000, spent_fen: 0 })
  })
})

/** Whose own limits allow more than goes without a password. */
async function addRich(more: Parameters<typeof addHolder>[0] = {}) {
  const holder = await addHolder({ walletFen: 60_000, ...more })
  await core.db.pool.query(
    'update payers set single_limit_fen = 50000, daily_limit_fen = 300000 where person_id = $1',
    [holder.personId],
  )
  await setPassword(core, holder.personId)
  return holder
}

describe('what holds for codes holds for cards and faces', () => {
  it.each([
    ['CARD_LOCKED', { cardStatus: 'locked' }],
    ['CARD_NOT_CLAIMED', { cardStatus: 'unclaimed' }],
    ['CARD_CLOSED', { cardStatus: 'closed' }],
    ['ACCOUNT_NOT_OPEN', { wallet: 'closed', walletFen: 0 }],
    ['ACCOUNT_NOT_OPEN', { defaultAccount: 'one_card', oneCardStatus: 'not_open' }],
    ['INSUFFICIENT_FUNDS', { walletFen: 99 }],
  ])('%s', async (code, person) => {
    const { token } = await addHolder(person)
    const orderNo = v7()
    expect((await swipe(token, 100, orderNo)).body.code).toBe(code)
    expect((await query(orderNo)).status).toBe('REFUSED')
  })

  it('the limits (R15), and one count for all means', async () => {
    const { personId, token } = await addHolder({ walletFen: 90_000 })
    expect((await swipe(token, 20_001)).body.code).toBe('OVER_SINGLE_LIMIT')
    await core.db.pool.query('update payers set daily_limit_fen = 300 where person_id = $1', [
      personId,
    ])
    const code = await core.issueCode(personId)
    await core.call('pay', { body: { orderNo: v7(), amountFen: 200, code } })
    expect((await swipe(token, 101)).body.code).toBe('OVER_DAILY_LIMIT')
    const swipes = await Promise.all(Array.from({ length: 12 }, () => swipe(token, 10)))
    expect(swipes.filter(({ status }) => status === 200)).toHaveLength(10)
    expect(await core.payer(personId)).toMatchObject({ spent_fen: 300, wallet_fen: 89_700 })
  })

  it('the password above what goes without: the till waits, the phone pays or says no (R23)', async () => {
    const { personId, token } = await addRich()
    const orderNo = v7()
    const { status, body } = await swipe(token, 20_001, orderNo)
    expect([status, body.status, body.channel]).toEqual([202, 'AWAITING_PASSWORD', null])
    const { paymentId } = body
    const approvalId = await approve(core, personId, { kind: 'pay', paymentId })
    const params = { personId, paymentId }
    const confirmed = await core.call('confirmPayment', { params, body: { approvalId } })
    expect(confirmed.body).toMatchObject({ status: 'PAID', means: 'card', channel: 'wallet' })
    expect(await query(orderNo)).toMatchObject({ status: 'PAID', means: 'card' })
    expect((await core.payer(personId)).wallet_fen).toBe(39_999)

    const face = await addRich({ kind: 'face' })
    const waiting = await swipe(face.token, 20_001)
    const waitsFor = { personId: face.personId, paymentId: waiting.body.paymentId as string }
    await core.call('withdrawConsent', { params: waitsFor, body: { purpose: 'face' } })
    const late = await core.call('confirmPayment', {
      params: waitsFor,
      body: {
        approvalId: await approve(core, face.personId, {
          kind: 'pay',
          paymentId: waitsFor.paymentId,
        }),
      },
    })
    expect(late.body.refusal.code).toBe('FACE_CONSENT_MISSING')

    const third = await swipe(token, 20_001)
    await core.db.pool.query(
      `update payments set confirm_by = now() - interval '1 second' where payment_id = $1`,
      [third.body.paymentId],
    )
    await expirePayments(core.services)
    expect((await query(third.body.orderNo)).refusal.code).toBe('PASSWORD_TIMED_OUT')
  })

  it('PASSWORD_REQUIRED where none is set', async () => {
    const { personId, token } = await addHolder({ walletFen: 60_000 })
    await core.db.pool.query('update payers set single_limit_fen = 50000 where person_id = $1', [
      personId,
    ])
    expect((await swipe(token, 20_001)).body.code).toBe('PASSWORD_REQUIRED')
  })

  it('a lock: of swipes at the same moment each is wholly before or after it (R6)', async () => {
    const { personId, token } = await addHolder()
    const lock = core.call('lockCard', { params: { personId } })
    const answers = await Promise.all(Array.from({ length: 8 }, () => swipe(token, 10)))
    await lock
    const paid = answers.filter(({ status }) => status === 200).length
    expect((await core.payer(personId)).wallet_fen).toBe(10_000 - 10 * paid)
    expect((await swipe(token)).body.code).toBe('CARD_LOCKED')
  })

  it('what is outside: a silent bank leaves it unknown, a reversal ends it (R33)', async () => {
    const { token } = await addHolder({ walletFen: 0, bankCard: true })
    core.bank.setFault('silent')
    const orderNo = v7()
    expect((await swipe(token, 100, orderNo)).body).toMatchObject({
      ...{ status: 'UNKNOWN', means: 'card' },
    })
    core.bank.setFault('none')
    const reversed = await core.call('reverse', { params: { orderNo }, body: {} })
    expect(reversed.body).toMatchObject({ status: 'REVERSED', means: 'card' })
    expect((await swipe(token, 100, orderNo)).body.code).toBe('ORDER_REVERSED')
  })
})

describe('whose a card or face is', () => {
  it('TOKEN_UNKNOWN of nobody’s counts as a bad code: three in a row pause the till', async () => {
    const till = await addTill()
    const { personId, token } = await addHolder()
    const at = (shown: object) =>
      core.call('pay', { key: till.key, body: { orderNo: v7(), amountFen: 1, ...shown } })
    const nobodys = { token: { kind: 'card', value: 'nobody-has-this' } }
    for (let i = 0; i < 3; i++) {
      expect((await at(nobodys)).body.code).toBe('TOKEN_UNKNOWN')
    }
    expect((await at({ token })).body.code).toBe('TERMINAL_PAUSED')
    expect((await at({ code: await core.issueCode(personId) })).body.code).toBe('TERMINAL_PAUSED')
    core.moveClock(5_100)
    expect((await at({ token })).body.status).toBe('PAID')
    core.moveClock(-5_100)
  })

  it('one that was taken away is refused and no guess, and told from none by nobody', async () => {
    const till = await addTill()
    const { token } = await addHolder()
    await core.db.pool.query(
      `update payment_tokens set removed_at = now() where school_id = $1 and token_index = $2`,
      [SCHOOL, await core.services.keys.index(`pay-token/${SCHOOL}/card`, token.value)],
    )
    for (let i = 0; i < 4; i++) {
      const body = { orderNo: v7(), amountFen: 1, token }
      expect((await core.call('pay', { key: till.key, body })).body.code).toBe('TOKEN_UNKNOWN')
    }
  })

  it('one that is taken away between look and payment pays nothing', async () => {
    const { personId, token } = await addHolder({ kind: 'face' })
    const order = { orderNo: v7() }
    // The payment waits for the payer, who is taking it away.
    const paying = await inTransaction(core.db.pool, async (tx) => {
      await tx.query('select from payers where person_id = $1 for update', [personId])
      const sent = swipe(token, 100, order.orderNo)
      await waitForLock()
      await deleteFaces(tx, SCHOOL, personId)
      return { sent }
    })
    expect((await paying.sent).body.code).toBe('TOKEN_UNKNOWN')
    expect((await query(order.orderNo)).code).toBe('ORDER_NOT_FOUND')
  })

  it('a face is no card, and another school’s is nobody’s', async () => {
    const { personId, token } = await addHolder()
    expect((await swipe({ ...token, kind: 'face' })).body.code).toBe('TOKEN_UNKNOWN')
    const abroad = await core.giveToken(personId, { schoolId: '2002' })
    expect((await swipe(abroad)).body.code).toBe('TOKEN_UNKNOWN')
    expect(await findCard(core.db.pool, '2002', personId)).toBeUndefined()
  })
})

describe('paying by face (R42)', () => {
  it('FACE_CONSENT_MISSING until the person agrees; agreeing is repeated without harm', async () => {
    const { personId, token } = await addHolder({ kind: 'face', consent: false })
    expect((await swipe(token)).body.code).toBe('FACE_CONSENT_MISSING')
    const first = await agree(personId)
    expect(first.status).toBe(200)
    const again = await agree(personId)
    expect(again.body).toEqual(first.body)
    expect((await swipe(token)).body).toMatchObject({ status: 'PAID', means: 'face' })
  })

  it('needs the consent also where the one-card account pays', async () => {
    const { token } = await addHolder({
      ...{ kind: 'face', consent: false, defaultAccount: 'one_card' },
    })
    expect((await swipe(token)).body.code).toBe('FACE_CONSENT_MISSING')
  })

  it('ends with the consent: nothing of the face remains, cards stay', async () => {
    const { personId, token } = await addHolder({ kind: 'face' })
    const card = await core.giveToken(personId)
    await core.call('withdrawConsent', { params: { personId }, body: { purpose: 'face' } })
    expect((await swipe(token)).body.code).toBe('TOKEN_UNKNOWN')
    expect((await swipe(card)).body.status).toBe('PAID')
    const { rows } = await core.db.pool.query(
      'select kind from payment_tokens where person_id = $1',
      [personId],
    )
    expect(rows).toEqual([{ kind: 'card' }])
  })

  it('is not agreed to with a card that is locked, closed or not claimed, or by nobody', async () => {
    for (const [cardStatus, code] of [
      ['locked', 'CARD_LOCKED'],
      ['closed', 'CARD_CLOSED'],
      ['unclaimed', 'CARD_NOT_CLAIMED'],
    ] as const) {
      const { personId } = await core.addPerson({ cardStatus })
      expect((await agree(personId)).body.code).toBe(code)
    }
    expect((await agree(v7())).body.code).toBe('NOT_FOUND')
    const { personId } = await core.addPerson()
    const body = { purpose: 'gate_records' }
    expect(await core.refused('giveConsent', { params: { personId }, body })).toBe('BAD_REQUEST')
  })
})
