import { z } from 'zod'
import { lockReachSchema } from './access.ts'
import { cardStatusSchema } from './card.ts'
import { deviceSchema, signInSchema } from './devices.ts'
import { idSchema, instantSchema, personClassSchema } from './shapes.ts'
import { staffReasonSchema } from './staff.ts'

/** By one of these, whole: names and numbers are sealed, so that nobody leafs through them. */
export const findPeopleSchema = z
  .union([
    z.strictObject({ cardNo: z.string().trim().min(1).max(32) }),
    z.strictObject({ name: z.string().trim().min(1).max(40) }),
    z.strictObject({ phoneTail: z.string().regex(/^\d{4}$/) }),
  ])
  .meta({ id: 'FindPeople' })

const listedPersonShape = {
  personId: idSchema,
  maskedName: z.string(),
  maskedCardNo: z.string(),
  class: personClassSchema,
  campus: z.string().nullable(),
  cardStatus: cardStatusSchema,
}
export const listedPersonSchema = z.object(listedPersonShape).meta({ id: 'ListedPerson' })
export type ListedPerson = z.infer<typeof listedPersonSchema>

export const foundPeopleSchema = z
  .object({ people: z.array(listedPersonSchema), more: z.boolean() })
  .meta({ id: 'FoundPeople' })

/** What an office needs of a person, and no more: no balance, no full number, no name. */
export const staffPersonSchema = z
  .object({
    ...listedPersonShape,
    maskedPhone: z.string().nullable(),
    walletStatus: z.enum(['not_open', 'open', 'closed']),
    oneCardStatus: z.enum(['not_open', 'open']),
    bankCardCount: z.int(),
    password: z.enum(['not_set', 'set', 'locked']),
    wechat: z.object({ signsIn: z.boolean(), pays: z.boolean() }),
    devices: z.array(deviceSchema),
    signIns: z.array(signInSchema).describe('The newest ten'),
    lockReach: lockReachSchema.nullable().describe('R32: null once every gate knows'),
    deletion: z
      .object({
        state: z.enum(['waiting', 'done']).describe('waiting: for a second person'),
        at: instantSchema,
        by: z.string().nullable().describe('Who asked, while it waits'),
        keptUntil: instantSchema.nullable().describe('Until then the name is sealed away'),
      })
      .nullable()
      .describe('R42'),
  })
  .meta({ id: 'StaffPerson' })
export type StaffPerson = z.infer<typeof staffPersonSchema>

export const deletePersonSchema = z
  .strictObject({
    taskId: idSchema.describe('Made by the page: repeating is harmless'),
    reason: staffReasonSchema,
  })
  .meta({ id: 'StaffDeletePerson' })
