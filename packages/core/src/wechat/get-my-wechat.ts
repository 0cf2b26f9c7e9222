import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { hasSignInBinding } from '../sign-ins/binding-store.ts'
import { findWechat } from './binding-store.ts'
import { wechatOf } from './offered.ts'

/** Whether WeChat's own payment code of this person is accepted at campus terminals (R27). */
export async function getMyWechat({
  params,
  services,
}: PersonContext<'getMyWechat'>): PersonOutcome<'getMyWechat'> {
  const found = await findWechat(services.db.pool, params.schoolId, params.personId)
  if (!found) return refuse('NOT_FOUND')
  const { bound_at: boundAt, wallet_status: wallet } = found
  return {
    status: 200,
    body: {
      offered: wechatOf(services) !== undefined,
      bound: boundAt !== null,
      boundAt: boundAt?.toISOString() ?? null,
      ready: wallet === 'open',
      signsIn: await hasSignInBinding(services.db.pool, params.schoolId, params.personId),
    },
  }
}
