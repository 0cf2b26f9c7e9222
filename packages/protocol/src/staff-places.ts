import { z } from 'zod'
import { refusalSchema } from './payments.ts'
import { idSchema, instantSchema } from './shapes.ts'

export const staffMerchantSchema = z
  .object({
    merchantId: idSchema,
    name: z.string(),
    campus: z.string().nullable(),
    accepting: z.boolean(),
    terminalCount: z.int(),
  })
  .meta({ id: 'StaffMerchant' })
export type StaffMerchant = z.infer<typeof staffMerchantSchema>

export const staffTerminalSchema = z
  .object({
    terminalId: idSchema,
    name: z.string(),
    merchantName: z.string(),
    kind: z.enum(['till', 'online', 'shower', 'utility']),
    enabled: z.boolean(),
    lastContactAt: instantSchema.nullable(),
    pausedUntil: instantSchema.nullable().describe('After wrong codes in a row'),
    locked: z.boolean(),
  })
  .meta({ id: 'StaffTerminal' })
export type StaffTerminal = z.infer<typeof staffTerminalSchema>

export const staffGateSchema = z
  .object({
    gateId: idSchema,
    name: z.string(),
    campus: z.string().nullable(),
    zone: z.string(),
    enabled: z.boolean(),
    lastContactAt: instantSchema.nullable(),
    listSeq: z.int().describe('The revocation list it holds; 0: none'),
    listsBehind: z.int(),
    keysBehind: z.boolean(),
    withoutList: z.enum(['open', 'closed']).describe('What it does when its list is too old'),
  })
  .meta({ id: 'StaffGate' })
export type StaffGate = z.infer<typeof staffGateSchema>

export const staffDevicesSchema = z
  .object({
    terminals: z.array(staffTerminalSchema),
    gates: z.array(staffGateSchema),
    list: z.object({
      seq: z.int(),
      entryCount: z.int(),
      issuedAt: instantSchema.nullable(),
      waitingCount: z.int().describe('Ended credentials that the next list will have'),
    }),
  })
  .meta({ id: 'StaffDevices' })

/** The last hour, for a screen on the wall at noon. */
export const staffPulseSchema = z
  .object({
    at: instantSchema,
    minutes: z
      .array(z.object({ at: instantSchema, paid: z.int(), refused: z.int() }))
      .describe('Sixty, oldest first'),
    paidCount: z.int(),
    paidFen: z.int(),
    refusals: z
      .array(z.object({ refusal: refusalSchema, count: z.int() }))
      .describe('Most frequent first'),
    open: z.object({ processing: z.int(), unknown: z.int(), awaitingPassword: z.int() }),
    oldestUnknownAt: instantSchema.nullable(),
  })
  .meta({ id: 'StaffPulse' })
export type StaffPulse = z.infer<typeof staffPulseSchema>

export const staffHealthSchema = z
  .object({
    at: instantSchema,
    systems: z.array(
      z.object({
        port: z.string(),
        state: z
          .enum(['good', 'slow', 'silent', 'idle'])
          .describe('silent: asked and not answered for a minute; idle: not asked in this hour'),
        askedCount: z.int().describe('In the last hour'),
        declinedCount: z.int(),
        openCount: z.int(),
        oldestOpenAt: instantSchema.nullable(),
        lastAnswerAt: instantSchema.nullable(),
        medianMs: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'StaffHealth' })
export type StaffHealth = z.infer<typeof staffHealthSchema>
