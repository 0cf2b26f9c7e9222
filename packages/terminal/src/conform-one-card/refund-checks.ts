import { debitRefundSchema } from '@campus-ecode/protocol/debit-port'
import { v7 } from 'uuid'
import { type Check, demand } from '../conform-core/check.ts'
import { demandForm } from '../conform-core/demands.ts'
import type { Reply } from '../conform-core/wire.ts'
import { AMOUNT_FEN, demandError, demandOk, type Vendor } from './vendor.ts'

/**
 * Giving a part back. A debit that was refunded cannot be undone, so what is left of it is refunded, too.
 */
export const refundChecks: Check<Vendor>[] = [
  {
    name: 'gives back a part, once for each refund reference, and tells of it',
    rule: 'R33',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = await vendor.take()
      const refund = `refund-${v7()}`
      for (const _ of [1, 2]) demandRefund(await vendor.refund(reference, refund, 1), refund)
      demandRefund(await vendor.queryRefund(reference, refund), refund)
      const heldFen = await vendor.readBalanceFen()
      demand(heldFen === before - AMOUNT_FEN + 1, 'it gave back something else')
      demandError(await vendor.queryRefund(reference, `refund-${v7()}`), 404, 'NOT_FOUND')
      await giveBackRest(vendor, reference, 1)
      demand((await vendor.readBalanceFen()) === before, 'the balance is another')
    },
  },
  {
    name: 'refuses another amount under a refund reference that it has seen',
    rule: 'R33: REFERENCE_REUSED',
    async run(vendor) {
      const reference = await vendor.take()
      const refund = `refund-${v7()}`
      demandRefund(await vendor.refund(reference, refund, 1), refund)
      demandError(await vendor.refund(reference, refund, 2), 409, 'REFERENCE_REUSED')
      await giveBackRest(vendor, reference, 1)
    },
  },
  {
    name: 'never gives back more than it took, over all refunds',
    rule: 'R33: REFUND_EXCEEDS_DEBIT',
    async run(vendor) {
      const reference = await vendor.take()
      const exceed = (amountFen: number) => vendor.refund(reference, `refund-${v7()}`, amountFen)
      demandError(await exceed(AMOUNT_FEN + 1), 409, 'REFUND_EXCEEDS_DEBIT')
      await giveBackRest(vendor, reference, 0)
      demandError(await exceed(1), 409, 'REFUND_EXCEEDS_DEBIT')
    },
  },
  {
    name: 'does not undo a debit of which a part was given back',
    rule: 'R33: NOT_REVERSIBLE',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = await vendor.take()
      await giveBackRest(vendor, reference, 0)
      demandError(await vendor.reverse(reference), 409, 'NOT_REVERSIBLE')
      demand((await vendor.readBalanceFen()) === before, 'the balance is another')
    },
  },
  {
    name: 'gives nothing back of a debit that it does not know',
    rule: 'NOT_FOUND',
    async run(vendor) {
      const reply = await vendor.refund(`pay-${v7()}`, `refund-${v7()}`, 1)
      demandError(reply, 404, 'NOT_FOUND')
    },
  },
]

async function giveBackRest(vendor: Vendor, reference: string, givenFen: number): Promise<void> {
  const refund = `refund-${v7()}`
  demandRefund(await vendor.refund(reference, refund, AMOUNT_FEN - givenFen), refund)
  vendor.forget(reference)
}

function demandRefund(reply: Reply, refundReference: string): void {
  demandOk(reply)
  const refund = demandForm(debitRefundSchema, reply.json)
  demand(refund.refundReference === refundReference, 'it is about another refund')
  demand(refund.status === 'SUCCEEDED', `the refund is ${refund.status}`)
}
