import { z } from 'zod'
import { labelled } from './access-code.ts'
import { channelSchema, idSchema, instantSchema, schoolIdSchema } from './shapes.ts'

/**
 * R34: what a day was, as `statement.json` says it. Beside it lie the files that it names, and in
 * `statement.sig` 64 bytes: Ed25519 over `statementSigningInput`. Source: docs/statements.md.
 */

/** Payments, reversals and refunds each by their number and sum. */
const sumsSchema = z.strictObject({
  paymentCount: z.int().min(0),
  paymentFen: z.int().min(0),
  reversalCount: z.int().min(0),
  reversalFen: z.int().min(0),
  refundCount: z.int().min(0),
  refundFen: z.int().min(0),
  netFen: z.int().describe('Payments less reversals and refunds; below zero on some days'),
})
export type StatementSums = z.infer<typeof sumsSchema>

export const daySchema = z.iso.date().describe('Asia/Shanghai, YYYY-MM-DD')

export const statementSchema = z
  .strictObject({
    type: z.literal('ECS1.statement'),
    schoolId: schoolIdSchema,
    merchantId: idSchema.nullable().describe('null: all merchants of the school'),
    day: daySchema,
    finishedAt: instantSchema.describe('Since when nothing of this day can change'),
    keyId: z.int().min(1).describe('Of the key that signs'),
    rowCount: z.int().min(0),
    total: sumsSchema,
    merchants: z.array(
      z.strictObject({
        merchantId: idSchema,
        name: z.string(),
        total: sumsSchema,
        channels: z.array(z.strictObject({ channel: channelSchema, ...sumsSchema.shape })),
      }),
    ),
    files: z.array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9-]+\.(csv|jsonl)$/),
        bytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    ),
  })
  .meta({ id: 'Statement' })
export type Statement = z.infer<typeof statementSchema>

/** What is signed: `ECS1.statement`, a zero byte, the bytes of `statement.json`. */
export function statementSigningInput(statement: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelled('ECS1.statement', statement)
}

export const noSums: Readonly<StatementSums> = {
  paymentCount: 0,
  paymentFen: 0,
  reversalCount: 0,
  reversalFen: 0,
  refundCount: 0,
  refundFen: 0,
  netFen: 0,
}

/** Whether the parts of a statement add up to what they are said to be together. */
export function addsUp({ total, merchants }: Pick<Statement, 'total' | 'merchants'>): boolean {
  return (
    isSumOf(
      total,
      merchants.map((merchant) => merchant.total),
    ) && merchants.every((merchant) => isSumOf(merchant.total, merchant.channels))
  )
}

export function addSums(one: StatementSums, other: StatementSums): StatementSums {
  const sum = { ...noSums }
  for (const name of Object.keys(noSums) as (keyof StatementSums)[]) {
    sum[name] = one[name] + other[name]
  }
  return sum
}

function isSumOf(total: StatementSums, parts: StatementSums[]): boolean {
  const sum = parts.reduce(addSums, noSums)
  const net = total.paymentFen - total.reversalFen - total.refundFen
  return (
    total.netFen === net &&
    Object.keys(noSums).every(
      (name) => sum[name as keyof StatementSums] === total[name as keyof StatementSums],
    )
  )
}
