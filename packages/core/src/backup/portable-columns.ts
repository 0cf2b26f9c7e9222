import type { Queryable, Tx } from '../db/database.ts'

const LAST_ID = `'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid`

/** A log in the order of the transactions that wrote it, and where those who read it keep their places. */
interface Log {
  table: string
  id: string
  places: string[]
}
const logs: Log[] = [
  { table: 'postings', id: 'transaction_id', places: ['balance_rollup'] },
  { table: 'events', id: 'event_id', places: ['told_events', 'event_places'] },
]

export interface CopiedTable {
  name: string
  columns: string[]
  /** What is written for each column. */
  expressions: string[]
}

/**
 * Every table of ours with what is to be written of it.
 *
 * Transaction numbers are those of one cluster's life: in another one that has counted less far, what they
 * order would never be settled, or come before what is older. Nobody asks more of them than what lies before
 * somebody's place and what after it, so a backup says that alone: a row's number is how many places lie
 * before it, a place's the same, at the end of its number. Throws for a transaction number that nobody has
 * thought of.
 */
export async function listTables(tx: Tx): Promise<CopiedTable[]> {
  const { rows } = await tx.query<{ name: string; column: string; type: string }>(
    `select c.relname as name, a.attname as column, format_type(a.atttypid, null) as type
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                          and a.attgenerated = ''
      where c.relkind = 'r' order by c.relname, a.attnum`,
  )
  const names = new Set(rows.map(({ name }) => name))
  const tables = new Map<string, CopiedTable>()
  for (const { name, column, type } of rows) {
    const given = describeColumn(names, name, column)
    if (type === 'xid8' && given === undefined) {
      throw new Error(`${name}.${column} is a transaction number of this cluster alone`)
    }
    const table = tables.get(name) ?? { name, columns: [], expressions: [] }
    table.columns.push(column)
    table.expressions.push(given ?? `t.${tx.escapeIdentifier(column)}`)
    tables.set(name, table)
  }
  return [...tables.values()]
}

function describeColumn(names: Set<string>, table: string, column: string): string | undefined {
  const log = logs.find((each) => each.table === table || each.places.includes(table))
  if (!log) return undefined
  if (column === log.id && table !== log.table) return LAST_ID
  if (column !== 'tx') return undefined
  // A backup before an update is of a database that may lack some.
  const places = log.places
    .filter((each) => names.has(each))
    .map((each) => `select tx, ${log.id} from ${each}`)
    .join(' union all ')
  return `(select 1 + count(*) from (${places}) p where (p.tx, p.${log.id}) < (t.tx, t.${log.id}))`
}

/** Lets the cluster count on until every restored number lies behind: there are hardly more than schools. */
export async function outrunNumbers(on: Queryable): Promise<void> {
  for (;;) {
    // Each of these is a transaction with a number.
    const { rows } = await on.query<{ done: boolean }>(
      `select pg_current_xact_id() > greatest((select max(tx) from postings), (select max(tx) from events), '1')
                as done`,
    )
    if (rows[0]?.done) return
  }
}
