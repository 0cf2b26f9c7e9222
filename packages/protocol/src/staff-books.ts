import { z } from 'zod'
import { idSchema, instantSchema } from './shapes.ts'
import { staffReasonSchema } from './staff.ts'
import { daySchema, statementSchema } from './statement.ts'

/** `all`: of the whole school. */
export const statementScopeSchema = z.union([idSchema, z.literal('all')])

export const staffStatementsSchema = z
  .object({
    keyId: z.int(),
    publicKey: z.string().describe('Ed25519, base64url: statements are verified with it'),
    days: z
      .array(z.object({ day: daySchema, finishedAt: instantSchema.nullable() }))
      .describe('The last 31 that are over, newest first'),
  })
  .meta({ id: 'StaffStatements' })

export const preparedStatementSchema = z
  .object({
    result: z.enum(['ready', 'too_early', 'unfinished', 'changed', 'differs']),
    statement: statementSchema.nullable(),
    files: z.array(z.string()).describe('To be downloaded by these names'),
    verified: z.boolean().describe('Signature, files and sums were held against each other'),
  })
  .meta({ id: 'PreparedStatement' })
export type PreparedStatement = z.infer<typeof preparedStatementSchema>

export const staffDifferencesSchema = z
  .object({
    ports: z.array(
      z.object({
        port: z.string(),
        day: daySchema.describe('The last that was matched'),
        hereFen: z.int(),
        hereCount: z.int(),
        thereFen: z.int(),
        thereCount: z.int(),
        matchedAt: instantSchema,
      }),
    ),
    differences: z.array(
      z
        .object({
          port: z.string(),
          reference: z.string(),
          sinceDay: daySchema,
          kind: z.enum(['missing_here', 'missing_there', 'amount', 'status', 'late']),
          hereFen: z.int(),
          thereFen: z.int(),
          paymentId: idSchema.nullable(),
          merchantName: z.string().nullable(),
          orderNo: z.string().nullable(),
          state: z
            .enum(['open', 'waiting', 'cleared'])
            .describe('waiting: somebody asked to put it aside; cleared: a second person agreed'),
          reason: z.string().nullable(),
        })
        .meta({ id: 'StaffDifference' }),
    ),
    more: z.boolean(),
  })
  .meta({ id: 'StaffDifferences' })
export type StaffDifferences = z.infer<typeof staffDifferencesSchema>

export const clearDifferenceSchema = z
  .strictObject({
    taskId: idSchema,
    port: z.string().regex(/^[a-z_]{1,20}$/),
    reference: z.string().min(1).max(128),
    sinceDay: daySchema,
    reason: staffReasonSchema,
  })
  .meta({ id: 'ClearDifference' })

export const staffWebhooksSchema = z
  .object({
    endpoints: z.array(
      z.object({
        endpointId: idSchema,
        name: z.string().nullable().describe('Of an online terminal; null: the school’s own'),
        url: z.string(),
        waitingCount: z.int(),
        givenUpCount: z.int(),
      }),
    ),
    deliveries: z
      .array(
        z.object({
          webhookId: idSchema,
          type: z.string(),
          state: z.enum(['waiting', 'delivered', 'given_up']),
          createdAt: instantSchema,
          attemptCount: z.int(),
          nextAttemptAt: instantSchema.nullable(),
          deliveredAt: instantSchema.nullable(),
          failure: z.string().nullable(),
        }),
      )
      .describe('Of the endpoint that was named, the newest hundred'),
  })
  .meta({ id: 'StaffWebhooks' })
export type StaffWebhooks = z.infer<typeof staffWebhooksSchema>
