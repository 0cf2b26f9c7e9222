import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTransferCalls } from '../testing/transfers.ts'
import { findBillPage } from './store.ts'

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(() => core.close())

const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)

async function pay(personId: string, amountFen: number, orderNo = v7()) {
  const code = await core.issueCode(personId)
  return (await core.call('pay', { body: { orderNo, amountFen, code } })).body
}

async function bill(personId: string, query: object = {}) {
  const { body } = await core.call('getBill', {
    params: { personId },
    query: { month, ...query },
  })
  return body
}

/** Of everything the person did, so that it lies in another month. */
async function moveTo(personId: string, instant: string) {
  const { pool } = core.services.db
  await pool.query('update payments set created_at = $2 where person_id = $1', [personId, instant])
  await pool.query('update refunds set created_at = $2 where person_id = $1', [personId, instant])
  await pool.query('update external_movements set created_at = $2 where person_id = $1', [
    personId,
    instant,
  ])
  await pool.query('update postings set posted_at = $2 where person_id = $1', [personId, instant])
}

describe('getBill', () => {
  it('lists payments, refunds, reversals and top-ups, newest first, and adds them up (R17)', async () => {
    const { personId } = await core.addPerson({ personClass: 'student' })
    await pay(personId, 1000, 'bill-1')
    await pay(personId, 500, 'bill-2')
    await core.reverse('bill-2')
    const refund = { params: { orderNo: 'bill-1' }, body: { refundNo: 'r-1', amountFen: 300 } }
    expect((await core.call('refund', refund)).status).toBe(200)
    const { outFen, inFen, entries, next } = await bill(personId)
    expect(entries).toMatchObject([
      { kind: 'refund', direction: 'in', status: 'REFUNDED', amountFen: 300, orderNo: 'bill-1' },
      { kind: 'reversal', direction: 'in', status: 'REVERSED', amountFen: 450, orderNo: 'bill-2' },
      { kind: 'payment', direction: 'out', status: 'REVERSED', amountFen: 450, orderNo: 'bill-2' },
      {
        kind: 'payment',
        direction: 'out',
        status: 'PAID',
        amountFen: 900,
        listFen: 1000,
        rule: { name: { en: 'Student price' }, changeFen: -100 },
        channel: 'wallet',
        merchantName: '第一食堂',
        terminalName: '3号窗口',
        orderNo: 'bill-1',
        refusal: null,
      },
      {
        kind: 'top_up',
        direction: 'in',
        status: 'SUCCEEDED',
        amountFen: 10_000,
        channel: 'bank_card',
      },
    ])
    expect(entries[0].paymentId).toBe(entries[3].paymentId)
    expect({ outFen, inFen, next }).toEqual({ outFen: 1350, inFen: 10_750, next: null })
  })

  it('names the bank card that paid, and nothing as paid that is undecided or refused (R13, R33)', async () => {
    const { personId } = await core.addPerson({ walletFen: 0, bankCard: true })
    await pay(personId, 700)
    core.bank.setFault('silent')
    await pay(personId, 800)
    core.bank.setFault('none')
    const poor = await core.addPerson({ walletFen: 0 })
    await pay(poor.personId, 900)
    const { outFen, entries } = await bill(personId)
    expect(entries).toMatchObject([
      { status: 'UNKNOWN', amountFen: 800, channel: null, cardTail: null },
      { status: 'PAID', amountFen: 700, channel: 'bank_card', cardTail: '1234' },
    ])
    expect(outFen).toBe(700)
    expect(await bill(poor.personId)).toMatchObject({ outFen: 0, inFen: 0, entries: [] })
  })

  it('shows transfers as they stand, and adds up those that the bank has settled (R12, R17)', async () => {
    const { personId } = await core.addPerson({ walletFen: 0, bankCard: true })
    const { topUp, withdraw } = createTransferCalls(core, core.services)
    await topUp(personId, { amountFen: 9_000 })
    core.bank.setFault('decline')
    await topUp(personId, { amountFen: 1 })
    core.bank.setFault('none')
    await withdraw(personId, { amountFen: 2_000 })
    for (const [fault, amountFen] of [
      ['decline', 2],
      ['processing', 3],
      ['silent', 4],
    ] as const) {
      core.gateway.setFault(fault)
      await withdraw(personId, { amountFen })
    }
    core.gateway.setFault('none')

    const { outFen, inFen, entries } = await bill(personId)
    const out = { kind: 'withdrawal', direction: 'out', channel: 'bank_card', cardTail: '1234' }
    const into = { kind: 'top_up', direction: 'in', channel: 'bank_card', cardTail: '1234' }
    expect(entries).toMatchObject([
      { ...out, status: 'UNKNOWN', amountFen: 4 },
      { ...out, status: 'PROCESSING', amountFen: 3 },
      { ...out, status: 'DECLINED', amountFen: 2 },
      { ...out, status: 'SUCCEEDED', amountFen: 2_000 },
      { ...into, status: 'DECLINED', amountFen: 1 },
      { ...into, status: 'SUCCEEDED', amountFen: 9_000 },
    ])
    expect({ outFen, inFen }).toEqual({ outFen: 2_000, inFen: 9_000 })
    for (const entry of entries) {
      const params = { personId, entryId: entry.entryId }
      expect((await core.call('getBillEntry', { params })).body).toEqual(entry)
      const transferId = entry.paymentId
      const { body } = await core.call('getTransfer', { params: { personId, transferId } })
      expect(body.status).toBe(entry.status)
    }
  })

  it('pages by cursor without losing or repeating a row, though new ones arrive meanwhile', async () => {
    const { personId } = await core.addPerson()
    for (let i = 0; i < 60; i++) await pay(personId, 10)
    // Rows of the same moment are told apart by their id.
    await core.services.db.pool.query(
      `update payments set created_at = date_trunc('second', created_at) where person_id = $1`,
      [personId],
    )
    const all = (await bill(personId)).entries
    expect(all).toHaveLength(50)
    const first = await bill(personId)
    await pay(personId, 10)
    const second = await bill(personId, { cursor: first.next })
    expect(second.next).toBeNull()
    const ids = [...first.entries, ...second.entries].map(({ entryId }) => entryId)
    expect(new Set(ids).size).toBe(61) // 60 payments and the opening top-up.
    expect(first.outFen).toBe(600)
    // The sums read the whole month, so they come once.
    expect(second).toMatchObject({ outFen: null, inFen: null })
  })

  it('is narrowed by kind, channel and words, and so are its sums (R17)', async () => {
    const { personId } = await core.addPerson({ walletFen: 1000, bankCard: true })
    await pay(personId, 400, 'narrow-1')
    await pay(personId, 700, 'narrow-2')
    const numbers = async (query: object) => {
      const { entries, outFen, inFen } = await bill(personId, query)
      return [entries.map((entry: { amountFen: number }) => entry.amountFen), outFen, inFen]
    }
    expect(await numbers({ kind: 'payment' })).toEqual([[700, 400], 1100, 0])
    expect(await numbers({ kind: 'top_up' })).toEqual([[1000], 0, 1000])
    expect(await numbers({ channel: 'wallet' })).toEqual([[400], 400, 0])
    expect(await numbers({ channel: 'bank_card', kind: 'payment' })).toEqual([[700], 700, 0])
    expect(await numbers({ search: '食堂' })).toEqual([[700, 400], 1100, 0])
    expect(await numbers({ search: '窗口', channel: 'wallet' })).toEqual([[400], 400, 0])
    expect(await numbers({ search: ' narrow-2 ' })).toEqual([[700], 700, 0])
    expect(await numbers({ search: '%' })).toEqual([[], 0, 0])
    const odd = { params: { personId }, query: { month, kind: 'lunch' } }
    expect(await core.refused('getBill', odd)).toBe('BAD_REQUEST')
  })

  it('reads no more than a page of a month, however long the month is', async () => {
    const { personId } = await core.addPerson()
    await core.db.pool.query(
      `insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, merchant_id,
                             person_id, list_fen, amount_fen, account, channel, paid_at, created_at)
       select $1, $2, 'long-' || n, gen_random_uuid(), '', 'PAID', $3, $4, 1, 1, 'wallet', 'wallet', now(),
              date_trunc('month', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai'
              + n * interval '1 second'
         from generate_series(1, 3000) n`,
      [SCHOOL, core.terminal.terminalId, core.merchantId, personId],
    )
    await core.db.pool.query('analyze payments')
    const { pool } = core.db
    const client = await pool.connect()
    try {
      await client.query('begin')
      const inTx = async () =>
        Number(
          (
            await client.query(
              "select idx_tup_fetch + seq_tup_read as n from pg_stat_xact_user_tables where relname = 'payments'",
            )
          ).rows[0].n,
        )
      const key = { schoolId: SCHOOL, personId, month, filter: {} }
      const before = await inTx()
      const rows = await findBillPage(client, key, undefined, 51)
      expect(rows).toHaveLength(51)
      const middle = rows.at(-1)
      if (!middle) throw new Error('no row')
      const after = { atMicros: middle.at_micros, id: middle.entry_id }
      expect(await findBillPage(client, key, after, 51)).toHaveLength(51)
      expect((await inTx()) - before).toBeLessThan(400)
    } finally {
      await client.query('rollback')
      client.release()
    }
  })

  it('counts a month as Shanghai does, to the millisecond', async () => {
    const { personId } = await core.addPerson()
    await pay(personId, 10)
    await moveTo(personId, '2026-01-31T15:59:59.999Z')
    const january = await bill(personId, { month: '2026-01' })
    expect(january.entries).toHaveLength(2)
    expect(january).toMatchObject({ outFen: 10, inFen: 10_000 })
    await moveTo(personId, '2026-01-31T16:00:00.000Z')
    expect((await bill(personId, { month: '2026-01' })).entries).toEqual([])
    expect((await bill(personId, { month: '2026-02' })).entries).toHaveLength(2)
  })

  it('shows nobody what is another’s', async () => {
    const [one, two] = [await core.addPerson(), await core.addPerson({ walletFen: 0 })]
    await pay(one.personId, 10)
    const { entries } = await bill(one.personId)
    expect((await bill(two.personId)).entries).toEqual([])
    const params = { personId: two.personId, entryId: entries[0].entryId }
    expect(await core.refused('getBillEntry', { params })).toBe('ORDER_NOT_FOUND')
  })
})

describe('getBillEntry', () => {
  it('gives every kind of entry, as the list does', async () => {
    const { personId } = await core.addPerson()
    await pay(personId, 100, 'entry-1')
    await pay(personId, 100, 'entry-2')
    await core.reverse('entry-2')
    const refund = { params: { orderNo: 'entry-1' }, body: { refundNo: 'r', amountFen: 1 } }
    await core.call('refund', refund)
    const { entries } = await bill(personId)
    expect(entries).toHaveLength(5)
    for (const entry of entries) {
      const params = { personId, entryId: entry.entryId }
      expect((await core.call('getBillEntry', { params })).body).toEqual(entry)
    }
  })

  it('gives a refused order with its reason, which an event led to', async () => {
    const { personId } = await core.addPerson({ walletFen: 0 })
    await pay(personId, 100, 'entry-3')
    const { paymentId } = (await core.call('getPayment', { params: { orderNo: 'entry-3' } })).body
    const { body } = await core.call('getBillEntry', { params: { personId, entryId: paymentId } })
    expect(body).toMatchObject({ status: 'REFUSED', refusal: { code: 'INSUFFICIENT_FUNDS' } })
  })

  it('ORDER_NOT_FOUND for anything else', async () => {
    const { personId } = await core.addPerson()
    const params = { personId, entryId: v7() }
    expect(await core.refused('getBillEntry', { params })).toBe('ORDER_NOT_FOUND')
  })
})
