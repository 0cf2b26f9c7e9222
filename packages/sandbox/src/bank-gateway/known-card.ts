import { z } from 'zod'

/** What the bank knows of a card and its holder. */
export const knownCardSchema = z.strictObject({
  name: z.string(),
  idNumber: z.string(),
  cardNo: z.string().regex(/^\d{12,19}$/),
  /** The number reserved at the bank. */
  phone: z.string().regex(/^\d{6,15}$/),
  bankName: z.string(),
  status: z.enum(['active', 'closed', 'not_supported']).default('active'),
})
export type KnownCard = z.infer<typeof knownCardSchema> & {
  /** The account behind it, which is also what the core knows the card by. */
  token: string
}
