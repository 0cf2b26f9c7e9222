import pg from 'pg'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approve, setPassword } from '../testing/approvals.ts'
import { paymentOf, SCHOOL } from '../testing/campus.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

/** What belongs to the whole installation, and is small. On a distributed engine: one copy everywhere. */
const OF_NO_SCHOOL = ['event_places', 'migrations', 'wechat_tokens']

/** A tally whose rows are counted and swept, never found one by one. */
const WITHOUT_KEY = ['utility_look_ups']

let campus: HttpCore
beforeAll(async () => {
  campus = await createHttpCore()
})
afterAll(() => campus.close())

async function read<R extends pg.QueryResultRow>(sql: string): Promise<R[]> {
  return (await campus.db.pool.query<R>(sql)).rows
}

describe('every key is a school’s', () => {
  it('leads each primary key with school_id, and has it in each unique index', async () => {
    const indexes = await read<{
      table: string
      index: string
      primary: boolean
      columns: string[]
    }>(
      `select c.relname as table, i.relname as index, x.indisprimary as primary,
              array(select a.attname::text
                      from unnest(x.indkey::int[]) with ordinality k(number, at)
                      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
                     order by k.at) as columns
         from pg_index x
         join pg_class i on i.oid = x.indexrelid
         join pg_class c on c.oid = x.indrelid
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
        where x.indisunique`,
    )
    expect(indexes.length).toBeGreaterThan(60)
    const wrong = indexes.filter(
      ({ table, primary, columns }) =>
        !OF_NO_SCHOOL.includes(table) &&
        (primary ? columns[0] !== 'school_id' : !columns.includes('school_id')),
    )
    expect(wrong).toEqual([])
  })

  it('has a primary key on every table, no foreign key, no sequence, and one table’s triggers', async () => {
    const tables = await read<{ name: string; keyed: boolean; schooled: boolean }>(
      `select c.relname as name,
              exists (select from pg_index x where x.indrelid = c.oid and x.indisprimary) as keyed,
              exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'school_id'
                                                   and a.attnotnull) as schooled
         from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
        where c.relkind in ('r', 'p')`,
    )
    const keyless = tables.filter(({ keyed }) => !keyed).map(({ name }) => name)
    expect(keyless.filter((name) => !OF_NO_SCHOOL.includes(name))).toEqual(WITHOUT_KEY)
    const shared = tables.filter(({ schooled }) => !schooled).map(({ name }) => name)
    expect(shared.sort()).toEqual(OF_NO_SCHOOL)
    expect(
      await read(`select conname from pg_constraint c join pg_namespace n on n.oid = c.connamespace
                   where contype = 'f' and nspname = 'public'`),
    ).toEqual([])
    expect(
      await read(`select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where relkind = 'S' and nspname = 'public'`),
    ).toEqual([])
    // Of the audit log alone, which keeps itself as it is; it is nowhere in a payment (docs/distributed.md).
    expect(
      await read(`select distinct c.relname as "table" from pg_trigger t join pg_class c on c.oid = t.tgrelid
                   where not t.tgisinternal`),
    ).toEqual([{ table: 'staff_audit' }])
  })
})

interface Sent {
  text: string
  values: unknown[]
}

/** Everything that is sent to the server while `work` runs. */
async function listen(work: () => Promise<void>): Promise<Sent[]> {
  const sent: Sent[] = []
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first, second] = args as [string | { text: string; values?: unknown[] }, unknown]
    const text = typeof first === 'string' ? first : first.text
    const values = typeof first === 'string' ? second : first.values
    sent.push({ text, values: Array.isArray(values) ? values : [] })
    return (query as (...given: unknown[]) => unknown).apply(this, args)
  } as typeof query
  try {
    await work()
  } finally {
    pg.Client.prototype.query = query
  }
  return sent
}

/** Schools that a statement is about; none where it names no rows. */
function schoolsOf({ text, values }: Sent): unknown[] | 'unnamed' {
  if (/^(begin|commit|rollback|set )/i.test(text.trim())) return []
  if (/_batch(_with_orders)?\(\$1\)/.test(text)) {
    const lines = JSON.parse(String(values[0])) as { school_id: string }[]
    return [...new Set(lines.map(({ school_id: schoolId }) => schoolId))]
  }
  const bound = [...text.matchAll(/school_id\s*=\s*\$(\d+)/g)].map(([, n]) => values[Number(n) - 1])
  if (bound.length > 0) return [...new Set(bound)]
  // Insertions name it among their values.
  return /insert into[^(]+\(\s*school_id\b/.test(text) ? [values[0]] : 'unnamed'
}

describe('every statement of the payment path is about one school', () => {
  it('names it: paid from wallet, bank card and one-card account, asked, reversed and refunded', async () => {
    const rich = await campus.addPerson({ walletFen: 5_000 })
    const poor = await campus.addPerson({ walletFen: 0, bankCard: true })
    const sent = await listen(async () => {
      const pay = async (orderNo: string, personId: string, account: 'wallet' | 'one_card') =>
        paymentOf(
          await campus.pay({
            orderNo,
            amountFen: 100,
            code: await campus.issueCode(personId, { account }),
          }),
        )
      await Promise.all([
        pay('by-wallet', rich.personId, 'wallet'),
        pay('by-card', poor.personId, 'wallet'),
      ])
      await pay('by-one-card', rich.personId, 'one_card')
      await campus.pay({ orderNo: 'no-code', amountFen: 100, code: `71${'0'.repeat(22)}` })
      await campus.query('by-card')
      await campus.refund('by-wallet', 'r1', 40)
      await campus.refund('by-card', 'r2', 40)
      await campus.reverse('by-one-card')
      await campus.reverse('never-seen')
    })
    expectOneSchool(sent, 20)
  })

  it('names it over HTTP: by WeChat’s own code and its undoing, and with the password on the phone', async () => {
    const { personId } = await campus.addPerson({ walletFen: 60_000 })
    await campus.db.pool.query(
      'update payers set single_limit_fen = 50000, daily_limit_fen = 300000 where person_id = $1',
      [personId],
    )
    await setPassword(campus, personId)
    const openid = await campus.bindWechat(personId)
    const pay = async (amountFen: number, code: string) => {
      const orderNo = v7()
      const { body } = await campus.call('pay', { body: { orderNo, amountFen, code } })
      return body as { orderNo: string; status: string; paymentId: string }
    }
    let awaiting = ''
    const before = await listen(async () => {
      const byWechat = await pay(100, campus.wechat.showCode(openid))
      expect(byWechat.status).toBe('PAID')
      await campus.call('reverse', { params: { orderNo: byWechat.orderNo }, body: {} })
      const large = await pay(20_001, await campus.issueCode(personId))
      expect(large.status).toBe('AWAITING_PASSWORD')
      awaiting = large.paymentId
    })
    const approvalId = await approve(campus, personId, { kind: 'pay', paymentId: awaiting })
    const after = await listen(async () => {
      const { body } = await campus.call('confirmPayment', {
        params: { personId, paymentId: awaiting },
        body: { approvalId },
      })
      expect(body.status).toBe('PAID')
    })
    expectOneSchool([...before, ...after], 20)
  })

  function expectOneSchool(sent: Sent[], countMin: number) {
    expect(sent.length).toBeGreaterThan(countMin)
    const statements = sent.map((each) => ({ schools: schoolsOf(each), text: each.text }))
    expect(statements.filter(({ schools }) => schools === 'unnamed')).toEqual([])
    expect(new Set(statements.flatMap(({ schools }) => schools))).toEqual(new Set([SCHOOL]))
  }

  it('writes payments of two schools, made at once, in two transactions', async () => {
    const schools: string[][] = []
    const sent = await listen(async () => {
      const item = (schoolId: string) =>
        campus.services.payBatch
          .submit({
            school_id: schoolId,
            person_id: schoolId,
            terminal_id: '',
            order_no: '',
          } as never)
          .catch(() => undefined)
      await Promise.all(['9001', '9002', '9001', '9002'].map(item))
    })
    for (const each of sent) {
      const named = schoolsOf(each)
      if (named !== 'unnamed' && named.length > 0) schools.push(named as string[])
    }
    expect(schools.every((named) => named.length === 1)).toBe(true)
    expect(new Set(schools.flat())).toEqual(new Set(['9001', '9002']))
  })
})
