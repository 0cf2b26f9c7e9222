import { z } from 'zod'

/** How the core has a text message sent. `reference` makes a repeat harmless. */
export const smsRequestSchema = z
  .strictObject({
    reference: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
    phone: z.string().regex(/^\+?\d{6,15}$/),
    template: z.enum(['enrol-device', 'verify-person']),
    params: z.record(z.string(), z.string()),
  })
  .meta({ id: 'SmsRequest' })
export type SmsRequest = z.infer<typeof smsRequestSchema>

export const smsAnswerSchema = z
  .object({ reference: z.string(), accepted: z.literal(true) })
  .meta({ id: 'SmsAnswer' })

export const smsPortPaths = { send: '/v1/messages' } as const
