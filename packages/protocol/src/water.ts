import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { instantSchema, orderNoSchema } from './shapes.ts'

/** R26: shown to the person in the shower page, typed at the controller. */
export const bathNoSchema = z
  .string()
  .regex(/^\d{8}$/)
  .describe('Bath number, eight digits')

/**
 * - `RUNNING` the hold stands, the controller meters.
 * - `ENDED` settled for what the meter said, the rest released.
 */
export const waterSessionStatusSchema = z.enum(['RUNNING', 'ENDED'])

/**
 * Why a session ended. `idle`: nothing was heard of the controller for the lease, or of more water for ten
 * minutes. `locked`: the card was locked or closed meanwhile.
 */
export const waterEndSchema = z.enum(['controller', 'phone', 'used_up', 'idle', 'locked'])

const sessionFields = {
  sessionNo: orderNoSchema,
  status: waterSessionStatusSchema,
  holdFen: z.int().describe('Taken out of the wallet at the start; the most that can be charged'),
  litresMl: z.int().describe('Metered so far, in millilitres'),
  amountFen: z.int().describe('Charged, or to be charged if it ended now, after the price rule'),
  endedBy: waterEndSchema.nullable(),
  startedAt: instantSchema,
  endedAt: instantSchema.nullable(),
}

/** A session as its controller sees it. */
export const waterSessionSchema = z
  .object({
    ...sessionFields,
    maxMl: z.int().describe('At this reading the controller shuts the valve'),
    lastSeq: z.int().describe('Of the newest reading taken; 0 before the first'),
    leaseSeconds: z.int().describe('Silence after which the session ends itself'),
  })
  .meta({ id: 'WaterSession' })
export type WaterSession = z.infer<typeof waterSessionSchema>

export const startWaterSchema = z
  .strictObject({
    sessionNo: orderNoSchema.describe('Made and kept by the controller before the first send'),
    bathNo: bathNoSchema,
    waterPassword: z.string().regex(/^\d{6}$/),
  })
  .meta({ id: 'StartWater' })

/** More than any shower is; a meter that counts beyond it says this. */
export const READING_ML_MAX = 10_000_000

/** A meter only rises: `totalMl` is of the whole session, so that a lost reading costs nothing. */
export const waterReadingSchema = z
  .strictObject({
    seq: z.int().min(1).max(1_000_000).describe('Rises by one with each reading'),
    totalMl: z.int().min(0).max(READING_ML_MAX),
  })
  .meta({ id: 'WaterReading' })

export const endWaterSchema = z
  .strictObject({ totalMl: z.int().min(0).max(READING_ML_MAX) })
  .meta({ id: 'EndWater' })

/** What a shower controller may do, with its terminal key (R26). */
export const waterRoutes = defineRoutes({
  startWater: {
    method: 'POST',
    path: '/v1/water-sessions',
    summary: 'Opens the water for a bath number and its password, on a hold (R26)',
    body: startWaterSchema,
    answers: { 201: waterSessionSchema, 200: waterSessionSchema },
    errors: [
      'WATER_PASSWORD_WRONG',
      'WATER_PASSWORD_LOCKED',
      'WATER_BALANCE_TOO_LOW',
      'WATER_IN_USE',
      'CARD_NOT_CLAIMED',
      'CARD_LOCKED',
      'CARD_CLOSED',
      'ACCOUNT_NOT_OPEN',
      'OVER_SINGLE_LIMIT',
      'OVER_DAILY_LIMIT',
      'MERCHANT_NOT_ACCEPTING',
      'TERMINAL_DISABLED',
      'TERMINAL_PAUSED',
      'TERMINAL_LOCKED',
      'ORDER_NO_REUSED',
      'ORDER_REVERSED',
      'SIGNATURE_REPLAYED',
    ],
  },
  getWater: {
    method: 'GET',
    path: '/v1/water-sessions/:sessionNo',
    summary: 'What became of a session; a controller that was restarted asks this first',
    answers: { 200: waterSessionSchema },
    errors: ['WATER_SESSION_UNKNOWN'],
  },
  meterWater: {
    method: 'POST',
    path: '/v1/water-sessions/:sessionNo/readings',
    summary:
      'A reading of the meter; keeps the session alive. Late and repeated ones change nothing',
    body: waterReadingSchema,
    answers: { 200: waterSessionSchema },
    errors: [
      'WATER_SESSION_UNKNOWN',
      'WATER_SESSION_ENDED',
      'WATER_READING_IMPOSSIBLE',
      'SIGNATURE_REPLAYED',
    ],
  },
  endWater: {
    method: 'POST',
    path: '/v1/water-sessions/:sessionNo/end',
    summary:
      'Settles a session for what can be believed and releases the rest; repeating is harmless',
    body: endWaterSchema,
    answers: { 200: waterSessionSchema },
    errors: ['WATER_SESSION_UNKNOWN', 'SIGNATURE_REPLAYED'],
  },
})

/** What the shower page shows. */
export const myWaterSchema = z
  .object({
    offered: z.boolean().describe('R40: the person’s campus has showers'),
    password: z.enum(['not_set', 'set', 'locked']),
    bathNo: bathNoSchema.nullable().describe('null before a water password was set'),
    minBalanceFen: z.int().describe('What the wallet must hold at the start'),
    places: z.array(z.string()).describe('Names of the showers'),
    session: z
      .object({ ...sessionFields, place: z.string() })
      .nullable()
      .describe('The running one, or the last one that ended within ten minutes'),
  })
  .meta({ id: 'MyWater' })
export type MyWater = z.infer<typeof myWaterSchema>

/** What a person does about showers; part of the person routes. The password is set on the keypad. */
export const myWaterRoutes = defineRoutes({
  getMyWater: {
    method: 'GET',
    path: '/water',
    summary: 'Bath number, state of the water password, the running shower (R26)',
    answers: { 200: myWaterSchema },
    errors: [],
    scope: 'wallet',
  },
  endMyWater: {
    method: 'POST',
    path: '/water/end',
    summary: 'Ends the running shower from the phone; repeating is harmless',
    answers: { 200: myWaterSchema },
    errors: [],
    scope: 'wallet',
  },
})
