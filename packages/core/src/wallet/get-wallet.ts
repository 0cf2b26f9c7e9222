import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { describeWallet } from './describe-wallet.ts'

/** The wallet: balance, cards, limits, what is pending. */
export async function getWallet({
  params,
  services,
}: PersonContext<'getWallet'>): PersonOutcome<'getWallet'> {
  const wallet = await describeWallet(services, params)
  return wallet ? { status: 200, body: wallet } : refuse('NOT_FOUND')
}
