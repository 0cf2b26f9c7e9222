import { terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { PayRequest } from '@campus-ecode/protocol/payments'
import { demand } from './check.ts'
import { demandAnswer, demandRefusal, describe } from './demands.ts'
import type { World } from './world.ts'

/**
 * Sends a payment that needs the payer's password (R23): the phone is asked for it, or, where none is
 * set, the payment is refused. Gives how the order stands.
 */
export async function demandPassword(
  world: World,
  order: PayRequest,
): Promise<'AWAITING_PASSWORD' | 'REFUSED'> {
  const reply = await world.sendPay(world.till, order)
  if (reply.status >= 400) {
    demandRefusal(reply, 'PASSWORD_REQUIRED')
    return 'REFUSED'
  }
  const { status, channel, settledAt } = demandAnswer(reply, terminalRoutes.pay)
  demand(status === 'AWAITING_PASSWORD', `without the password it stands as ${status}`)
  demand(reply.status === 202, `what awaits the password is answered with ${describe(reply)}`)
  demand(channel === null && settledAt === null, 'before the password it is said to be settled')
  return status
}
