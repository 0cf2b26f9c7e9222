import { z } from 'zod'
import { accessRecordSchema } from './access.ts'
import { accessPurposeSchema } from './access-policy.ts'
import { approvalActionSchema, approvalStatusSchema } from './approvals.ts'
import { billEntrySchema } from './bill.ts'
import { cardStatusSchema } from './card.ts'
import { consentPurposeSchema } from './consents.ts'
import { signInSchema } from './devices.ts'
import { noticeSchema, noticeSettingsSchema } from './notices.ts'
import { payTokenSchema } from './payments.ts'
import { accountSchema, idSchema, instantSchema, personClassSchema } from './shapes.ts'
import { walletSchema } from './wallet.ts'
import { bathNoSchema } from './water.ts'

/** R42: who the person is and how things stand; theirs, so nothing of it is masked. */
export const aboutMeSchema = z.object({
  name: z.string(),
  cardNo: z.string().describe('Student or staff number, in full'),
  phone: z.string().nullable().describe('As the school gave it, in full'),
  class: personClassSchema,
  campus: z.string().nullable(),
  groups: z.array(z.string()).describe('R30: as the school gave them'),
  school: z.string(),
  cardStatus: cardStatusSchema,
  defaultAccount: accountSchema,
  oneCard: z.enum(['not_open', 'open']).describe('Its balance is kept by the school’s system'),
  wallet: walletSchema.describe('With limits, agreement and what is pending'),
  walletOpenedAt: instantSchema.nullable(),
  walletClosedAt: instantSchema.nullable(),
  faceCheckedAt: instantSchema
    .nullable()
    .describe('When a face check was last passed; nothing of the face is held'),
  wechatSignsInSince: instantSchema.nullable().describe('By the first WeChat that does (R2b)'),
  wechatBoundAt: instantSchema
    .nullable()
    .describe('R27: since when a WeChat is bound; of it only a name is held that is ours alone'),
  bathNo: bathNoSchema.nullable().describe('R26; null before a water password was set'),
  passwordSetAt: instantSchema.nullable().describe('The password itself cannot be read by anybody'),
  passwordLockedAt: instantSchema.nullable(),
  noticeSettings: noticeSettingsSchema,
})

/** Each list is spread over pages in this order, newest first. */
export const myDataListsSchema = z.object({
  bankCards: z.array(
    z.object({
      cardId: idSchema,
      bankName: z.string(),
      tail: z.string().describe('All of the number that is known here'),
      boundAt: instantSchema,
      unboundAt: instantSchema.nullable(),
    }),
  ),
  devices: z.array(
    z.object({
      deviceId: idSchema,
      label: z.string(),
      status: z.enum(['active', 'removed']),
      enrolledAt: instantSchema,
      lastContactAt: instantSchema,
    }),
  ),
  consents: z.array(
    z.object({
      purpose: consentPurposeSchema,
      version: z.string(),
      givenAt: instantSchema,
      withdrawnAt: instantSchema.nullable(),
    }),
  ),
  payTokens: z
    .array(
      z.object({
        kind: payTokenSchema.shape.kind,
        addedAt: instantSchema,
        removedAt: instantSchema.nullable(),
      }),
    )
    .describe('R29: cards and enrolled faces that terminals know; which ones cannot be read here'),
  credentials: z
    .array(
      z.object({
        credentialId: idSchema,
        label: z.string(),
        class: personClassSchema,
        notBefore: instantSchema,
        expiresAt: instantSchema,
        revokedAt: instantSchema.nullable(),
      }),
    )
    .describe('R31: what phones open gates with, until a month after their end'),
  accessRecords: z.array(accessRecordSchema).describe('Of the last 90 days'),
  gatherings: z
    .array(
      z.object({
        gatheringId: idSchema,
        purpose: accessPurposeSchema,
        title: z.string(),
        zone: z.string(),
        classes: z.array(personClassSchema),
        groups: z.array(z.string()),
        startsAt: instantSchema,
        endsAt: instantSchema,
      }),
    )
    .describe('Meetings and sessions that the person has opened, until 90 days after their end'),
  signIns: z.array(signInSchema),
  notices: z.array(noticeSchema),
  verifications: z.array(
    z.object({
      means: z.enum(['bank_card', 'school_phone', 'binding']),
      sentAt: instantSchema,
      confirmedAt: instantSchema.nullable(),
      spentAt: instantSchema.nullable(),
    }),
  ),
  approvals: z.array(
    z.object({
      action: approvalActionSchema,
      status: approvalStatusSchema,
      createdAt: instantSchema,
    }),
  ),
  showers: z
    .array(
      z.object({
        sessionNo: z.string(),
        place: z.string(),
        litresMl: z.int(),
        amountFen: z.int().nullable().describe('null while it runs'),
        startedAt: instantSchema,
        endedAt: instantSchema.nullable(),
      }),
    )
    .describe('R26'),
  utilityTopUps: z
    .array(
      z.object({
        topUpId: idSchema,
        name: z.string(),
        accountNo: z.string(),
        label: z.string(),
        amountFen: z.int(),
        receipt: z.string().nullable(),
        createdAt: instantSchema,
      }),
    )
    .describe('R39: begun, whatever came of them; the bill says what was paid'),
  bill: z
    .array(billEntrySchema)
    .describe('Of the last 24 months, also what was refused or declined'),
})
export type MyDataLists = z.infer<typeof myDataListsSchema>
export const myDataListNames = myDataListsSchema.keyof().options

/**
 * One page of what is held of a person. Joined in order, lists to lists, the pages are one document;
 * none of them holds much, whatever there is.
 */
export const myDataSchema = myDataListsSchema
  .extend({
    at: instantSchema,
    about: aboutMeSchema.nullable().describe('On the first page'),
    next: z.string().nullable().describe('Cursor of the following page'),
  })
  .meta({ id: 'MyData' })
export type MyData = z.infer<typeof myDataSchema>

export const getMyDataSchema = z
  .strictObject({
    approvalId: idSchema.describe(
      'Of the action export_data; good for all pages, for a quarter of an hour from the first',
    ),
    cursor: z.string().max(128).optional(),
  })
  .meta({ id: 'GetMyData' })

export const deleteMeSchema = z
  .strictObject({ approvalId: idSchema.describe('Of the action delete_me') })
  .meta({ id: 'DeleteMe' })

/** R42: done, and cannot be undone. */
export const deletionSchema = z
  .object({
    deletedAt: instantSchema,
    keptUntil: instantSchema
      .nullable()
      .describe('Until when the name is sealed away beside the books; null where there are none'),
  })
  .meta({ id: 'Deletion' })
export type Deletion = z.infer<typeof deletionSchema>
