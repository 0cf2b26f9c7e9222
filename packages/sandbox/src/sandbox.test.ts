import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JournalEntry } from './external-account/book-state.ts'
import { openJournal } from './journal.ts'
import { TestSandbox } from './testing/test-sandbox.ts'

const accounts = {
  bank: [{ account: 'tok-1', balanceFen: 1000 }],
  oneCard: [{ account: '2023001', balanceFen: 500 }],
}
let sandbox: TestSandbox
beforeEach(async () => {
  sandbox = await TestSandbox.open(accounts)
})
afterEach(() => sandbox.remove())

describe('the bank', () => {
  test('debits once per reference and refuses other content under it', async () => {
    const first = await sandbox.debit('pay-00000001')
    expect(first).toMatchObject({ status: 200, body: { status: 'SUCCEEDED', amountFen: 300 } })
    expect(await sandbox.debit('pay-00000001')).toEqual(first)
    expect(await sandbox.debit('pay-00000001', 301)).toEqual({
      status: 409,
      body: { error: 'REFERENCE_REUSED' },
    })
    expect(await sandbox.bankKinds()).toEqual(['debited'])
  })

  test('declines what is not covered, and does not know what it does not keep', async () => {
    expect((await sandbox.debit('pay-00000001', 1001)).body).toMatchObject({
      status: 'DECLINED',
      declineReason: 'INSUFFICIENT_FUNDS',
    })
    expect(await sandbox.debit('pay-00000002', 1, 'tok-x')).toEqual({
      status: 404,
      body: { error: 'ACCOUNT_UNKNOWN' },
    })
    expect(await sandbox.query('pay-00000009')).toEqual({
      status: 404,
      body: { error: 'NOT_FOUND' },
    })
  })

  test('reverses to net zero, also before the debit arrives', async () => {
    await sandbox.debit('pay-00000001')
    expect((await sandbox.reverse('pay-00000001')).body).toMatchObject({
      status: 'REVERSED',
      amountFen: 300,
    })
    expect((await sandbox.reverse('pay-00000001')).body).toMatchObject({ status: 'REVERSED' })
    expect((await sandbox.debit('pay-00000002', 1000)).body.status).toBe('SUCCEEDED')
    expect((await sandbox.reverse('pay-00000003')).body).toMatchObject({
      status: 'REVERSED',
      amountFen: null,
    })
    expect((await sandbox.debit('pay-00000003', 1)).body.status).toBe('REVERSED')
    expect(await sandbox.bankKinds()).toEqual(['debited', 'reversed', 'debited', 'reversed'])
  })

  test('refunds up to the debit, once per refund reference', async () => {
    await sandbox.debit('pay-00000001')
    const first = await sandbox.refund('pay-00000001', 'refund-001', 200)
    expect(first.body).toMatchObject({ status: 'SUCCEEDED', amountFen: 200 })
    expect(await sandbox.refund('pay-00000001', 'refund-001', 200)).toEqual(first)
    expect((await sandbox.refund('pay-00000001', 'refund-002', 101)).body).toEqual({
      error: 'REFUND_EXCEEDS_DEBIT',
    })
    expect((await sandbox.queryRefund('pay-00000001', 'refund-001')).body).toEqual(first.body)
    expect((await sandbox.reverse('pay-00000001')).body).toEqual({ error: 'NOT_REVERSIBLE' })
  })

  test('keeps its books over a restart, with a last line cut short', async () => {
    await sandbox.debit('pay-00000001')
    await sandbox.stop()
    const file = join(sandbox.dir, 'sandbox', 'bank.jsonl')
    appendFileSync(file, '{"at":"2026')
    await sandbox.start()
    expect((await sandbox.query('pay-00000001')).body.status).toBe('SUCCEEDED')
    expect((await sandbox.debit('pay-00000002', 701)).body.status).toBe('DECLINED')
    expect((await sandbox.debit('pay-00000003', 700)).body.status).toBe('SUCCEEDED')
    const kinds = openJournal<JournalEntry>(file).entries.map(({ kind }) => kind)
    expect(kinds).toEqual(['opened', 'debited', 'declined', 'debited'])
  })
})

describe('the one-card system', () => {
  const debit = (amountFen: number) =>
    sandbox.call(sandbox.urls.oneCardUrl, 'POST', '/v1/debits', {
      reference: 'pay-00000001',
      account: '2023001',
      amountFen,
      memo: '',
    })

  test('tells a balance and takes from it', async () => {
    expect(await sandbox.balanceFen('2023001')).toBe(500)
    await debit(120)
    expect(await sandbox.balanceFen('2023001')).toBe(380)
  })

  test('opens each account once, whatever the file says later', async () => {
    await debit(120)
    await sandbox.stop()
    const oneCard = [
      { account: '2023001', balanceFen: 9000 },
      { account: '2023002', balanceFen: 70 },
    ]
    sandbox.writeAccounts({ ...accounts, oneCard })
    await sandbox.start()
    expect(await sandbox.balanceFen('2023001')).toBe(380)
    expect(await sandbox.balanceFen('2023002')).toBe(70)

    await sandbox.stop()
    sandbox.writeAccounts({ ...accounts, oneCard: [] })
    await sandbox.start()
    expect(await sandbox.balanceFen('2023001')).toBe(380)
    const journal = await sandbox.read<JournalEntry>('/one-card/journal')
    expect(journal.map(({ kind, account, amountFen }) => [kind, account, amountFen])).toEqual([
      ['opened', '2023001', 500],
      ['debited', '2023001', 120],
      ['opened', '2023002', 70],
    ])
  })
})

describe('the daily file', () => {
  const fetchFile = (base: string, day: string) =>
    sandbox.callForText(base, 'GET', `/v1/journal-files/${day}`)

  test('is what bank and one-card system each booked on a day that is over', async () => {
    await sandbox.stop()
    const at = '2026-08-31T16:00:00.000Z'
    const rest = { account: 'tok-1', amountFen: 100 }
    for (const [service, kind] of [
      ['bank', 'paid_out'],
      ['one-card', 'debited'],
    ]) {
      const file = join(sandbox.dir, 'sandbox', `${service}.jsonl`)
      const entry = { at, kind, reference: `${service}-1`, ...rest }
      appendFileSync(file, `${JSON.stringify(entry)}\n`)
    }
    await sandbox.start()
    const { bankUrl, oneCardUrl } = sandbox.urls
    expect(await fetchFile(bankUrl, '2026-09-01')).toEqual({
      status: 200,
      text: 'at,kind,reference,amountFen\n2026-09-01T00:00:00+08:00,PAYOUT,bank-1,100\n,END,1,-100\n',
    })
    expect((await fetchFile(oneCardUrl, '2026-09-01')).text).toContain(',DEBIT,one-card-1,100\n')
    expect((await fetchFile(oneCardUrl, '2026-08-31')).text).toContain('\n,END,0,0\n')
  })

  test('is not there while the day lasts', async () => {
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
    for (const day of [today, '9999-01-01', 'x']) {
      const { status, text } = await fetchFile(sandbox.urls.bankUrl, day)
      expect({ status, text }).toEqual({ status: 404, text: '{"error":"NOT_FOUND"}' })
    }
  })
})

describe('the SMS provider', () => {
  test('sends a message once per reference', async () => {
    expect((await sandbox.sendSms()).body).toEqual({ reference: 'sms-00000001', accepted: true })
    await sandbox.sendSms()
    expect(await sandbox.inbox()).toMatchObject([{ phone: '13800001234' }])
  })
})

describe('the inbox', () => {
  const readInbox = async (path: string) => (await fetch(sandbox.urls.url + path)).text()

  test('shows messages, all or those to one number', async () => {
    await sandbox.sendSms()
    expect(await readInbox('/inbox')).toContain('246810')
    expect(await readInbox('/inbox?tail=1234')).toContain('246810')
    expect(await readInbox('/inbox?tail=9999')).not.toContain('246810')
  })

  test('finds what came to a number before many others', async () => {
    await sandbox.stop()
    const message = { at: '2026-09-01T00:00:00.000Z', phone: '13800005678', text: 'later' }
    const others = Array.from({ length: 250 }, (_, i) => ({ ...message, reference: `sms-${i}` }))
    const early = { ...message, reference: 'sms-x', phone: '13800001234', text: 'early' }
    const lines = [early, ...others].map((entry) => `${JSON.stringify(entry)}\n`)
    appendFileSync(join(sandbox.dir, 'sandbox', 'sms.jsonl'), lines.join(''))
    await sandbox.start()
    expect(await readInbox('/inbox?tail=1234')).toContain('early')
  })

  test('has a filter that survives its own refresh: a link, and nothing to type', async () => {
    await sandbox.sendSms()
    const all = await readInbox('/inbox')
    const link = /href="(\/inbox\?tail=[^"]+)"/.exec(all)?.[1] ?? ''
    expect(link).toBe('/inbox?tail=1234')
    const filtered = await readInbox(link)
    for (const page of [all, filtered]) {
      // Without a url in it the refresh loads the address it is at, with the filter.
      expect(page).toContain('<meta http-equiv="refresh" content="3">')
      expect(page).not.toMatch(/<(input|textarea|select|form)\b/)
    }
    expect(filtered).toContain('<a href="/inbox">')
  })
})

test('an entry of the journal is on disk when it is answered', async () => {
  await sandbox.debit('pay-00000001')
  const text = readFileSync(join(sandbox.dir, 'sandbox', 'bank.jsonl'), 'utf8')
  expect(text).toMatch(/"kind":"debited","reference":"pay-00000001".*\n$/)
})
