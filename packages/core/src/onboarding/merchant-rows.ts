import { isDeepStrictEqual } from 'node:util'
import type { PriceRule } from '@campus-ecode/protocol/campus'
import { type PersonClass, personClassSchema } from '@campus-ecode/protocol/shapes'
import { z } from 'zod'
import { saveMerchant } from '../campus/store.ts'
import { inTransaction, prepare } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { cellSchema, type RowOutcome, readRow, refuseRow } from './row.ts'

/** 90 is nine tenths of the list price, 115 a surcharge; to a tenth of a per cent. */
const percentSchema = z
  .string()
  .trim()
  .regex(/^(\d{1,3}(\.\d)?%?)?$/)
  .transform((text) => (text === '' ? null : Math.round(Number.parseFloat(text) * 10)))
  .refine((permille) => permille === null || permille <= 3_000)

/** A row of the school's merchants, known again by name (R4, R40). Empty: the list price. */
export const merchantRowSchema = z.object({
  name: cellSchema(60),
  campus: z.union([z.literal(''), cellSchema(60)]).optional(),
  student: percentSchema.optional(),
  teacher: percentSchema.optional(),
  external: percentSchema.optional(),
  visitor: percentSchema.optional(),
})
type MerchantRow = z.output<typeof merchantRowSchema>

export const merchantColumns: Record<keyof MerchantRow, readonly string[]> = {
  name: ['商户', '商户名称'],
  campus: ['校区'],
  student: ['学生折扣%'],
  teacher: ['教师折扣%'],
  external: ['校外人员折扣%'],
  visitor: ['访客折扣%'],
}

const ruleNames: Record<PersonClass, PriceRule['name']> = {
  student: { 'zh-CN': '学生价', en: 'Student price' },
  teacher: { 'zh-CN': '教职工价', en: 'Staff price' },
  external: { 'zh-CN': '校外人员价', en: 'External price' },
  visitor: { 'zh-CN': '访客价', en: 'Visitor price' },
}

/** A class's price, under a name that both languages have. */
export function ruleOf(personClass: PersonClass, permille: number): PriceRule {
  return { class: personClass, permille, name: ruleNames[personClass] }
}

const select = prepare<{ merchant_id: string; campus: string | null; price_rules: PriceRule[] }>(
  'select merchant_id, campus, price_rules from merchants where school_id = $1 and name = $2',
)

/**
 * Takes a table of merchants in. Of a column that it does not have, everything stays as it is; a merchant that it does
 * not name stays, too.
 */
export async function importMerchantRows(
  { db, newId }: Pick<Services, 'db' | 'newId'>,
  schoolId: string,
  rows: readonly { line: number; cells: unknown }[],
  seen: Set<string>,
  apply = true,
): Promise<RowOutcome[]> {
  return inTransaction(db.pool, async (tx) => {
    const outcomes: RowOutcome[] = []
    for (const { line, cells } of rows) {
      const read = readRow(merchantRowSchema, line, cells)
      if ('refused' in read) {
        outcomes.push(read.refused)
        continue
      }
      const { name } = read.row
      if (seen.has(name)) {
        outcomes.push(refuseRow(line, 'TWICE', ['name']))
        continue
      }
      seen.add(name)
      const [before] = await select(tx, [schoolId, name])
      const priceRules = changeRules(before?.price_rules ?? [], read.row)
      const campus = (read.row.campus === undefined ? before?.campus : read.row.campus) || undefined
      const isSame =
        before &&
        (before.campus ?? undefined) === campus &&
        isDeepStrictEqual(before.price_rules, priceRules)
      outcomes.push({ line, outcome: before ? (isSame ? 'same' : 'changed') : 'added' })
      if (apply && !isSame) await saveMerchant(tx, schoolId, newId(), { name, priceRules, campus })
    }
    return outcomes
  })
}

/** What is said of a class takes the place of its rule, whose name stays where its price does. */
function changeRules(before: readonly PriceRule[], row: MerchantRow): PriceRule[] {
  return personClassSchema.options.flatMap((personClass) => {
    const rule = before.find((each) => each.class === personClass)
    const permille = row[personClass]
    if (permille === undefined || permille === rule?.permille) return rule ?? []
    return permille === null || permille === 1_000 ? [] : ruleOf(personClass, permille)
  })
}
