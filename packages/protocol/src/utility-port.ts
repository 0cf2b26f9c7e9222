import { z } from 'zod'
import { amountFenSchema, instantSchema, schoolIdSchema } from './shapes.ts'
import { utilityAccountSchema, utilityKindSchema } from './utilities.ts'

/**
 * R39: how the core reaches whoever sells electricity, water and network, signed as everything is
 * (RFC 9421). `reference` is made by the core before the first send: the same reference with the same
 * content gets the same answer, however often it is sent.
 */
export const utilityPortPaths = {
  findAccount: '/v1/utility-accounts/find', // POST FindAccount → 200 UtilityAccount | 404 ACCOUNT_UNKNOWN
  topUp: '/v1/utility-top-ups', // POST PortTopUp → 200 PortTopUpState | 409 REFERENCE_REUSED
  query: '/v1/utility-top-ups/:reference', // GET → 200 PortTopUpState | 404 NOT_FOUND
  cancel: '/v1/utility-top-ups/:reference/cancel', // POST {} → 200 PortTopUpState (REFUSED, also when never seen)
} as const

export const portFindAccountSchema = z
  .strictObject({
    schoolId: schoolIdSchema,
    utility: utilityKindSchema,
    campus: z.string().nullable(),
    accountNo: z.string(),
  })
  .meta({ id: 'PortFindAccount' })

export const portAccountSchema = utilityAccountSchema

export const portTopUpSchema = z
  .strictObject({
    reference: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
    schoolId: schoolIdSchema,
    utility: utilityKindSchema,
    campus: z.string().nullable(),
    accountNo: z.string(),
    amountFen: amountFenSchema,
  })
  .meta({ id: 'PortTopUp' })

/** `REFUSED` is for ever: it was not credited and never will be under this reference. */
export const portTopUpStateSchema = z
  .object({
    reference: z.string(),
    status: z.enum(['CONFIRMED', 'REFUSED', 'PROCESSING']),
    amountFen: z.int().nullable().describe('What was credited; null where nothing was, or not yet'),
    receipt: z.string().max(40).nullable(),
    at: instantSchema,
  })
  .meta({ id: 'PortTopUpState' })
export type PortTopUpState = z.infer<typeof portTopUpStateSchema>
