import type { RowOutcome, RowReason } from '@campus-ecode/protocol/operator-api'
import { z } from 'zod'

export type { RowOutcome, RowReason }

/** Why a row is not taken, for whoever keeps the table. */
export const rowReasons = {
  FORM: ['这几列填写不对', 'These columns are not in the form they should have'],
  COLUMNS: [
    '这一行与表头的列数不同：多了逗号，或文件不完整',
    'The row has not the columns of the header: a comma too many, or the file is cut off',
  ],
  TWICE: ['表中前面已有同样的一行', 'The table has the same one in an earlier row'],
  TOKEN_TWICE: ['这张卡或人脸已给了前面的人', 'An earlier row has the same card or face'],
  TOKENS_APART: ['卡和人脸两列要么都有，要么都没有', 'Cards and faces are given both or neither'],
  NAME_MISSING: ['新人需要姓名和类别', 'Somebody new needs a name and a class'],
  HAS_LEFT: [
    '此人已离校销卡，回校请用新的卡号',
    'Has left and the card is closed for good; who comes back gets a new number',
  ],
  MERCHANT_UNKNOWN: ['没有这家商户', 'There is no such merchant'],
  KIND_FIXED: [
    '终端类型不能改，请停用后另建一个',
    'What a terminal is stays; disable it and add another',
  ],
  SHOWER_HAS_TARIFF: ['只有淋浴设备有水价，且必须有', 'Showers, and they alone, have a price'],
} as const satisfies Record<RowReason, readonly [zh: string, en: string]>

/** One line of text as people write it: no control characters, no half of a pair. */
export const cellSchema = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u)

/** Several values in a cell, with a semicolon between. */
export const listSchema = <T extends z.ZodType<unknown, string>>(element: T, max: number) =>
  z
    .string()
    .transform((text) =>
      text
        .split(/[;；]/)
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    )
    .pipe(z.array(element).max(max))

/** 是, yes, true, 1; 否, no, false, 0; empty is no. */
export const yesSchema = z
  .enum(['', '是', 'yes', 'true', '1', '否', 'no', 'false', '0'])
  .transform((word) => ['是', 'yes', 'true', '1'].includes(word))

/**
 * Holds a row's cells against their schema.
 *
 * @param cells Those of columns that the table does not have are absent; null of a row that has other columns.
 */
export function readRow<S extends z.ZodType>(
  schema: S,
  line: number,
  cells: unknown,
): { row: z.output<S> } | { refused: RowOutcome } {
  if (cells === null) return { refused: refuseRow(line, 'COLUMNS') }
  const parsed = schema.safeParse(cells)
  if (parsed.success) return { row: parsed.data }
  const fields = [...new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? '')))]
  return { refused: refuseRow(line, 'FORM', fields) }
}

export function refuseRow(line: number, reason: RowReason, fields: string[] = []): RowOutcome {
  return { line, outcome: 'refused', reason, ...(fields.length > 0 && { fields }) }
}
