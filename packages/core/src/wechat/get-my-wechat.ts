import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findWallet } from '../wallet/store.ts'

/** Whether WeChat's own payment code of this person is accepted at campus terminals (R27). */
export async function getMyWechat({
  params,
  services,
}: PersonContext<'getMyWechat'>): PersonOutcome<'getMyWechat'> {
  const wallet = await findWallet(services.db.pool, params.schoolId, params.personId)
  if (!wallet) return refuse('NOT_FOUND')
  const ready = wallet.wallet_status === 'open'
  return { status: 200, body: { offered: false, bound: false, boundAt: null, ready } }
}
