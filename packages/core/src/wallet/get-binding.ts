import { isRefusal, type PersonContext, type PersonOutcome } from '../http/operation.ts'
import { settleBinding } from './settle-binding.ts'

/**
 * How a binding stands, for a page that waits or was opened anew. It looks, asks the provider where the
 * face is awaited, and binds when nothing is missing any more.
 *
 * Refuses: BINDING_UNKNOWN, CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, REOPENS_EXHAUSTED,
 * FACE_CHECK_FAILED, FACE_CHECK_EXPIRED, FACE_CHECK_NEEDED, SMS_CODE_EXPIRED, CARD_ALREADY_BOUND.
 */
export async function getBinding({
  params,
  services,
}: PersonContext<'getBinding'>): PersonOutcome<'getBinding'> {
  const state = await settleBinding(services, params)
  return isRefusal(state) ? state : { status: 200, body: state }
}
