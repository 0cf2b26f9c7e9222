import { collectionCheckDigit } from '@campus-ecode/protocol/collection-number'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { hashPageToken } from '../incoming/incoming-page.ts'
import { insertIncomingPage, withdrawIncomingPages } from '../incoming/store.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, type TestKeypad } from '../testing/keypad.ts'
import { giveCollectionCode } from './give-code.ts'
import { fromLinkId, toLinkId } from './link-ids.ts'
import { type CollectionRow, withdrawCollection } from './store.ts'
import { writeCollectionLink } from './verify-link.ts'

let core: HttpCore
let pages: TestKeypad
let code: CollectionRow
let link: string
let personId: string
beforeAll(async () => {
  core = await createHttpCore()
  pages = await createTestKeypad(core)
  code = await giveCode(core.terminal.terminalId)
  link = await writeCollectionLink(core.services, code)
})
afterAll(async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
  await pages.close()
  await core.close()
})
beforeEach(async () => {
  ;({ personId } = await core.addPerson({ personClass: 'student', walletFen: 90_000 }))
  await setPassword(core, personId)
})

function giveCode(terminalId: string): Promise<CollectionRow> {
  const { merchantId } = core
  return inTransaction(core.db.pool, (tx) =>
    giveCollectionCode(tx, { schoolId: SCHOOL, merchantId, terminalId }),
  )
}
const withdraw = (terminalId: string) =>
  inTransaction(core.db.pool, (tx) => withdrawCollection(tx, SCHOOL, terminalId))

const resolve = (ref: object, who = personId) =>
  core.call('resolveCollection', { params: { personId: who }, body: ref })

function pay(more: {
  paymentNo?: string
  amountFen?: number
  account?: string
  collection?: object
}) {
  const usual = { paymentNo: v7(), amountFen: 1_250, account: 'wallet', collection: { link } }
  return core.call('payCollection', { params: { personId }, body: { ...usual, ...more } })
}

async function confirm(paymentId: string) {
  const approvalId = await approve(core, personId, { kind: 'pay', paymentId })
  return core.call('confirmPayment', { params: { personId, paymentId }, body: { approvalId } })
}

/** A number of good form that is nobody's. */
function wrongNumber(at: number): string {
  const digits = String(Number(code.collection_no.slice(0, 9)) ^ (at + 1)).padStart(9, '0')
  return digits + collectionCheckDigit(digits)
}

describe('resolving a code (R24, R25)', () => {
  it('tells whom it pays as the core knows them, by link or number, and what is left of the day', async () => {
    for (const ref of [{ link }, { number: code.collection_no }]) {
      const { status, body } = await resolve(ref)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        ...{ collectionNo: code.collection_no, merchantName: '第一食堂', terminalName: '3号窗口' },
        ...{ rule: { permille: 900 }, leftTodayFen: 50_000 },
      })
    }
    const { personId: teacher } = await core.addPerson()
    expect((await resolve({ link }, teacher)).body.rule).toBeNull()
    await pay({ amountFen: 10_000 })
    expect((await resolve({ link })).body.leftTodayFen).toBe(41_000)
  })

  it('COLLECTION_UNKNOWN for what is not signed, not of this host or school, or not a link at all', async () => {
    const tail = link.slice(-10)
    const bad = [
      'https://school.example/',
      link.replace('keypad.example', 'evil.example'),
      link.replace('s=1001', 's=1002'),
      link.replace('k=1&', 'k=2&'),
      link.replace('k=1&', 'k=01&'),
      link.replace(tail, [...tail].reverse().join('')),
      `${link} `,
      link.replace(/t=[\w-]+/, `t=${toLinkId(v7())}`),
    ]
    for (const text of bad)
      expect((await resolve({ link: text })).body.code).toBe('COLLECTION_UNKNOWN')
  })

  it('tells a slip of the hand without counting it, and ends guessing after ten wrong numbers', async () => {
    const slip = code.collection_no.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
    for (let time = 0; time < 12; time++) {
      expect((await resolve({ number: slip })).body.code).toBe('COLLECTION_UNKNOWN')
    }
    for (let time = 0; time < 10; time++) {
      expect((await resolve({ number: wrongNumber(time) })).body.code).toBe('COLLECTION_UNKNOWN')
    }
    const { body } = await resolve({ number: code.collection_no })
    expect(body.code).toBe('RATE_LIMITED')
    expect(body.retryAfterSeconds).toBeGreaterThan(80_000)
    // Paying is no way around it; scanning goes on.
    expect((await pay({ collection: { number: code.collection_no } })).body.code).toBe(
      'RATE_LIMITED',
    )
    expect((await resolve({ link })).status).toBe(200)
  })

  it('RATE_LIMITED after thirty in ten minutes', async () => {
    for (let time = 0; time < 30; time++) expect((await resolve({ link })).status).toBe(200)
    expect((await resolve({ link })).body.code).toBe('RATE_LIMITED')
  })

  it('MERCHANT_NOT_ACCEPTING while the till is off, and COLLECTION_UNKNOWN once the code is withdrawn', async () => {
    const { terminalId } = await core.addTerminal()
    const own = await giveCode(terminalId)
    const first = await writeCollectionLink(core.services, own)
    const enable = 'update terminals set enabled = $2 where terminal_id = $1'
    await core.db.pool.query(enable, [terminalId, false])
    expect((await resolve({ link: first })).body.code).toBe('MERCHANT_NOT_ACCEPTING')
    await core.db.pool.query(enable, [terminalId, true])

    const { body: begun } = await pay({ paymentNo: 'before', collection: { link: first } })
    await withdraw(terminalId)
    expect((await resolve({ link: first })).body.code).toBe('COLLECTION_UNKNOWN')
    expect((await resolve({ number: own.collection_no })).body.code).toBe('COLLECTION_UNKNOWN')
    expect((await pay({ collection: { link: first } })).body.code).toBe('COLLECTION_UNKNOWN')
    // What was begun before is told of as it is.
    const { body: again } = await pay({ paymentNo: 'before', collection: { link: first } })
    expect(again.paymentId).toBe(begun.paymentId)

    const next = await giveCode(terminalId)
    const second = await writeCollectionLink(core.services, next)
    expect(second).not.toBe(first)
    expect(next.collection_no).not.toBe(own.collection_no)
    expect((await resolve({ link: second })).status).toBe(200)
    expect((await resolve({ link: first })).body.code).toBe('COLLECTION_UNKNOWN')
  })
})

describe('paying a code', () => {
  it('is over once its till is something else, which could not return the money', async () => {
    const { terminalId } = await core.addTerminal()
    const collection = { number: (await giveCode(terminalId)).collection_no }
    expect((await pay({ collection })).status).toBe(202)
    await core.db.pool.query(`update terminals set kind = 'online' where terminal_id = $1`, [
      terminalId,
    ])
    expect((await pay({ collection })).body.code).toBe('COLLECTION_UNKNOWN')
    expect((await resolve(collection)).body.code).toBe('COLLECTION_UNKNOWN')
  })

  it('always asks for the password, is priced for the class, and is the till’s to return', async () => {
    const { status, body } = await pay({ amountFen: 100 })
    expect([status, body.status, body.means]).toEqual([202, 'AWAITING_PASSWORD', 'collection'])
    const { orderNo, paymentId } = body
    expect((await confirm(paymentId)).body).toMatchObject({ status: 'PAID', amountFen: 90 })
    const { body: seen } = await core.call('getPayment', { params: { orderNo } })
    expect(seen).toMatchObject({ status: 'PAID', means: 'collection', payer: { class: 'student' } })
    const refund = { refundNo: 'r1', amountFen: 90 }
    const returned = await core.call('refund', { params: { orderNo }, body: refund })
    expect(returned.body.status).toBe('REFUNDED')
    expect((await core.payer(personId)).wallet_fen).toBe(90_000)
  })

  it('is one payment however often it is sent, and ORDER_NO_REUSED with other content or elsewhere', async () => {
    const paymentNo = 'one'
    const replies = await Promise.all(Array.from({ length: 5 }, () => pay({ paymentNo })))
    expect(new Set(replies.map(({ body }) => body.paymentId)).size).toBe(1)
    const { terminalId } = await core.addTerminal()
    const elsewhere = { link: await writeCollectionLink(core.services, await giveCode(terminalId)) }
    for (const more of [{ amountFen: 1 }, { account: 'one_card' }, { collection: elsewhere }]) {
      expect((await pay({ paymentNo, ...more })).body.code).toBe('ORDER_NO_REUSED')
    }
    // Also when both are begun at the same moment.
    const atOnce = await Promise.all([
      pay({ paymentNo: 'two' }),
      pay({ paymentNo: 'two', collection: elsewhere }),
    ])
    expect(atOnce.map(({ status, body }) => body.code ?? status).sort()).toEqual([
      202,
      'ORDER_NO_REUSED',
    ])
    // Another person's page may have chosen the same number.
    const { personId: other } = await core.addPerson()
    await setPassword(core, other)
    const body = { paymentNo, amountFen: 1_250, account: 'wallet', collection: { link } }
    const { status } = await core.call('payCollection', { params: { personId: other }, body })
    expect(status).toBe(202)
  })

  it('tells what became of it however often somebody looked for codes meanwhile (R33)', async () => {
    const body = { paymentNo: v7(), collection: { number: code.collection_no } }
    const { paymentId } = (await pay(body)).body
    await confirm(paymentId)
    for (let at = 0; at < 10; at++) await resolve({ number: wrongNumber(at) })
    for (let at = 0; at < 20; at++) await resolve({ link })
    expect((await resolve({ link })).body.code).toBe('RATE_LIMITED')
    expect((await pay(body)).body).toMatchObject({ paymentId, status: 'PAID' })
    // With what is asked for it alone: nobody goes through the numbers under one that was begun.
    for (const other of [wrongNumber(11), wrongNumber(12)]) {
      const { body: told } = await pay({ ...body, collection: { number: other } })
      expect(told.code).toBe('RATE_LIMITED')
    }
  })

  it('pays no more once the code is withdrawn, the till or the merchant stopped, as begun as it may be', async () => {
    const terminal = await core.addTerminal()
    const { terminalId } = terminal
    const collection = async () => ({
      link: await writeCollectionLink(core.services, await giveCode(terminalId)),
    })
    const begin = async () => (await pay({ collection: await collection() })).body.paymentId
    const set = (table: string, column: string, value: boolean) =>
      core.db.pool.query(
        `update ${table} set ${column} = $2 where ${table === 'terminals' ? 'terminal_id' : 'merchant_id'} = $1`,
        [table === 'terminals' ? terminalId : core.merchantId, value],
      )
    const refused = async (paymentId: string) => (await confirm(paymentId)).body.refusal?.code

    const first = await begin()
    await set('terminals', 'enabled', false)
    expect(await refused(first)).toBe('TERMINAL_DISABLED')
    await set('terminals', 'enabled', true)
    const second = await begin()
    await set('merchants', 'accepting', false)
    expect(await refused(second)).toBe('MERCHANT_NOT_ACCEPTING')
    await set('merchants', 'accepting', true)
    const third = await begin()
    await withdraw(terminalId)
    await giveCode(terminalId)
    expect(await refused(third)).toBe('COLLECTION_UNKNOWN')
    const { wallet_fen: walletFen } = await core.payer(personId)
    expect(walletFen).toBe(90_000)
    expect((await confirm(await begin())).body.status).toBe('PAID')
  })

  it('OVER_STATIC_LIMIT beyond ¥500 a day, whatever is allowed otherwise (R15)', async () => {
    await core.db.pool.query(
      'update payers set single_limit_fen = 90000, daily_limit_fen = 300000 where person_id = $1',
      [personId],
    )
    expect((await pay({ amountFen: 55_557 })).body.code).toBe('OVER_STATIC_LIMIT')
    const { body } = await pay({ amountFen: 55_555 })
    expect(body).toMatchObject({ status: 'AWAITING_PASSWORD', amountFen: 50_000 })
    expect((await pay({ amountFen: 1 })).body.code).toBe('OVER_STATIC_LIMIT')
    // What came to nothing is given back.
    const params = { personId, paymentId: body.paymentId }
    await core.call('declinePayment', { params })
    expect((await resolve({ link })).body.leftTodayFen).toBe(50_000)
  })

  it('PASSWORD_REQUIRED without a payment password', async () => {
    await core.db.pool.query('delete from payment_passwords where person_id = $1', [personId])
    expect((await pay({ amountFen: 1 })).body.code).toBe('PASSWORD_REQUIRED')
  })

  it('CODE_COLLECTION_ONLY at a till that scans one', async () => {
    const body = { orderNo: v7(), amountFen: 1, code: link }
    expect(await core.refused('pay', { body })).toBe('CODE_COLLECTION_ONLY')
  })
})

describe('what came in', () => {
  it('is told to a till that is back, by a cursor', async () => {
    const terminal = await core.addTerminal()
    const { key } = await core.giveKey(terminal)
    const own = {
      link: await writeCollectionLink(core.services, await giveCode(terminal.terminalId)),
    }
    const first = (await pay({ collection: own })).body
    await pay({ collection: own })
    const ask = async (after?: string) =>
      (await core.call('getIncoming', { key, ...(after && { query: { after } }) })).body
    expect((await ask()).payments).toEqual([])
    await confirm(first.paymentId)
    const page = await ask()
    expect(page.payments).toMatchObject([
      { paymentId: first.paymentId, orderNo: first.orderNo, status: 'PAID', means: 'collection' },
    ])
    // Once more for half a minute, since one with an earlier time may still appear; then no longer.
    expect((await ask(page.cursor)).payments).toHaveLength(1)
    await core.db.pool.query(
      "update payments set paid_at = paid_at - interval '1 minute' where payment_id = $1",
      [first.paymentId],
    )
    expect((await ask(page.cursor)).payments).toEqual([])
    expect((await core.call('getIncoming', { key, query: { after: 'x.y' } })).body.code).toBe(
      'BAD_REQUEST',
    )
  })

  it('skips none that appears late, however many there are', async () => {
    const terminal = await core.addTerminal()
    const { key } = await core.giveKey(terminal)
    const ask = async (after?: string) =>
      (await core.call('getIncoming', { key, ...(after && { query: { after } }) })).body
    const insert = (name: string, count: number, from: string) =>
      core.db.pool.query(
        `insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, merchant_id,
                               person_id, list_fen, amount_fen, account, channel, means, paid_at)
         select $1, $2, $3 || n, gen_random_uuid(), '', 'PAID', $4, $5, 1, 1, 'wallet', 'wallet', 'collection',
                now() - $7::interval + n * interval '1 millisecond' from generate_series(1, $6::int) n`,
        [SCHOOL, terminal.terminalId, name, core.merchantId, personId, count, from],
      )
    await insert('old', 60, '1 hour')
    await core.db.pool.query('update payments set paid_at = $2 where terminal_id = $1', [
      terminal.terminalId,
      new Date(Date.now() - 3_600_000),
    ])
    await insert('young', 60, '20 seconds')
    const told = new Set<string>()
    const tell = ({ payments, cursor }: { payments: { orderNo: string }[]; cursor: string }) => {
      for (const { orderNo: no } of payments) told.add(no)
      return cursor
    }
    let cursor = tell(await ask())
    for (let pages = 0; pages < 4; pages++) cursor = tell(await ask(cursor))
    expect(told.size).toBe(120)
    // Its time is before all the young ones that were told.
    await insert('late', 1, '21 seconds')
    tell(await ask(cursor))
    expect(told).toContain('late1')
    await core.db.pool.query('delete from payments where terminal_id = $1', [terminal.terminalId])
  })

  it('is told by the database’s clock, whatever that of a process says', async () => {
    const terminal = await core.addTerminal()
    const { key } = await core.giveKey(terminal)
    const collection = {
      link: await writeCollectionLink(core.services, await giveCode(terminal.terminalId)),
    }
    const { paymentId } = (await pay({ collection })).body
    const { now } = core.services
    core.services.now = () => now() + 60_000
    const { body } = await core.call('getIncoming', { key })
    core.services.now = now
    await confirm(paymentId)
    const { body: next } = await core.call('getIncoming', { key, query: { after: body.cursor } })
    expect(next.payments).toMatchObject([{ paymentId }])
  })

  it('is shown to staff by a link that can be withdrawn, and to nobody else', async () => {
    const token = 'a'.repeat(43)
    const page = { schoolId: SCHOOL, merchantId: core.merchantId, pageId: v7() }
    await inTransaction(core.db.pool, (tx) =>
      insertIncomingPage(tx, { ...page, tokenHash: hashPageToken(token) }),
    )
    const { body } = await pay({ amountFen: 4_321 })
    const look = (given: string) =>
      pages.send('GET', '/incoming/payments', { authorization: `Bearer ${given}` })
    expect(JSON.stringify(await look(token))).not.toContain(body.paymentId.slice(-6))
    await confirm(body.paymentId)
    const { status, headers, text } = await look(token)
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
    const shown = JSON.parse(text)
    expect(shown.merchantName).toBe('第一食堂')
    expect(shown.payments[0]).toEqual({
      ...{ tail: body.paymentId.slice(-6), amountFen: 3_889, maskedName: '林*夏' },
      paidAt: expect.any(String),
    })
    // What was given back whole is nothing to hand goods out for.
    const refund = { refundNo: 'r', amountFen: 3_889 }
    await core.call('refund', { params: { orderNo: body.orderNo }, body: refund })
    expect((await look(token)).text).not.toContain(body.paymentId.slice(-6))
    expect((await look('b'.repeat(43))).status).toBe(401)
    expect((await pages.send('GET', '/incoming/payments')).status).toBe(401)
    await inTransaction(core.db.pool, (tx) => withdrawIncomingPages(tx, SCHOOL, core.merchantId))
    expect((await look(token)).status).toBe(401)
    expect(core.logged.join('')).not.toContain(token)
  })

  it('has a page that any browser may open and no frame, with a script of its own alone', async () => {
    const { status, headers, text } = await pages.send('GET', '/incoming', {
      'accept-language': 'en',
    })
    expect([status, text.includes('Incoming payments')]).toEqual([200, true])
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; connect-src 'self'; /)
    expect(policy).toContain("frame-ancestors 'none'")
  })
})

describe('the page that another app’s scanner lands on', () => {
  const open = (address: string, language = 'zh-CN') =>
    pages.send('GET', address.replace('https://keypad.example', ''), {
      'accept-language': language,
    })

  it('says which app to use, names the school and shows the number', async () => {
    const { status, headers, text } = await open(link)
    expect(status).toBe(200)
    expect(text).toContain('云谷大学')
    expect(text).toContain(code.collection_no.replace(/^(\d{5})/, '$1 '))
    expect(text).toContain('--accent:#1d4ed8')
    expect(text).not.toMatch(/<script|<form|<a /)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect((await open(link, 'en-GB')).text).toContain('Yungu University')
  })

  it.each([
    [[], '的应用</li>', 'Open the app of Yungu University'],
    [['wechat'], '的应用或公众号</li>', 'Open the app or the WeChat account of Yungu University'],
    [
      ['mini_program', 'wechat', 'mini_program'],
      '的应用、公众号或小程序</li>',
      'Open the app, the WeChat account, or the WeChat mini-program of Yungu University',
    ],
  ])('leads only where the school has it paid: %j', async (channels, zh, en) => {
    const allow = (names: string[]) =>
      core.db.pool.query('update schools set collection_channels = $1', [names])
    await allow(channels)
    expect((await open(link)).text).toContain(zh)
    expect((await open(link, 'en-GB')).text).toContain(en)
    await allow([])
  })

  it('names nobody when the code is not genuine, withdrawn or on another host', async () => {
    const { terminalId } = await core.addTerminal()
    const gone = await writeCollectionLink(core.services, await giveCode(terminalId))
    await withdraw(terminalId)
    for (const address of [gone, link.replace('s=1001', 's=1002'), `${link}&x=1`, '/c/1']) {
      const { status, text } = await open(address)
      expect(status).toBe(404)
      expect(text).not.toContain('云谷大学')
    }
    const path = link.replace('https://keypad.example', '')
    expect((await pages.send('GET', path, { host: 'evil.example' })).status).toBe(404)
  })

  it('escapes what a school is called', async () => {
    const rename = 'update schools set name = $1'
    await core.db.pool.query(rename, ['<b>&"大学'])
    try {
      expect((await open(link)).text).toContain('&#60;b&#62;&#38;&#34;大学')
    } finally {
      await core.db.pool.query(rename, ['云谷大学'])
    }
  })
})

it('writes ids for links so that there is one way to write each', () => {
  const id = v7()
  expect(fromLinkId(toLinkId(id))).toBe(id)
  for (const text of ['', 'x', `${toLinkId(id)}A`, `${toLinkId(id).slice(0, -1)}B`]) {
    expect(fromLinkId(text)).toBeUndefined()
  }
})
