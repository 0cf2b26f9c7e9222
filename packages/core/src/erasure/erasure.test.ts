import { createHash } from 'node:crypto'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { importPersonRows } from '../onboarding/person-rows.ts'
import { indexCardNo, openPerson, sealPerson } from '../people/open-person.ts'
import { sweepOnce } from '../sweep/sweeper.ts'
import { newAccessKey } from '../testing/access-gate.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTransferCalls } from '../testing/transfers.ts'
import { deletePerson, unsealErased } from './delete-person.ts'
import { deletedTables } from './store.ts'

const NAME = '欧阳知夏'
const PHONE = '13711122233'
const SECRET = 's'.repeat(43)

let core: HttpCore
beforeAll(async () => {
  core = await createHttpCore()
  const hash = createHash('sha256').update(SECRET).digest()
  await core.db.pool.query('update schools set secret_hash = $1', [hash])
})
afterAll(async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
  await core.close()
})

/** Somebody whose name and phone are nobody else's, with a password. */
async function addSomebody(options: Parameters<HttpCore['addPerson']>[0] = {}) {
  const { personId } = await core.addPerson(options)
  const cardNo = `7788${personId.slice(-8)}`
  const { keys } = core.services
  await core.db.pool.query(
    `update people set sealed = $2, card_no_index = $3, masked_name = '欧**夏', masked_card_no = '7788••••'
      where person_id = $1`,
    [
      personId,
      await sealPerson({ keys }, SCHOOL, personId, { name: NAME, cardNo, phone: PHONE }),
      await indexCardNo({ keys }, SCHOOL, cardNo),
    ],
  )
  await setPassword(core, personId)
  return { personId, cardNo, owner: { schoolId: SCHOOL, personId } }
}

const pay = async (personId: string, amountFen: number, orderNo = v7()) =>
  (
    await core.call('pay', {
      body: { orderNo, amountFen, code: await core.issueCode(personId) },
    })
  ).body

async function askToDelete(personId: string) {
  const approvalId = await approve(core, personId, { kind: 'delete_me' })
  return core.call('deleteMe', { params: { personId }, body: { approvalId } })
}

async function rowsOf(personId: string): Promise<string[]> {
  const { rows: tables } = await core.db.pool.query(
    `select table_name from information_schema.columns
      where table_schema = current_schema() and column_name = 'person_id' order by table_name`,
  )
  const found: string[] = []
  for (const { table_name: table } of tables) {
    const { rowCount } = await core.db.pool.query(`select from ${table} where person_id = $1`, [
      personId,
    ])
    if (rowCount) found.push(table)
  }
  return found
}

describe('deleting oneself (R42)', () => {
  it('ends everything, leaves the books whole, and names nobody in any table', async () => {
    const { personId, cardNo, owner } = await addSomebody({ bankCard: true, walletFen: 1_000 })
    const { withdraw } = createTransferCalls(core, core.services)
    await pay(personId, 600, 'before')
    const token = await core.giveToken(personId)
    await core.enrolPhone(personId)
    await core.bindWechat(personId)
    await core.call('startCredential', {
      params: { personId },
      body: { publicKey: newAccessKey(), label: 'iPhone of mine', consent: true },
    })
    await withdraw(personId, { amountFen: 400 })
    const shown = await core.issueCode(personId)
    await core.call('readNotices', { params: { personId }, body: { upTo: v7() } })
    await core.db.pool.query(`update people set phone_tail_index = '\\x01' where person_id = $1`, [
      personId,
    ])
    const { rows: before } = await core.db.pool.query(
      'select * from postings where person_id = $1 order by transaction_id',
      [personId],
    )

    const { status, body } = await askToDelete(personId)
    expect(status).toBe(200)
    const years = new Date(body.keptUntil).getFullYear() - new Date(body.deletedAt).getFullYear()
    expect(years).toBe(10)

    const { rows: after } = await core.db.pool.query(
      'select * from postings where person_id = $1 order by transaction_id',
      [personId],
    )
    expect(after).toEqual(before)
    expect(await rowsOf(personId)).toEqual([
      ...['access_credentials', 'bank_cards', 'consents', 'device_slots', 'devices', 'events'],
      ...[
        'external_movements',
        'issued_codes',
        'payers',
        'payments',
        'people',
        'postings',
        'sealed_away',
        'wallets',
      ],
    ])
    const { rows: people } = await core.db.pool.query(
      `select from people where person_id = $1 and phone_tail_index = ''`,
      [personId],
    )
    expect(people).toHaveLength(1)
    const { rows: tables } = await core.db.pool.query(
      `select table_name as name from information_schema.tables where table_schema = current_schema()`,
    )
    for (const { name } of tables) {
      const sql = `select from ${name} t where t::text like '%' || $1 || '%'`
      expect([name, (await core.db.pool.query(sql, [cardNo])).rowCount]).toEqual([name, 0])
    }
    for (const name of await rowsOf(personId)) {
      for (const known of [NAME, PHONE, '欧**夏', '7788••', 'iPhone of mine']) {
        const sql = `select from ${name} t where person_id = $1 and t::text like '%' || $2 || '%'`
        const { rowCount } = await core.db.pool.query(sql, [personId, known])
        expect([name, known, rowCount]).toEqual([name, known, 0])
      }
    }

    const refused = async (presented: object) => {
      const request = { orderNo: v7(), amountFen: 1, ...presented }
      return (await core.call('pay', { body: request })).body.code
    }
    expect(await refused({ code: shown })).toBe('CODE_EXPIRED')
    expect(await refused({ token })).toBe('TOKEN_UNKNOWN')
    const subject = { secret: SECRET, cardNo, scopes: ['card'] }
    expect((await core.call('resolveSubject', { body: subject })).body.code).toBe('SUBJECT_UNKNOWN')
    const order = await core.call('getPayment', { params: { orderNo: 'before' } })
    expect(order.body).toMatchObject({ status: 'PAID', payer: { maskedName: '＊' } })
    expect(await unsealErased(core.services, owner)).toEqual({ name: NAME, cardNo, phone: PHONE })
  })

  it('names no room and no account that was topped up: it may be a student number', async () => {
    const { personId, cardNo } = await addSomebody({ walletFen: 0 })
    await core.db.pool.query(
      `insert into utility_top_ups (school_id, top_up_id, utility_id, person_id, account_no, label, amount_fen,
                                    delivery_id, receipt)
       values ($1, $2, $2, $3, $4, '校园网 ' || $4, 100, $2, '3021-4410')`,
      [SCHOOL, v7(), personId, cardNo],
    )
    expect((await askToDelete(personId)).status).toBe(200)
    const { rows } = await core.db.pool.query(
      'select account_no, label, receipt, amount_fen from utility_top_ups where person_id = $1',
      [personId],
    )
    expect(rows).toEqual([{ account_no: '', label: '', receipt: null, amount_fen: 100 }])
  })

  it('is answered the same when it is asked for again, and seals away nobody who had no books', async () => {
    const { personId, owner } = await addSomebody({ wallet: 'not_open', walletFen: 0 })
    const first = await askToDelete(personId)
    expect(first.body).toEqual({ deletedAt: expect.any(String), keptUntil: null })
    const again = { params: { personId }, body: { approvalId: v7() } }
    expect((await core.call('deleteMe', again)).body).toEqual(first.body)
    expect(await unsealErased(core.services, owner)).toBeUndefined()
  })

  it('waits for money that is there or on its way, and for the password', async () => {
    const { personId } = await addSomebody({ walletFen: 500, bankCard: true })
    expect((await askToDelete(personId)).body.code).toBe('BALANCE_NOT_ZERO')
    const { withdraw } = createTransferCalls(core, core.services)
    core.gateway.setFault('processing')
    await withdraw(personId, { amountFen: 500 })
    core.gateway.setFault('none')
    expect((await askToDelete(personId)).body.code).toBe('TRANSFER_PENDING')
    // A refund that waits for a second person of the office would go into a wallet of nobody.
    const spent = await addSomebody({ walletFen: 100 })
    const { paymentId } = await pay(spent.personId, 100)
    const [staffId, taskId] = [v7(), v7()]
    await core.db.pool.query(
      `insert into staff (school_id, staff_id, name, display_name, roles) values ($1, $2, 'qian', 'qian', '{finance}')`,
      [SCHOOL, staffId],
    )
    await core.db.pool.query(
      `insert into staff_tasks (school_id, task_id, kind, payment_id, amount_fen, reason, asked_by)
       values ($1, $2, 'refund', $3, 100, 'asked at the office', $4)`,
      [SCHOOL, taskId, paymentId, staffId],
    )
    expect(await deletePerson(core.services, spent.owner)).toEqual({ refused: 'TRANSFER_PENDING' })
    await core.db.pool.query(
      `update staff_tasks set state = 'declined', decided_by = asked_by, decided_at = now()`,
    )
    expect(await deletePerson(core.services, spent.owner)).toBeUndefined()
    const other = await addSomebody({ walletFen: 0 })
    const approvalId = await approve(core, other.personId, { kind: 'close_wallet' })
    const wrong = { params: { personId: other.personId }, body: { approvalId } }
    expect((await core.call('deleteMe', wrong)).body.code).toBe('APPROVAL_INVALID')
    const { body } = await core.call('getCard', { params: { personId: other.personId } })
    expect(body.status).toBe('active')
  })

  it('lets the school give the number to somebody again', async () => {
    const { personId, cardNo } = await addSomebody({ walletFen: 0 })
    await askToDelete(personId)
    const next = await addSomebody({ walletFen: 0 })
    const index = await indexCardNo(core.services, SCHOOL, cardNo)
    await core.db.pool.query('update people set card_no_index = $2 where person_id = $1', [
      next.personId,
      index,
    ])
    const subject = { secret: SECRET, cardNo, scopes: ['card'] }
    const found = await core.call('resolveSubject', { body: subject })
    expect(found.body.personId).toBe(next.personId)
  })
})

it('every table that knows people is one of which it was decided what becomes of it', async () => {
  const kept = [
    ...[
      'access_credentials',
      'access_records',
      'bank_cards',
      'consents',
      'device_slots',
      'devices',
    ],
    ...['external_movements', 'payers', 'payments', 'people', 'postings', 'refunds', 'sealed_away'],
    ...['utility_top_ups', 'wallets', 'water_sessions'],
    // Go by themselves, within days or, what staff did, within six months.
    ...['events', 'identity_codes', 'issued_codes', 'staff_audit'],
    // Says by id alone who was to be deleted.
    'staff_tasks',
  ]
  const { rows } = await core.db.pool.query(
    `select table_name from information_schema.columns
      where table_schema = current_schema() and column_name = 'person_id'`,
  )
  expect(rows.map((row) => row.table_name).sort()).toEqual([...kept, ...deletedTables].sort())
})

describe('at the card office (R42)', () => {
  it('deletes who has no password, once, and refuses while money is there', async () => {
    const { owner } = await addSomebody({ walletFen: 0 })
    expect(await deletePerson(core.services, owner)).toBeUndefined()
    expect(await deletePerson(core.services, owner)).toBeUndefined()
    const rich = await addSomebody({ walletFen: 1 })
    expect(await deletePerson(core.services, rich.owner)).toEqual({ refused: 'BALANCE_NOT_ZERO' })
    const nobody = { schoolId: SCHOOL, personId: v7() }
    expect(await deletePerson(core.services, nobody)).toEqual({ refused: 'NOT_FOUND' })
  })
})

it('an import that had found somebody brings nothing of them back', async () => {
  const { cardNo, owner } = await addSomebody({ walletFen: 0 })
  const { services } = core
  let isDeleted = false
  const keys: typeof services.keys = {
    ...services.keys,
    async open(...sealed) {
      if (!isDeleted) {
        isDeleted = true
        expect(await deletePerson(services, owner)).toBeUndefined()
      }
      return services.keys.open(...sealed)
    },
  }
  const cells = { cardNo, name: '欧阳远', phone: '13700000001', groups: '3号楼' }
  const seen = { cardNos: new Set<string>(), tokens: new Set<string>() }
  await importPersonRows({ ...services, keys }, SCHOOL, [{ line: 2, cells }], seen)
  const { rows } = await core.db.pool.query(
    'select masked_name, groups, phone_tail_index from people where person_id = $1',
    [owner.personId],
  )
  expect(rows).toEqual([{ masked_name: '＊', groups: [], phone_tail_index: Buffer.alloc(0) }])
  expect(await openPerson(services, SCHOOL, owner.personId)).toEqual({ name: '', cardNo: '' })
})

it('what was sealed away is gone when the law wants it no more', async () => {
  const { personId, owner } = await addSomebody({ walletFen: 100 })
  await pay(personId, 100)
  await askToDelete(personId)
  await sweepOnce(core.db.pool)
  expect(await unsealErased(core.services, owner)).toBeDefined()
  await inTransaction(core.db.pool, (tx) =>
    tx.query('update sealed_away set keep_until = now() where person_id = $1', [personId]),
  )
  await sweepOnce(core.db.pool)
  expect(await unsealErased(core.services, owner)).toBeUndefined()
})
