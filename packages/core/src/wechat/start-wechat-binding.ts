import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'

/**
 * Begins WeChat authentication (R27).
 *
 * Refuses: WECHAT_NOT_OFFERED.
 */
export async function startWechatBinding(
  _: PersonContext<'startWechatBinding'>,
): PersonOutcome<'startWechatBinding'> {
  return refuse('WECHAT_NOT_OFFERED')
}
