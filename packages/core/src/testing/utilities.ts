import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import { SCHOOL } from './campus.ts'
import type { HttpCore } from './http-core.ts'

/** A utility of the test's school, as an import leaves it. */
export async function addUtility(
  { db }: Pick<HttpCore, 'db'>,
  { campus = null as string | null, enabled = true, rules = [] as object[] } = {},
): Promise<string> {
  const [merchantId, terminalId, utilityId] = [v7(), v7(), v7()]
  const name = `宿舍电费 ${utilityId.slice(-4)}`
  await db.pool.query(
    `insert into merchants (school_id, merchant_id, name, price_rules) values ($1, $2, $3, $4)`,
    [SCHOOL, merchantId, name, JSON.stringify(rules)],
  )
  await db.pool.query(
    `insert into terminals (school_id, terminal_id, merchant_id, name, kind, key_id, sealed_key)
     values ($1, $2, $3, $4, 'utility', $5, $6)`,
    [SCHOOL, terminalId, merchantId, name, `${SCHOOL}.u.${terminalId}`, randomBytes(8)],
  )
  await db.pool.query(
    `insert into utilities (school_id, utility_id, kind, name, campus, account_word, terminal_id, enabled)
     values ($1, $2, 'electricity', $3, $4, $5, $6, $7)`,
    [
      SCHOOL,
      utilityId,
      name,
      campus,
      JSON.stringify({ 'zh-CN': '房间号', en: 'Room' }),
      terminalId,
      enabled,
    ],
  )
  return utilityId
}
