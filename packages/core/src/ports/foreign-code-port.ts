import type { DebitPort } from './debit-port.ts'

/** What a terminal wants for a code that it has scanned. */
export interface CodeCharge {
  /** Our number of the order, for ever: at most 32 letters and digits. */
  reference: string
  amountFen: number
  /** On the payer's bill there. */
  description: string
  authCode: string
  terminalId: string
  merchantId: string
}

/**
 * Whose a code is, by their own name for that account. `invalid` and `expired` are their words;
 * `unavailable`: nobody could be asked.
 */
export type CodeOwner = { openid: string } | { failed: 'invalid' | 'expired' | 'unavailable' }

/**
 * Another system's payment codes, for one merchant there. A charge is a debit whose account is a code that
 * lives a minute, so it is sent once and asked about ever after.
 *
 * `reverse` answers REVERSED only when a query says so; that a call was accepted proves nothing. Nor is one
 * REVERSED whose return under `referenceOfLateRefund` is under way.
 */
export interface ForeignCodePort extends Pick<DebitPort, 'query' | 'reverse' | 'refund'> {
  /** Takes nothing; after this only we can charge the code. */
  findPayer(authCode: string): Promise<CodeOwner>
  charge(charge: CodeCharge): ReturnType<DebitPort['query']>
}

/** What a charge is returned by that came to nothing here: no refund of ours, but a late reversal. */
export function referenceOfLateRefund(debitReference: string): string {
  return `late-${debitReference}`
}
