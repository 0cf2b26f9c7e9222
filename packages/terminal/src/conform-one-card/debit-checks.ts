import { type Check, demand } from '../conform-core/check.ts'
import { AMOUNT_FEN, demandDebit, demandError, demandOk, type Vendor } from './vendor.ts'

/** Taking money and giving all of it back. */
export const debitChecks: Check<Vendor>[] = [
  {
    name: 'tells what an account holds, and knows no other',
    rule: 'R7',
    async run(vendor) {
      await vendor.readBalanceFen()
      demandError(await vendor.askBalance('no-such-account'), 404, 'ACCOUNT_UNKNOWN')
    },
  },
  {
    name: 'takes the amount, once for each reference',
    rule: 'R33',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = vendor.newReference()
      const expected = { reference, status: 'SUCCEEDED', amountFen: AMOUNT_FEN } as const
      const first = demandDebit(await vendor.debit(reference), expected)
      const again = demandDebit(await vendor.debit(reference), expected)
      demand(again.at === first.at, 'the repeat is answered with another time')
      demand((await vendor.readBalanceFen()) === before - AMOUNT_FEN, 'it took something else')
    },
  },
  {
    name: 'takes once when repeats come all at the same time',
    rule: 'R33',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = vendor.newReference()
      const replies = await Promise.all(Array.from({ length: 8 }, () => vendor.debit(reference)))
      for (const reply of replies) demandDebit(reply, { reference, status: 'SUCCEEDED' })
      demand((await vendor.readBalanceFen()) === before - AMOUNT_FEN, 'it took something else')
    },
  },
  {
    name: 'refuses other content under a reference that it has seen',
    rule: 'R33: REFERENCE_REUSED',
    async run(vendor) {
      const reference = await vendor.take()
      const reply = await vendor.debit(reference, { amountFen: AMOUNT_FEN + 1 })
      demandError(reply, 409, 'REFERENCE_REUSED')
    },
  },
  {
    name: 'declines what the account does not cover, and takes nothing',
    rule: 'R13: INSUFFICIENT_FUNDS',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = vendor.newReference()
      const expected = { status: 'DECLINED', declineReason: 'INSUFFICIENT_FUNDS' } as const
      demandDebit(await vendor.debit(reference, { amountFen: before + 1 }), expected)
      demandDebit(await vendor.query(reference), expected)
      demand((await vendor.readBalanceFen()) === before, 'it took something')
    },
  },
  {
    name: 'takes nothing from an account that it does not have',
    rule: 'ACCOUNT_UNKNOWN',
    async run(vendor) {
      const reply = await vendor.debit(vendor.newReference(), { account: 'no-such-account' })
      demandError(reply, 404, 'ACCOUNT_UNKNOWN')
    },
  },
  {
    name: 'takes no amount that is none',
    rule: 'BAD_REQUEST',
    async run(vendor) {
      for (const amountFen of [0, -1, 1.5, '3', null]) {
        demandError(await vendor.debit(vendor.newReference(), { amountFen }), 400, 'BAD_REQUEST')
      }
    },
  },
  {
    name: 'tells what became of a debit, and that it knows no other',
    rule: 'R33',
    async run(vendor) {
      const reference = await vendor.take()
      const reply = await vendor.query(reference)
      demandDebit(reply, { reference, status: 'SUCCEEDED', amountFen: AMOUNT_FEN })
      demandError(await vendor.query(vendor.newReference()), 404, 'NOT_FOUND')
    },
  },
  {
    name: 'gives back a debit once, however often it is reversed',
    rule: 'R33',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = await vendor.take()
      for (const _ of [1, 2]) {
        demandDebit(await vendor.reverse(reference), { reference, status: 'REVERSED' })
      }
      demandDebit(await vendor.query(reference), { reference, status: 'REVERSED' })
      demand((await vendor.readBalanceFen()) === before, 'the balance is another')
    },
  },
  {
    name: 'never takes what was reversed before it arrived',
    rule: 'R33: tombstone',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = vendor.newReference()
      demandDebit(await vendor.reverse(reference), { reference, status: 'REVERSED' })
      demandDebit(await vendor.debit(reference), { reference, status: 'REVERSED' })
      demand((await vendor.readBalanceFen()) === before, 'it took something')
    },
  },
  {
    name: 'leaves a declined debit declined when it is reversed',
    rule: 'R33',
    async run(vendor) {
      const before = await vendor.readBalanceFen()
      const reference = vendor.newReference()
      demandOk(await vendor.debit(reference, { amountFen: before + 1 }))
      const { status } = demandDebit(await vendor.reverse(reference), { reference })
      demand(status === 'DECLINED' || status === 'REVERSED', `its status is ${status}`)
      demand((await vendor.readBalanceFen()) === before, 'the balance is another')
    },
  },
]
