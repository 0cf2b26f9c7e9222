import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatJournalFile, type JournalLine } from '@campus-ecode/protocol/journal-file'
import { bundlePrograms } from '@campus-ecode/protocol/testing/bundle-programs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { dayBefore, shiftOneDayBack } from '../testing/shift-days.ts'

let campus: TestCampus
let programs: Awaited<ReturnType<typeof bundlePrograms>>
let folder: string
let day: string
let lines: JournalLine[]

beforeAll(async () => {
  campus = await createTestCampus()
  folder = await mkdtemp(join(tmpdir(), 'finance-'))
  programs = await bundlePrograms(new URL('..', import.meta.url), {
    main: 'keys/main.ts',
    cli: 'cli.ts',
  })
  const poor = await campus.addPerson({ walletFen: 0, bankCard: true })
  for (const orderNo of ['first', 'second']) {
    await campus.pay({ orderNo, amountFen: 1250, code: await campus.issueCode(poor.personId) })
  }
  await shiftOneDayBack(campus.db.pool)
  day = await dayBefore(campus.db.pool, 1)
  const { rows } = await campus.db.pool.query<{ reference: string }>(
    'select reference from external_movements order by reference',
  )
  const at = `${day}T12:00:00+08:00`
  lines = rows.map(({ reference }) => ({ at, kind: 'DEBIT', reference, amountFen: 1250 }))
})
afterAll(async () => {
  await programs.remove()
  await campus.close()
  await rm(folder, { recursive: true })
})

async function run(...args: string[]): Promise<{ status: number; output: string }> {
  const env = {
    PATH: process.env.PATH,
    DATA_DIR: folder,
    DATABASE_URL: campus.db.url,
    PORT_KEY_ID: 'core-1',
    PORT_KEY_SECRET: randomBytes(32).toString('base64url'),
    BANK_URL: 'http://127.0.0.1:1/bank',
    ONE_CARD_URL: 'http://127.0.0.1:1/one-card',
    SMS_URL: 'http://127.0.0.1:1/sms',
    LOG_LEVEL: 'silent',
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [programs.pathOf('cli'), ...args], { env }, (error, out, err) => {
      resolve({ status: Number(error?.code ?? 0), output: out + err })
    })
  })
}

it('R34: a finance office has its statement and its matching by commands', async () => {
  const ofDay = ['--school', SCHOOL, '--day', day, '--out', folder]
  const written = await run('statement', ...ofDay, '--merchant', 'all')
  expect(written).toMatchObject({ status: 0 })
  const name = `statement-${SCHOOL}-${day}`
  for (const one of [name, `${name}-${campus.merchantId}`]) {
    expect(written.output).toContain(`${join(folder, one)}: 2 entries, net 25.00 yuan`)
  }

  const key = /: ([\w-]{43})\n-----BEGIN PUBLIC KEY-----/.exec(
    (await run('statement-key', '--school', SCHOOL)).output,
  )?.[1]
  const verify = ['verify-statement', '--folder', join(folder, name), '--key', key ?? '']
  expect(await run(...verify)).toMatchObject({
    status: 0,
    output: `right: school ${SCHOOL}, ${day}, 2 entries, net 25.00 yuan\n`,
  })
  await writeFile(join(folder, name, 'settlement.csv'), '')
  expect(await run(...verify)).toMatchObject({ status: 1, output: 'WRONG: settlement.csv\n' })

  const [bank, oneCard] = [join(folder, 'bank.csv'), join(folder, 'one-card.csv')]
  await writeFile(oneCard, 'at,kind,reference,amountFen\n')
  // Nobody is where the bank should be, half a file is none, and no file is none either.
  const wechat = join(folder, 'nowhere.csv')
  const early = await run('match', ...ofDay, '--one-card', oneCard, '--wechat', wechat)
  expect(early.status).toBe(1)
  expect(early.output).toContain('bank: no file: ')
  expect(early.output).toContain('wechat: no file: ENOENT')
  expect(early.output).toContain('one_card: the file is refused: the file has no end')
  await writeFile(bank, formatJournalFile(lines.slice(0, 1)))
  await writeFile(oneCard, formatJournalFile([]))
  const matched = await run('match', ...ofDay, '--bank', bank, '--one-card', oneCard)
  const report = join(folder, `match-${SCHOOL}-${day}.csv`)
  expect(matched).toEqual({
    status: 1,
    output: [
      'bank: here 25.00 yuan in 2, there 12.50 in 1, 1 differences open',
      'one_card: here 0.00 yuan in 0, there 0.00 in 0, 0 differences open',
      `${report}\n`,
    ].join('\n'),
  })
  expect(await readFile(report, 'utf8')).toContain(
    `银行,对方无账,${day},"${lines[1]?.reference}\t"`,
  )

  await writeFile(bank, formatJournalFile(lines))
  // One of another day would be matched as this one's for ever.
  const others = lines.map((line) => ({ ...line, at: line.at.replace(day, '2026-01-02') }))
  await writeFile(oneCard, formatJournalFile(others))
  const again = await run('match', ...ofDay, '--bank', bank, '--one-card', oneCard)
  expect(again.status).toBe(1)
  expect(again.output).toContain('bank: this day was matched with another file')
  expect(again.output).toContain('one_card: the file is refused: line 2 is of another day')
  const unchanged = (await readFile(report, 'utf8')).split('\r\n')
  expect(unchanged[3]).toBe('银行,2,25.00,1,12.50,1')
  expect(unchanged[5]).toBe('微信支付,未对账')
})

it('says what is wrong with how it is called', async () => {
  const wrong = [
    [['statement', '--school', SCHOOL], 'name --school, --day and --out'],
    [['match', '--school', SCHOOL, '--day', 'today', '--out', folder], '--day is YYYY-MM-DD'],
    [['verify-statement', '--folder', folder, '--key', 'x'], 'name --folder, and --key'],
    [['statement-key', '--school', '9999'], 'there is no school 9999'],
  ] as const
  const answers = await Promise.all(wrong.map(([args]) => run(...args)))
  for (const [at, [, sentence]] of wrong.entries()) {
    expect(answers[at]?.status).toBe(2)
    expect(answers[at]?.output).toContain(sentence)
  }
})
