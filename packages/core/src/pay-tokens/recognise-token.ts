import type { PayToken } from '@campus-ecode/protocol/payments'
import type { CodeRefusal, GenuineCode } from '../codes/recognise-code.ts'
import type { Scan } from '../codes/scan.ts'

/**
 * Whose card or face it is, and which account pays: the person's default (R29). Whether the person has
 * agreed, and holds it still, is decided inside the payment's own transaction.
 *
 * @param index In hex, as it was looked up with.
 */
export function checkToken(
  scan: Scan,
  kind: PayToken['kind'],
  index: string,
): GenuineCode | CodeRefusal {
  const { person_id: personId, default_account: account } = scan
  if (!scan.token_id || !personId || !account) return { refused: 'TOKEN_UNKNOWN', guess: {} }
  // Somebody's until it was replaced, so nobody is guessing.
  if (scan.token_removed_at) return { refused: 'TOKEN_UNKNOWN' }
  return { personId, account, revealed: false, token: { kind, index } }
}
