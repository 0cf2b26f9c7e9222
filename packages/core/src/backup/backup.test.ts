import { createHash } from 'node:crypto'
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../db/testing/test-database.ts'
import { findEvents, findPresent } from '../events/store.ts'
import { openKeyring } from '../keys/keyring.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { readBalance, rollUpBalances } from '../ledger/roll-up-balances.ts'
import { writeStatement } from '../statements/write-statement.ts'
import { createTestCampus, paymentOf, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { dayBefore, shiftOneDayBack } from '../testing/shift-days.ts'
import { runBackup, runRestore } from './backup-command.ts'
import { restoreBackup } from './restore-backup.ts'
import { writeBackup } from './write-backup.ts'

let campus: TestCampus
let out: string
let day: string
let folder: string
let merchant: string
const opened: TestDatabase[] = []

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'backup-'))
  campus = await createTestCampus()
  const { personId } = await campus.addPerson({ walletFen: 5000 })
  const poor = await campus.addPerson({ walletFen: 0, bankCard: true })
  const pay = async (orderNo: string, amountFen: number, owner = personId) =>
    paymentOf(await campus.pay({ orderNo, amountFen, code: await campus.issueCode(owner) }))
  await pay('-1', 1000)
  await pay('reversed', 300)
  await campus.reverse('reversed')
  await pay('from-card', 700, poor.personId)
  await pay('refunded', 800)
  await campus.refund('refunded', 'r1', 200)
  await shiftOneDayBack(campus.db.pool)
  day = await dayBefore(campus.db.pool, 1)
  merchant = `merchant/${campus.merchantId}`
  // Some postings lie in the snapshots of balances, some came later.
  await rollUpBalances(campus.db)
  await rememberPlaces()
  await pay('today', 500)
})
afterAll(async () => {
  for (const database of opened) await database.close()
  await campus.close()
  await rm(out, { recursive: true })
})

async function openEmpty(): Promise<TestDatabase> {
  const database = await createTestDatabase({ empty: true })
  opened.push(database)
  return database
}

/** Two readers of events that have come as far as now. */
async function rememberPlaces(): Promise<void> {
  await campus.db.pool.query(
    `with place as (select tx, event_id from events order by tx desc, event_id desc limit 1),
          school as (insert into told_events (school_id, tx, event_id) select $1, tx, event_id from place)
     insert into event_places (reader, tx, event_id) select 'receipts', tx, event_id from place`,
    [SCHOOL],
  )
}

/** How many events somebody who stands there has not heard. */
const countUnheard = (db: Pick<TestDatabase, 'pool'>, table: string) =>
  db.pool
    .query(
      `select count(*) from events e, ${table} p where (e.tx, e.event_id) > (p.tx, p.event_id)`,
    )
    .then(({ rows }) => rows[0].count)

/** Every file of the day's statement, as the given database tells it. */
async function statementOf(db: TestDatabase | TestCampus['db'], name: string) {
  const target = join(out, name)
  await mkdir(target)
  const scope = { schoolId: SCHOOL, day, merchantId: null }
  const written = await writeStatement({ ...campus.services, db }, scope, { out: target })
  if ('refused' in written) throw new Error(written.refused)
  const names = (await readdir(written.folder)).sort()
  const read = async (file: string) =>
    createHash('sha256')
      .update(await readFile(join(written.folder, file)))
      .digest('hex')
  return Object.fromEntries(await Promise.all(names.map(async (file) => [file, await read(file)])))
}

describe('a backup, restored into an empty place', () => {
  let restored: TestDatabase
  let before: Record<string, string>
  beforeAll(async () => {
    before = await statementOf(campus.db, 'before')
    folder = (await writeBackup(campus.db, { out })).folder
    restored = await openEmpty()
    expect(await restoreBackup(restored, folder)).toMatchObject({ keyring: 'elsewhere' })
  })

  it('has right books and the same rows', async () => {
    expect(await checkBooks(restored.pool)).toEqual([])
    for (const table of ['payments', 'payers', 'external_movements', 'people', 'refunds']) {
      const read = (db: Pick<TestDatabase, 'pool'>) =>
        db.pool.query(`select t::text as row from ${table} t order by 1`).then(({ rows }) => rows)
      expect(await read(restored), table).toEqual(await read(campus.db))
    }
  })

  it('gives the same statement, byte by byte', async () => {
    expect(Object.keys(before).length).toBeGreaterThan(2)
    expect(await statementOf(restored, 'after')).toEqual(before)
  })

  it('knows merchants’ balances, rolled up or not, though its transactions count from the beginning', async () => {
    const before = await readBalance(campus.db.pool, SCHOOL, merchant)
    expect(before).toBeGreaterThan(0)
    expect(await readBalance(restored.pool, SCHOOL, merchant)).toBe(before)
    await rollUpBalances(restored)
    expect(await readBalance(restored.pool, SCHOOL, merchant)).toBe(before)
    await restored.pool.query(
      `insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen, person_id, posted_at)
       values ($1, uuidv7(), 'payment', 'clearing/bank', $2, 11, uuidv7(), now())`,
      [SCHOOL, merchant],
    )
    expect(await readBalance(restored.pool, SCHOOL, merchant)).toBe(before + 11)
    await rollUpBalances(restored)
    expect(await readBalance(restored.pool, SCHOOL, merchant)).toBe(before + 11)
  })

  it('goes on telling events, each after those there were', async () => {
    const { present } = await findPresent(restored.pool)
    const start = { tx: '0', eventId: '00000000-0000-0000-0000-000000000000' }
    expect((await findEvents(restored.pool, start, 100)).length).toBeGreaterThan(3)
    expect(await findEvents(restored.pool, present, 100)).toEqual([])
    for (const table of ['told_events', 'event_places']) {
      const unheard = await countUnheard(campus.db, table)
      expect(unheard).toBeGreaterThan(0)
      expect(await countUnheard(restored, table)).toBe(unheard)
    }
  })

  it('is not laid over rows that are there', async () => {
    expect(await restoreBackup(restored, folder)).toMatchObject({ refused: 'not_empty' })
  })
})

it('restores nothing of a backup that was changed or is incomplete', async () => {
  const { folder: damaged } = await writeBackup(campus.db, { out })
  const empty = await openEmpty()
  await appendFile(join(damaged, 'postings.copy.gz'), 'x')
  expect(await restoreBackup(empty, damaged)).toEqual({
    refused: 'damaged',
    detail: 'postings.copy.gz was changed',
  })
  await rm(join(damaged, 'backup.json'))
  expect(await restoreBackup(empty, damaged)).toEqual({ refused: 'not_a_backup' })
  const { rows } = await empty.pool.query(`select from pg_tables where schemaname = 'public'`)
  expect(rows).toEqual([])
})

it('is not laid over what a core has written since it was looked', async () => {
  const { folder: whole } = await writeBackup(campus.db, { out })
  const place = await openEmpty()
  const { pool } = place
  let isWritten = false
  const connect = async () => {
    const { rows } = await pool.query("select to_regclass('public.schools') as made")
    if (rows[0].made && !isWritten) {
      isWritten = true
      await pool.query(
        `insert into event_places (reader, tx, event_id) select 'receipts', '1', gen_random_uuid()`,
      )
    }
    return pool.connect()
  }
  const busy = { query: pool.query.bind(pool), connect } as unknown as typeof pool
  expect(await restoreBackup({ pool: busy }, whole)).toEqual({
    refused: 'not_empty',
    detail: 'event_places',
  })
  expect((await pool.query('select from event_places')).rowCount).toBe(1)
})

it('is of one moment, whatever is paid while it is written', async () => {
  const { personId } = await campus.addPerson({ walletFen: 90_000 })
  let isPaying = true
  const paying = (async () => {
    for (let i = 0; isPaying; i++) {
      const code = await campus.issueCode(personId)
      await campus.pay({ orderNo: `during-${i}`, amountFen: 1, code })
    }
  })()
  const { folder: busy } = await writeBackup(campus.db, { out }).finally(() => {
    isPaying = false
  })
  await paying
  const target = await openEmpty()
  await restoreBackup(target, busy)
  expect(await checkBooks(target.pool)).toEqual([])
})

it('carries the keyring under a passphrase, and never over another one', async () => {
  const keysDir = join(out, 'keys')
  await openKeyring(keysDir)
  const passphraseFile = join(out, 'passphrase')
  await writeFile(passphraseFile, 'correct horse battery staple\n')
  const printed: string[] = []
  const print = (line: string) => void printed.push(line)
  const target = join(out, 'with-keys')
  const env = { DATABASE_URL: campus.db.url }
  const keyed = ['--passphrase-file', passphraseFile, '--keys', keysDir]
  await runBackup([target, ...keyed], env, print)
  const [name = ''] = await readdir(target)
  const sealed = join(target, name)
  const keyring = await readFile(join(keysDir, 'keyring.json'), 'utf8')
  const { agreement } = JSON.parse(keyring)
  expect((await readFile(join(sealed, 'keyring.age'))).includes(agreement)).toBe(false)
  expect((await stat(sealed)).mode & 0o077).toBe(0)
  expect(printed.join()).not.toContain(agreement)

  const place = await openEmpty()
  const there = join(out, 'keys-there')
  // A wrong passphrase is told before anything is restored, so that the right one still can be given.
  const wrongFile = join(out, 'wrong')
  await writeFile(wrongFile, 'incorrect horse battery staple')
  await expect(
    runRestore(
      [sealed, '--passphrase-file', wrongFile, '--keys', there],
      { DATABASE_URL: place.url },
      print,
    ),
  ).rejects.toThrow('nothing was restored')
  const restore = (keys: string, url = place.url) =>
    runRestore(
      [sealed, '--passphrase-file', passphraseFile, '--keys', keys],
      { DATABASE_URL: url },
      print,
    )
  await restore(there)
  expect(await readFile(join(there, 'keyring.json'), 'utf8')).toBe(keyring)
  expect(await readdir(there)).toEqual(['keyring.json'])

  const second = await openEmpty()
  await expect(restore(keysDir, second.url)).rejects.toThrow(/has a keyring already/)
})
