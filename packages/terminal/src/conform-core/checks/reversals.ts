import { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { type Check, demand, Skipped } from '../check.ts'
import { demandPassword } from '../demand-password.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import { LIST_FEN } from '../world.ts'

/** Undoing an order, and giving money back. */
export const reversalChecks: Check[] = [
  {
    name: 'undoes a paid order to net zero, once, however often it is asked',
    rule: 'R33',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readAccounts(payer)
      const balance = await world.readBalance(payer)
      const { orderNo } = await world.pay(payer)
      const replies = await Promise.all(
        [1, 2, 3].map(() => world.callOrder('reverse', world.till, { orderNo })),
      )
      for (const reply of replies) {
        const { status } = demandAnswer(reply, terminalRoutes.reverse)
        demand(status === 'REVERSED', `undone, it stands as ${status}`)
      }
      demand((await world.readBalance(payer)) === balance, 'the balance is another')
      const { spentTodayFen } = (await world.readAccounts(payer)).limits
      demand(spentTodayFen === before.limits.spentTodayFen, 'the day’s sum is another')
      const { status } = await world.query(world.till, orderNo)
      demand(status === 'REVERSED', `a query says ${status}`)
    },
  },
  {
    name: 'never pays, refunds or undoes anything more under a number that was undone',
    rule: 'R33: ORDER_REVERSED, ORDER_NOT_PAID',
    async run(world) {
      const payer = await world.findPayer()
      const { code } = await world.drawCode(payer)
      const order = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code }
      await world.sendPay(world.till, order)
      await world.awaitPaid(world.till, order.orderNo)
      await world.callOrder('reverse', world.till, order)
      const before = await world.readBalance(payer)
      demandRefusal(await world.sendPay(world.till, order), 'ORDER_REVERSED')
      const refund = { refundNo: world.newOrderNo(), amountFen: 1 }
      const refunded = await world.callOrder('refund', world.till, order, refund)
      demandRefusal(refunded, 'ORDER_NOT_PAID')
      demand((await world.readBalance(payer)) === before, 'money moved')
    },
  },
  {
    name: 'keeps an order that was undone before it came from ever being paid',
    rule: 'R33: ORDER_REVERSED',
    async run(world) {
      const payer = await world.findPayer()
      const orderNo = world.newOrderNo()
      const reply = await world.callOrder('reverse', world.till, { orderNo })
      const stone = demandAnswer(reply, terminalRoutes.reverse)
      demand(stone.status === 'REVERSED', `it stands as ${stone.status}`)
      demand(stone.listFen === null && stone.amountFen === null, 'it names an amount')
      const before = await world.readBalance(payer)
      const { code } = await world.drawCode(payer)
      const late = await world.sendPay(world.till, { orderNo, amountFen: LIST_FEN, code })
      demandRefusal(late, 'ORDER_REVERSED')
      demand((await world.readBalance(payer)) === before, 'money moved')
      const { status } = await world.query(world.till, orderNo)
      demand(status === 'REVERSED', `a query says ${status}`)
    },
  },
  {
    name: 'undoes an order that awaits the password at once, and frees the day’s sum',
    rule: 'R23, R33',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readAccounts(payer)
      const { code } = await world.drawCode(payer, { revealed: true })
      const order = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code }
      if ((await demandPassword(world, order)) === 'REFUSED') {
        throw new Skipped('the payer has no payment password')
      }
      const waiting = await world.readAccounts(payer)
      const reply = await world.callOrder('reverse', world.till, order)
      const { status, amountFen } = demandAnswer(reply, terminalRoutes.reverse)
      demand(status === 'REVERSED', `undone, it stands as ${status}`)
      const after = await world.readAccounts(payer)
      const spentFen = [before, waiting, after].map(({ limits }) => limits.spentTodayFen)
      const [first = 0, open = 0, last] = spentFen
      demand(open - first === amountFen, 'while it waits it counts another amount')
      demand(last === first, 'undone, the day’s sum is another')
      demandRefusal(await world.sendPay(world.till, order), 'ORDER_REVERSED')
    },
  },
  {
    name: 'comes to net zero when payment and reversal arrive together',
    rule: 'R33',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readBalance(payer)
      for (let time = 0; time < 4; time++) {
        const { code } = await world.drawCode(payer)
        const order = { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code }
        const [paid, reversed] = await Promise.all([
          world.sendPay(world.till, order),
          world.callOrder('reverse', world.till, order),
        ])
        if (paid.status >= 300) demandRefusal(paid, 'ORDER_REVERSED')
        demandAnswer(reversed, terminalRoutes.reverse)
        const { status } = await world.query(world.till, order.orderNo)
        demand(status === 'REVERSED', `in the end it stands as ${status}`)
      }
      demand((await world.readBalance(payer)) === before, 'the balance is another')
    },
  },
  {
    name: 'gives back in parts, never more than was paid',
    rule: 'R33: REFUND_EXCEEDS_PAYMENT',
    async run(world) {
      const payer = await world.findPayer()
      const before = await world.readBalance(payer)
      const { orderNo, amountFen, channel } = await world.pay(payer)
      const refund = async (part: number) => {
        const json = { refundNo: world.newOrderNo(), amountFen: part }
        return world.callOrder('refund', world.till, { orderNo }, json)
      }
      const part = Math.floor(amountFen / 3)
      const first = demandAnswer(await refund(part), terminalRoutes.refund)
      demand(first.amountFen === part && first.channel === channel, 'the refund is another')
      demandRefusal(await refund(amountFen - part + 1), 'REFUND_EXCEEDS_PAYMENT')
      const half = await world.query(world.till, orderNo)
      demand(half.refundedFen === part, `${half.refundedFen} fen count as given back`)
      demand(half.status === 'PAID', `it stands as ${half.status}`)
      demandAnswer(await refund(amountFen - part), terminalRoutes.refund)
      demandRefusal(await refund(1), 'REFUND_EXCEEDS_PAYMENT')
      demand((await world.readBalance(payer)) === before, 'all given back, the balance is another')
    },
  },
  {
    name: 'answers a repeated refund with the first answer, and gives back once',
    rule: 'R33: REFUND_NO_REUSED',
    async run(world) {
      const payer = await world.findPayer()
      const { orderNo } = await world.pay(payer)
      const before = await world.readBalance(payer)
      const json = { refundNo: world.newOrderNo(), amountFen: 100 }
      const send = (content = json) => world.callOrder('refund', world.till, { orderNo }, content)
      const replies = [await send(), ...(await Promise.all([send(), send(), send()]))]
      const answers = replies.map((reply) => demandAnswer(reply, terminalRoutes.refund))
      const texts = new Set(answers.map((answer) => JSON.stringify(answer)))
      demand(texts.size === 1, 'the answers differ')
      demandRefusal(await send({ ...json, amountFen: 101 }), 'REFUND_NO_REUSED')
      const order = { orderNo, refundNo: json.refundNo }
      const seen = await world.callOrder('getRefund', world.till, order)
      const { amountFen } = demandAnswer(seen, terminalRoutes.getRefund)
      demand(amountFen === 100, 'a query tells another amount')
      const given = (await world.readBalance(payer)) - before
      await world.undoAll()
      demand(given === 100, `${given} fen were given back in place of 100`)
    },
  },
  {
    name: 'undoes no order that was refunded in part',
    rule: 'ORDER_REFUNDED',
    async run(world) {
      const payer = await world.findPayer()
      const { orderNo } = await world.pay(payer)
      const json = { refundNo: world.newOrderNo(), amountFen: 1 }
      await world.callOrder('refund', world.till, { orderNo }, json)
      const before = await world.readBalance(payer)
      const reply = await world.callOrder('reverse', world.till, { orderNo })
      demandRefusal(reply, 'ORDER_REFUNDED')
      const after = await world.readBalance(payer)
      await world.undoAll()
      demand(after === before, 'money moved')
    },
  },
  {
    name: 'refuses refunds of unknown orders, and unknown refunds',
    rule: 'ORDER_NOT_FOUND, REFUND_NOT_FOUND',
    async run(world) {
      const [orderNo, refundNo] = [world.newOrderNo(), world.newOrderNo()]
      const none = { orderNo, refundNo }
      const { till } = world
      const json = { refundNo, amountFen: 1 }
      demandRefusal(await world.callOrder('refund', till, none, json), 'ORDER_NOT_FOUND')
      demandRefusal(await world.callOrder('getRefund', till, none), 'ORDER_NOT_FOUND')
      const paid = await world.pay(await world.findPayer())
      const reply = await world.callOrder('getRefund', till, { ...paid, refundNo })
      await world.undoAll()
      demandRefusal(reply, 'REFUND_NOT_FOUND')
    },
  },
  {
    name: 'refuses refunds of amounts that are none',
    rule: 'AMOUNT_INVALID',
    async run(world) {
      const { orderNo } = await world.pay(await world.findPayer())
      for (const amountFen of [0, -1, 1.5, '100', null]) {
        const json = { refundNo: world.newOrderNo(), amountFen }
        const reply = await world.callOrder('refund', world.till, { orderNo }, json)
        demandRefusal(reply, 'AMOUNT_INVALID')
      }
      const { refundedFen } = await world.query(world.till, orderNo)
      await world.undoAll()
      demand(refundedFen === 0, `${refundedFen} fen count as given back`)
    },
  },
]
