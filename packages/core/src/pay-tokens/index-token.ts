import type { PayToken } from '@campus-ecode/protocol/payments'
import type { Services } from '../http/operation.ts'

/** The value of `payment_tokens.token_index`, by which a card or face finds its person (R29). */
export function indexToken(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  { kind, value }: PayToken,
): Promise<Uint8Array> {
  return keys.index(`pay-token/${schoolId}/${kind}`, value)
}
