import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Transfer } from '@campus-ecode/protocol/wallet'
import { isOfOneDelivery } from './answers.ts'
import type { TransferCall } from './read-history.ts'

/** The transfer as a reply shows it. */
export function transferIn({ reply }: TransferCall): Transfer | undefined {
  return reply?.outcome === 'ok' ? reply.transfer : undefined
}

/** The refusal of a call, unless another delivery of it may have been taken. */
export function firmTransferRefusal({ reply }: TransferCall): ErrorCode | undefined {
  if (reply?.outcome !== 'refused' || isOfOneDelivery(reply.error)) return undefined
  return reply.error
}

/** Whether a call may have made its transfer. */
export function isMaker(call: TransferCall): call is TransferCall & {
  send: { verb: 'top_up' | 'withdrawal'; amountFen: number }
} {
  return call.send.verb !== 'get' && firmTransferRefusal(call) === undefined
}
