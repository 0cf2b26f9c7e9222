import { z } from 'zod'
import { cursorSchema } from './events.ts'
import { paymentSchema } from './payments.ts'
import { defineRoutes } from './route.ts'
import { instantSchema } from './shapes.ts'

/**
 * R24: one payment to a merchant's collection code, for staff to hold against the phone that is shown
 * to them. `tail` stands on both.
 */
export const incomingPaymentSchema = z
  .object({
    tail: z.string().length(6).describe('Last six of the payment’s id, as on the result page'),
    amountFen: z.int(),
    maskedName: z.string(),
    paidAt: instantSchema,
  })
  .meta({ id: 'IncomingPayment' })
export type IncomingPayment = z.infer<typeof incomingPaymentSchema>

export const incomingPageSchema = z
  .object({ payments: z.array(paymentSchema), cursor: cursorSchema })
  .meta({ id: 'IncomingPage' })

/** For a till that is back: what its printed code took meanwhile, oldest first. */
export const incomingRoutes = defineRoutes({
  getIncoming: {
    method: 'GET',
    path: '/v1/incoming',
    summary: 'Payments to the terminal’s collection code since a cursor (R24)',
    query: z.object({ after: cursorSchema.optional() }),
    answers: { 200: incomingPageSchema },
    errors: [],
  },
})
