import { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { AMOUNT_FEN_MAX } from '@campus-ecode/protocol/money'
import type { Payment } from '@campus-ecode/protocol/payments'
import { type Check, demand, Skipped } from '../check.ts'
import { codeOf, demandAnswer, demandRefusal, describe } from '../demands.ts'
import { LIST_FEN, type Person, type World } from '../world.ts'

/** Amounts, prices, limits, and orders that come again. */
export const paymentChecks: Check[] = [
  {
    name: 'takes exactly the amount it says, for every class at every merchant',
    rule: 'R4, R7, R13',
    async run(world) {
      for (const person of await payersByClass(world)) {
        const tills = new Map(world.tills.map((till) => [till.merchantId, till]))
        for (const till of tills.values()) {
          const before = await world.readBalance(person)
          const payment = await world.pay(person, { till })
          checkPrice(payment, person)
          const taken = before - (await world.readBalance(person))
          const expected = payment.channel === 'wallet' ? payment.amountFen : 0
          demand(taken === expected, `${taken} fen were taken in place of ${expected}`)
          await world.undoAll()
        }
      }
    },
  },
  {
    name: 'charges the same class the same price in proportion',
    rule: 'R4: one rule of a merchant per class, rounded to a fen',
    async run(world) {
      const payer = await world.findPayer()
      const small = await world.pay(payer, { amountFen: 1_000 })
      const large = await world.pay(payer, { amountFen: 2_000 })
      await world.undoAll()
      const offFen = Math.abs(large.amountFen - 2 * small.amountFen)
      demand(offFen <= 1, `¥20.00 costs ${offFen} fen more or less than twice ¥10.00`)
    },
  },
  {
    name: 'shows a terminal the class and a masked name, never name or number',
    rule: 'R4',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      const orderNo = world.newOrderNo()
      const reply = await world.sendPay(world.till, { orderNo, amountFen: LIST_FEN, code })
      const payment = demandAnswer(reply, terminalRoutes.pay)
      demand(payment.payer?.class === payer.class, 'the class is another')
      demand(payment.payer.maskedName !== payer.name, 'the name is not masked')
      demand(!reply.text.includes(payer.name), 'the full name stands in the answer')
      demand(!reply.text.includes(payer.cardNo), 'the card number stands in the answer')
      await world.undoAll()
    },
  },
  {
    name: 'answers a query with what it answered the payment',
    rule: 'R33',
    async run(world) {
      const paid = await world.pay(await world.findPayer())
      const seen = await world.query(world.till, paid.orderNo)
      await world.undoAll()
      demand(same(paid, seen), 'the two differ')
    },
  },
  {
    name: 'answers a repeated order with the first answer, and takes no more',
    rule: 'R33',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readBalance(payer)
      const { code } = await world.drawCode(payer)
      const order = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code }
      await world.sendPay(world.till, order)
      const first = await world.awaitPaid(world.till, order.orderNo)
      for (let time = 0; time < 3; time++) {
        const reply = await world.sendPay(world.till, order)
        demand(same(first, demandAnswer(reply, terminalRoutes.pay)), 'the answers differ')
      }
      const taken = before - (await world.readBalance(payer))
      await world.undoAll()
      demand(taken === first.amountFen, `${taken} fen were taken in place of ${first.amountFen}`)
    },
  },
  {
    name: 'pays once when the same order arrives eight times at once',
    rule: 'R33',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readBalance(payer)
      const { code } = await world.drawCode(payer)
      const order = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code }
      const sends = Array.from({ length: 8 }, () => world.sendPay(world.till, order))
      const ids = new Set(
        (await Promise.all(sends)).map(
          (reply) => demandAnswer(reply, terminalRoutes.pay).paymentId,
        ),
      )
      const { amountFen } = await world.awaitPaid(world.till, order.orderNo)
      const taken = before - (await world.readBalance(payer))
      await world.undoAll()
      demand(ids.size === 1, `${ids.size} payments came of it`)
      demand(taken === amountFen, `${taken} fen were taken in place of ${amountFen}`)
    },
  },
  {
    name: 'refuses an order number with changed content, and changes nothing',
    rule: 'R33: ORDER_NO_REUSED',
    async run(world) {
      const payer = await world.findPayer()
      const first = await world.pay(payer)
      const balance = await world.readBalance(payer)
      const { code } = await world.drawCode(payer)
      const { orderNo } = first
      for (const amountFen of [LIST_FEN, LIST_FEN + 1]) {
        const reply = await world.sendPay(world.till, { orderNo, amountFen, code })
        demandRefusal(reply, 'ORDER_NO_REUSED')
      }
      const seen = await world.query(world.till, orderNo)
      const after = await world.readBalance(payer)
      await world.undoAll()
      demand(same(first, seen), 'the order is changed')
      demand(after === balance, 'money moved')
    },
  },
  {
    name: 'keeps each terminal’s orders to itself',
    rule: 'R33: order numbers are unique per terminal',
    async run(world) {
      const { otherTill } = world
      const { orderNo } = await world.pay(await world.findPayer())
      demandRefusal(await world.callOrder('getPayment', otherTill, { orderNo }), 'ORDER_NOT_FOUND')
      const refund = { refundNo: world.newOrderNo(), amountFen: 1 }
      const refunded = await world.callOrder('refund', otherTill, { orderNo }, refund)
      demandRefusal(refunded, 'ORDER_NOT_FOUND')
      // The same number of another terminal is another order, and this one stays.
      const reversed = await world.callOrder('reverse', otherTill, { orderNo })
      demandAnswer(reversed, terminalRoutes.reverse)
      const { status } = await world.query(world.till, orderNo)
      await world.undoAll()
      demand(status === 'PAID', `another terminal’s reversal made it ${status}`)
    },
  },
  {
    name: 'knows nothing of an order that never came',
    rule: 'ORDER_NOT_FOUND',
    async run(world) {
      const orderNo = world.newOrderNo()
      demandRefusal(await world.callOrder('getPayment', world.till, { orderNo }), 'ORDER_NOT_FOUND')
    },
  },
  {
    name: 'refuses amounts that are not a whole number of fen from 1 to ¥100,000.00',
    rule: 'docs/codes.md "Money": AMOUNT_INVALID',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      const before = await world.readBalance(payer)
      const amounts = [
        0,
        -1,
        1.5,
        0.1,
        AMOUNT_FEN_MAX + 1,
        2 ** 53,
        '1230',
        '¥12.30',
        null,
        true,
        [],
      ]
      for (const amountFen of amounts) {
        const orderNo = world.newOrderNo()
        const reply = await world.sendPay(world.till, { orderNo, amountFen, code })
        const found = describe(reply)
        demand(codeOf(reply) === 'AMOUNT_INVALID', `${JSON.stringify(amountFen)}: ${found}`)
        demandRefusal(reply, 'AMOUNT_INVALID')
      }
      demand((await world.readBalance(payer)) === before, 'money moved')
    },
  },
  {
    name: 'refuses what is over the single limit, and keeps to that answer',
    rule: 'R15: OVER_SINGLE_LIMIT',
    async run(world) {
      const payer = await world.findPayer()
      const { limits } = await world.readAccounts(payer)
      const before = await world.readBalance(payer)
      const { code } = await world.drawCode(payer)
      // Above the limit also where the class pays a quarter of the list price.
      const amountFen = Math.min(limits.singleFen * 4 + 4, AMOUNT_FEN_MAX)
      if (amountFen <= limits.singleFen) throw new Skipped('the limit is as high as can be')
      const order = { orderNo: world.newOrderNo(), amountFen, code }
      demandRefusal(await world.sendPay(world.till, order), 'OVER_SINGLE_LIMIT')
      demandRefusal(await world.sendPay(world.till, order), 'OVER_SINGLE_LIMIT')
      demand((await world.readBalance(payer)) === before, 'money moved')
      const { spentTodayFen } = (await world.readAccounts(payer)).limits
      demand(spentTodayFen === limits.spentTodayFen, 'the day’s sum was raised')
    },
  },
  {
    name: 'refuses what neither wallet nor bank card covers',
    rule: 'R13: INSUFFICIENT_FUNDS',
    async run(world) {
      const what = 'a wallet without a bank card, with less in it than the single limit'
      const poor = await world.findPerson(what, ({ accounts, fallbackCard, limits }) => {
        const wallet = accounts.find(({ account }) => account === 'wallet')
        const room = limits.singleFen - (wallet?.balanceFen ?? 0)
        return wallet?.status === 'open' && !fallbackCard && room > LIST_FEN
      })
      const before = await world.readBalance(poor)
      const { code } = await world.drawCode(poor)
      // Above the balance also where the class pays a quarter less.
      const amountFen = Math.ceil((before + 1) / 0.75)
      const order = { orderNo: world.newOrderNo(), amountFen, code }
      demandRefusal(await world.sendPay(world.till, order), 'INSUFFICIENT_FUNDS')
      demand((await world.readBalance(poor)) === before, 'money moved')
    },
  },
  {
    name: 'counts a payment against the day’s limit',
    rule: 'R15',
    async run(world) {
      const payer = await world.findPayer()
      const { spentTodayFen: before } = (await world.readAccounts(payer)).limits
      const { amountFen } = await world.pay(payer)
      const { spentTodayFen } = (await world.readAccounts(payer)).limits
      await world.undoAll()
      const counted = spentTodayFen - before
      demand(counted === amountFen, `it counts ${counted} fen in place of ${amountFen}`)
    },
  },
  {
    name: 'pays from the one-card account when the code names it',
    rule: 'R7',
    async run(world) {
      const payer = await world.findPerson(
        'a one-card account with money',
        ({ accounts, limits }) => {
          const oneCard = accounts.find(({ account }) => account === 'one_card')
          const left = limits.dailyFen - limits.spentTodayFen
          return (oneCard?.balanceFen ?? 0) >= 2 * LIST_FEN && left >= 2 * LIST_FEN
        },
      )
      const before = await world.readBalance(payer, 'one_card')
      const payment = await world.pay(payer, { account: 'one_card' })
      demand(payment.channel === 'one_card', `it is taken from ${payment.channel}`)
      const taken = before - (await world.readBalance(payer, 'one_card'))
      await world.undoAll()
      await awaitReversed(world, payment.orderNo)
      const after = await world.readBalance(payer, 'one_card')
      demand(taken === payment.amountFen, `${taken} fen were taken of ${payment.amountFen}`)
      demand(after === before, 'undone, the balance is another')
    },
  },
  {
    name: 'takes the whole amount from the bank card when the wallet is short',
    rule: 'R13: never a split',
    async run(world) {
      const what = 'a wallet with a bank card, and less in it than the single limit'
      const payer = await world.findPerson(what, ({ accounts, fallbackCard, limits }) => {
        const wallet = accounts.find(({ account }) => account === 'wallet')
        const room = limits.singleFen - (wallet?.balanceFen ?? limits.singleFen)
        const left = limits.dailyFen - limits.spentTodayFen
        return fallbackCard !== null && room > 2 * LIST_FEN && left > limits.singleFen
      })
      const before = await world.readBalance(payer)
      const amountFen = Math.ceil((before + 1) / 0.75)
      const payment = await world.pay(payer, { amountFen })
      const after = await world.readBalance(payer)
      await world.undoAll()
      await awaitReversed(world, payment.orderNo)
      demand(payment.channel === 'bank_card', `it is taken from ${payment.channel}`)
      demand(after === before, 'a part was taken from the wallet')
      demand((await world.readBalance(payer)) === before, 'undone, the balance is another')
    },
  },
]

function checkPrice(payment: Payment & { amountFen: number }, person: Person): void {
  const { status, listFen, amountFen, rule, payer, refusal, settledAt, refundedFen } = payment
  demand(status === 'PAID', `it stands as ${status}`)
  demand(listFen === LIST_FEN, 'the list price is another')
  demand(listFen + (rule?.changeFen ?? 0) === amountFen, 'list price and rule do not add up')
  demand(rule?.changeFen !== 0, 'a rule changes nothing')
  demand(payer?.class === person.class, 'the class is another')
  demand(refusal === null && settledAt !== null && refundedFen === 0, 'it is not simply paid')
}

async function payersByClass(world: World): Promise<Person[]> {
  const payers = [await world.findPayer()]
  const other = await world.findPayer(1).catch(() => undefined)
  if (other) payers.push(other)
  return payers
}

async function awaitReversed(world: World, orderNo: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { status } = await world.query(world.till, orderNo)
    if (status === 'REVERSED') return
    demand(status === 'REVERSING' && tries < 60, `undone, it stands as ${status}`)
    await world.waitUntil(Date.now() + 500)
  }
}

function same(one: Payment, other: Payment): boolean {
  const keys = Object.keys(one) as (keyof Payment)[]
  return keys.every((key) => JSON.stringify(one[key]) === JSON.stringify(other[key]))
}
