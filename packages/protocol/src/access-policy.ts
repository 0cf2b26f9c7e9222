import { z } from 'zod'
import { accessPurposes, SHOWN_FUTURE_SECONDS, SHOWN_PAST_SECONDS } from './access-code.ts'
import { unixSecondsSchema } from './access-keys.ts'
import { idSchema, personClassSchema, schoolIdSchema } from './shapes.ts'

export const accessPurposeSchema = z.enum(
  Object.keys(accessPurposes) as [keyof typeof accessPurposes, ...(keyof typeof accessPurposes)[]],
)

const timeOfDaySchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/)

/** A weekly time: on these days from `from` until `until`, by the school's clock. */
export const weeklyTimeSchema = z
  .strictObject({
    days: z.array(z.int().min(1).max(7)).min(1).describe('1 is Monday (ISO 8601)'),
    from: timeOfDaySchema,
    until: timeOfDaySchema.describe('Not included; earlier than `from` means the next morning'),
  })
  .meta({ id: 'WeeklyTime' })
export type WeeklyTime = z.infer<typeof weeklyTimeSchema>

/** One reason to open: everything in it has to hold. Default is to stay shut. */
export const gateRuleSchema = z
  .strictObject({
    purpose: accessPurposeSchema,
    context: z
      .int()
      .min(0)
      .max(65_535)
      .describe('The code must carry it; 0 for doors and libraries'),
    classes: z.array(personClassSchema).describe('Who, by class …'),
    profiles: z.array(z.int().min(1).max(65_535)).describe('… or by access profile'),
    week: z.array(weeklyTimeSchema).describe('Any of them; none: always'),
    notBefore: unixSecondsSchema.nullable(),
    notAfter: unixSecondsSchema.nullable().describe('Not included'),
  })
  .meta({ id: 'GateRule' })
export type GateRule = z.infer<typeof gateRuleSchema>

/** Payload of `ECA1.policy`: what one gate does by itself. */
export const gatePolicySchema = z
  .strictObject({
    school: schoolIdSchema,
    gateId: idSchema,
    seq: z.int().min(1).describe('Rises; a gate refuses a lower one than it holds'),
    issued: unixSecondsSchema,
    utcOffsetMinutes: z
      .int()
      .min(-720)
      .max(840)
      .describe('Of the school: 480, China has no summer time'),
    shownPastSeconds: z.int().min(1).max(300).default(SHOWN_PAST_SECONDS),
    shownFutureSeconds: z.int().min(0).max(300).default(SHOWN_FUTURE_SECONDS),
    staleList: z
      .enum(['open', 'closed'])
      .describe('With a list older than a day: let people in or not'),
    rules: z.array(gateRuleSchema).max(1_000),
  })
  .meta({ id: 'GatePolicy' })
export type GatePolicy = z.infer<typeof gatePolicySchema>
