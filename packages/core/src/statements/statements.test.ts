import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { createTestCampus, paymentOf, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { dayBefore, shiftOneDayBack } from '../testing/shift-days.ts'
import type { Entry } from './entry.ts'
import { runVerifyStatement } from './statement-command.ts'
import { findRunningSince } from './store.ts'
import { verifyStatement } from './verify-statement.ts'
import { type StatementOptions, writeStatement } from './write-statement.ts'

let campus: TestCampus
let out: string
/** The day of most, and the day after, on which something of it was returned. */
let first: string
let second: string
let reader: Awaited<ReturnType<TestCampus['addPerson']>>

const pay = async (
  orderNo: string,
  amountFen: number,
  personId = reader.personId,
  account = 'wallet',
) => {
  const code = await campus.issueCode(personId, { account: account as 'wallet' })
  return paymentOf(await campus.pay({ orderNo, amountFen, code }))
}

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'statements-'))
  campus = await createTestCampus()
  reader = await campus.addPerson({ walletFen: 5000, personClass: 'student' })
  const poor = await campus.addPerson({ walletFen: 0, bankCard: true })
  await pay('20260901000000000001', 1000)
  await pay('-1', 100)
  await pay('reversed', 300)
  await campus.reverse('reversed')
  await pay('from-card', 700, poor.personId)
  await pay('from-one-card', 500, poor.personId, 'one_card')
  await pay('late-refund', 800)
  await campus.refund('20260901000000000001', 'r1', 400)
  await shiftOneDayBack(campus.db.pool)
  await campus.refund('late-refund', 'r2', 200)
  await campus.refund('from-card', 'r3', 700)
  await campus.reverse('from-one-card')
  await shiftOneDayBack(campus.db.pool)
  first = await dayBefore(campus.db.pool, 2)
  second = await dayBefore(campus.db.pool, 1)
})
afterAll(async () => {
  await campus.close()
  await rm(out, { recursive: true })
})

async function write(
  day: string,
  more: Partial<StatementOptions> = {},
  merchantId: string | null = null,
) {
  const scope = { schoolId: SCHOOL, day, merchantId }
  const written = await writeStatement(campus.services, scope, { out, ...more })
  if ('refused' in written) throw new Error(`refused: ${written.refused}`)
  return written
}

const refusalOf = async (day: string, schoolId = SCHOOL) => {
  const scope = { schoolId, day, merchantId: null }
  const written = await writeStatement(campus.services, scope, { out })
  return 'refused' in written ? written.refused : undefined
}

async function readEntries(folder: string): Promise<Entry[]> {
  const text = await readFile(join(folder, 'entries.jsonl'), 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

async function readAll(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort()
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')]),
    ),
  )
}

describe('R34: the statement of a day', () => {
  it('has payments, reversals and refunds each as rows of their own, over all channels', async () => {
    const { folder, statement } = await write(first)
    const entries = await readEntries(folder)
    expect(
      entries.map(({ kind, orderNo, refundNo, channel, amountFen }) => ({
        kind,
        orderNo,
        refundNo,
        channel,
        amountFen,
      })),
    ).toEqual([
      // A student pays nine tenths.
      {
        kind: 'payment',
        orderNo: '20260901000000000001',
        refundNo: null,
        channel: 'wallet',
        amountFen: 900,
      },
      { kind: 'payment', orderNo: '-1', refundNo: null, channel: 'wallet', amountFen: 90 },
      { kind: 'payment', orderNo: 'reversed', refundNo: null, channel: 'wallet', amountFen: 270 },
      { kind: 'reversal', orderNo: 'reversed', refundNo: null, channel: 'wallet', amountFen: 270 },
      {
        kind: 'payment',
        orderNo: 'from-card',
        refundNo: null,
        channel: 'bank_card',
        amountFen: 700,
      },
      {
        kind: 'payment',
        orderNo: 'from-one-card',
        refundNo: null,
        channel: 'one_card',
        amountFen: 500,
      },
      {
        kind: 'payment',
        orderNo: 'late-refund',
        refundNo: null,
        channel: 'wallet',
        amountFen: 720,
      },
      {
        kind: 'refund',
        orderNo: '20260901000000000001',
        refundNo: 'r1',
        channel: 'wallet',
        amountFen: 400,
      },
    ])
    expect(statement).toMatchObject({ schoolId: SCHOOL, day: first, merchantId: null, rowCount: 8 })
    expect(statement.total).toEqual({
      ...{ paymentCount: 6, paymentFen: 3180, reversalCount: 1, reversalFen: 270 },
      ...{ refundCount: 1, refundFen: 400, netFen: 2510 },
    })
    expect(statement.merchants).toHaveLength(1)
    expect(
      statement.merchants[0]?.channels.map(({ channel, netFen }) => [channel, netFen]),
    ).toEqual([
      ['wallet', 1310],
      ['bank_card', 700],
      ['one_card', 500],
    ])
  })

  it('has what was returned of an earlier day on the day on which it was returned', async () => {
    const { folder, statement } = await write(second)
    expect(
      (await readEntries(folder)).map(({ kind, orderNo, amountFen }) => [kind, orderNo, amountFen]),
    ).toEqual([
      ['refund', 'late-refund', 200],
      ['refund', 'from-card', 700],
      ['reversal', 'from-one-card', 500],
    ])
    expect(statement.total.netFen).toBe(-1400)
    const settlement = await readFile(join(folder, 'settlement.csv'), 'utf8')
    expect(settlement).toContain('第一食堂,电子钱包,0,0.00,0,0.00,1,2.00,0.00,2.00,')
    expect(settlement).toContain('合计,,0,0.00,1,5.00,2,9.00,0.00,14.00,')
  })

  it('is the same byte by byte when it is made again, whatever has happened since', async () => {
    const before = await readAll((await write(first)).folder)
    expect(Object.keys(before)).toEqual([
      ...['entries-1.csv', 'entries.jsonl', 'settlement.csv', 'statement.json', 'statement.sig'],
    ])
    await pay('today', 100)
    await campus.refund('-1', 'r4', 90)
    await campus.db.pool.query(`update merchants set name = '第二食堂'`)
    await campus.db.pool.query(`update terminals set name = '4号窗口'`)
    expect(await readAll((await write(first)).folder)).toEqual(before)
  })

  it('leaves the names of a later day alone that was finished before it', async () => {
    const earlier = await dayBefore(campus.db.pool, 5)
    const before = await readAll((await write(second)).folder)
    await write(earlier)
    expect(await readAll((await write(second)).folder)).toEqual(before)
  })

  it('opens in a spreadsheet as what it is, and no cell becomes a formula', async () => {
    const { folder } = await write(first)
    const text = await readFile(join(folder, 'entries-1.csv'), 'utf8')
    expect(text.startsWith('\uFEFF入账时间,类型,商户,')).toBe(true)
    expect(text.split('\r\n')).toHaveLength(10)
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(text).toContain(
      ',第一食堂,3号窗口,"20260901000000000001\t",,付款码,电子钱包,学生,10.00,9.00,,',
    )
    // An order number may begin with a minus.
    expect(text).toContain(`,"'-1\t",`)

    await campus.db.pool.query(
      `update statement_names set name = E'\\n=HYPERLINK("http://x","a")' where kind = 'merchant'`,
    )
    const { folder: again } = await write(first)
    const hostile = await readFile(join(again, 'entries-1.csv'), 'utf8')
    expect(hostile).toContain(`"'=HYPERLINK(""http://x"",""a"")"`)
    expect(hostile).not.toMatch(/(^|,)"?[=+@\uFF1D\uFF0B\uFF0D\uFF20-]/m)
    expect(await readFile(join(again, 'settlement.csv'), 'utf8')).toContain(`"'=HYPERLINK(`)
    await campus.db.pool.query(
      `update statement_names set name = '第一食堂' where kind = 'merchant'`,
    )
  })

  it('goes on in another table where a spreadsheet would be full', async () => {
    const readTable = (folder: string, number: number) =>
      readFile(join(folder, `entries-${number}.csv`), 'utf8')
    const whole = await readTable((await write(first)).folder, 1)
    const { folder, statement } = await write(first, { rowsPerTableMax: 3 })
    expect(statement.files.map(({ name }) => name)).toEqual([
      ...['entries.jsonl', 'entries-1.csv', 'entries-2.csv', 'entries-3.csv', 'settlement.csv'],
    ])
    const parts = await Promise.all([1, 2, 3].map((number) => readTable(folder, number)))
    expect(parts.map((part) => part.split('\r\n').length - 2)).toEqual([3, 3, 2])
    const head = whole.slice(0, whole.indexOf('\r\n') + 2)
    expect(head + parts.map((part) => part.replace(head, '')).join('')).toBe(whole)
  })

  it('is had for one merchant alone', async () => {
    const { statement } = await write(first, {}, campus.merchantId)
    expect(statement).toMatchObject({ merchantId: campus.merchantId, rowCount: 8 })
    const { statement: nobodys } = await write(first, {}, '0190a000-0000-7000-8000-000000000000')
    expect(nobodys).toMatchObject({ rowCount: 0, merchants: [] })
  })

  it('is verified by nothing but the public key, and any change is found', async () => {
    const { folder, statement } = await write(first)
    const key = await campus.services.keys.statementKey(SCHOOL, 1)
    expect(await verifyStatement(folder, key)).toEqual({ statement })
    const other = await campus.services.keys.statementKey('1002', 1)
    expect(await verifyStatement(folder, other)).toEqual({ wrong: 'statement.sig' })
    for (const name of ['entries.jsonl', 'entries-1.csv', 'settlement.csv', 'statement.json']) {
      const right = await readFile(join(folder, name))
      await writeFile(join(folder, name), right.toString('utf8').replace('9', '8'))
      const wrong = name === 'statement.json' ? 'statement.sig' : name
      expect(await verifyStatement(folder, key)).toEqual({ wrong })
      await rm(join(folder, name))
      expect(await verifyStatement(folder, key)).toEqual({ wrong: name })
      await writeFile(join(folder, name), right)
    }
    expect(await verifyStatement(folder, key)).toEqual({ statement })
    const lines: string[] = []
    const args = ['--folder', folder, '--key', Buffer.from(key).toString('base64url')]
    await runVerifyStatement(args, {}, (line) => lines.push(line))
    expect(lines).toEqual([`right: school 1001, ${first}, 8 entries, net 25.10 yuan`])
  })

  it('is refused for a day that is not over, and for nobody’s school', async () => {
    expect(await refusalOf(await dayBefore(campus.db.pool, 0))).toBe('too_early')
    expect(await refusalOf(first, '9999')).toBe('unknown_school')
  })

  it('waits for whoever began on that day and has not ended', async () => {
    const today = await dayBefore(campus.db.pool, 0)
    const tx = await campus.db.pool.connect()
    await tx.query('begin')
    expect(await findRunningSince(campus.db.pool, today)).toMatchObject({
      application_name: 'campus-ecode core',
    })
    expect(await findRunningSince(campus.db.pool, first)).toBeUndefined()
    await tx.query('rollback')
    tx.release()
    expect(await findRunningSince(campus.db.pool, today)).toBeUndefined()
  })

  it.each([
    ['differs', `update payments set amount_fen = amount_fen + 1 where order_no = 'late-refund'`],
    ['differs', `update payments set channel = 'bank_card' where order_no = 'late-refund'`],
    [
      'differs',
      `update refunds set settled_at = settled_at + interval '1 second' where refund_no = 'r1'`,
    ],
    ['changed', `update postings set amount_fen = amount_fen + 1 where kind = 'reversal'`],
    ['changed', `delete from postings where kind = 'refund'`],
  ])('is not signed when it %s: %s', async (refused, sabotage) => {
    await write(first)
    const tables = ['payments', 'refunds', 'postings']
    for (const table of tables) {
      await campus.db.pool.query(`create table saved_${table} as table ${table}`)
    }
    await campus.db.pool.query(sabotage)
    expect(await refusalOf(first)).toBe(refused)
    expect((await readdir(out)).filter((name) => name.endsWith('.part'))).toEqual([])
    const broken = (await checkBooks(campus.db.pool)).map(({ invariant }) => invariant)
    const sees = broken.includes('a finished day has the postings that it was finished with')
    expect(sees).toBe(refused === 'changed')
    for (const table of tables) {
      await campus.db.pool.query(`truncate ${table}`)
      await campus.db.pool.query(`insert into ${table} select * from saved_${table}`)
      await campus.db.pool.query(`drop table saved_${table}`)
    }
    expect(await refusalOf(first)).toBeUndefined()
  })
})
