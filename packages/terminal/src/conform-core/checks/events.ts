import type { BillEntry } from '@campus-ecode/protocol/bill'
import { bffRoutes, corePersonRoutes } from '@campus-ecode/protocol/core-api'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import { type Check, demand } from '../check.ts'
import { demandAnswer, demandRefusal } from '../demands.ts'
import { LIST_FEN, type Person, type World } from '../world.ts'

/** What phones and bills are told. */
export const eventChecks: Check[] = [
  {
    name: 'begins the event feed at the present',
    rule: 'docs/core-api.md, getEventFeed',
    async run(world) {
      const { events, cursor } = await readFeed(world)
      demand(events.length === 0, 'without a cursor it tells of the past')
      const next = await readFeed(world, `?after=${cursor}`)
      demand(next.events.length === 0, 'it tells of something that did not happen')
    },
  },
  {
    name: 'tells a payment and its reversal to the feed, as soon as they happen',
    rule: 'R22',
    async run(world) {
      const payer = await world.findPayer()
      const { cursor } = await readFeed(world)
      const startedAt = performance.now()
      const waiting = readFeed(world, `?after=${cursor}&waitSeconds=20`)
      const { orderNo, amountFen } = await world.pay(payer)
      const first = await waiting
      demand(performance.now() - startedAt < 10_000, 'a waiting reader heard of it late')
      demand(first.events.length > 0, 'a waiting reader heard nothing')
      const paid = await findInFeed(world, cursor, orderNo, 'PAID')
      demand(paid.personId === payer.id, 'it is told of another person')
      demand(paid.schoolId === world.demo.school.id, 'it is told of another school')
      const { entry, codeId, account } = paid.data
      demand(entry.amountFen === amountFen, 'it tells another amount')
      demand(codeId !== null && account === 'wallet', 'it does not name the code')
      await world.callOrder('reverse', world.till, { orderNo })
      await findInFeed(world, cursor, orderNo, 'REVERSED')
    },
  },
  {
    name: 'tells the person’s own events from a cursor on, and nobody else’s',
    rule: 'R22',
    async run(world) {
      const payer = await world.findPayer()
      const other = await world.findPayer(1)
      const starts = [await readOwn(world, payer), await readOwn(world, other)]
      demand(
        starts.every(({ events }) => events.length === 0),
        'without a cursor it tells of the past',
      )
      const { orderNo } = await world.pay(payer)
      await world.undoAll()
      const { events } = await readOwn(world, payer, starts[0]?.cursor)
      demand(
        events.some((event) => isOf(event, orderNo)),
        'the payment is not told',
      )
      const theirs = await readOwn(world, other, starts[1]?.cursor)
      demand(!theirs.events.some((event) => isOf(event, orderNo)), 'it is told to somebody else')
      const again = await readOwn(world, payer, starts[0]?.cursor)
      const cursors = (page: typeof again) => page.events.map(({ cursor }) => cursor).join()
      demand(cursors(again).startsWith(cursors({ ...again, events })), 'read again, it differs')
      const last = events.at(-1)?.cursor
      const rest = await readOwn(world, payer, last)
      demand(rest.events.length === 0, 'what was read is told again')
    },
  },
  {
    name: 'tells the phone why its code was refused',
    rule: 'R22',
    async run(world) {
      const payer = await world.findPayer()
      const { cursor } = await readOwn(world, payer)
      const { code, codeId } = await world.drawCode(payer)
      await world.sendPay(world.till, { orderNo: world.newOrderNo(), amountFen: LIST_FEN, code })
      await world.undoAll()
      const orderNo = world.newOrderNo()
      const reply = await world.sendPay(world.till, { orderNo, amountFen: LIST_FEN, code })
      demandRefusal(reply, 'CODE_USED')
      const { events } = await readOwn(world, payer, cursor)
      const told = events.find((event) => isOf(event, orderNo))
      demand(told?.data.type === 'payment', 'it is not told')
      demand(told.data.entry.refusal?.code === 'CODE_USED', 'it is told another reason')
      demand(told.data.codeId === codeId, 'it names another code')
    },
  },
  {
    name: 'refuses a cursor that is none of its own making',
    rule: 'BAD_REQUEST',
    async run(world) {
      const payer = await world.findPayer()
      for (const query of ['?after=%00', '?after=A%20B']) {
        demandRefusal(await world.callPerson('getEvents', payer, { query }), 'BAD_REQUEST')
      }
      const target = `${bffRoutes.getEventFeed.path}?waitSeconds=600`
      demandRefusal(await world.bff.call({ method: 'GET', target }), 'BAD_REQUEST')
    },
  },
  {
    name: 'writes a payment into the month’s bill, and the entry in full',
    rule: 'R17',
    async run(world) {
      const payer = await world.findPayer()
      const payment = await world.pay(payer)
      const bill = await readBill(world, payer)
      const entry = bill.find(
        ({ orderNo, kind }) => orderNo === payment.orderNo && kind === 'payment',
      )
      demand(entry !== undefined, 'the bill does not have it')
      demand(entry.direction === 'out' && entry.status === 'PAID', 'it does not stand as paid')
      demand(entry.amountFen === payment.amountFen, 'the amount is another')
      demand(entry.listFen === payment.listFen, 'the list price is another')
      demand(entry.channel === payment.channel, 'the channel is another')
      demand(entry.paymentId === payment.paymentId, 'it belongs to another payment')
      demand(entry.merchantName !== null, 'it names no merchant')
      const params = { entryId: entry.entryId }
      const reply = await world.callPerson('getBillEntry', payer, { params })
      const full = demandAnswer(reply, corePersonRoutes.getBillEntry)
      demand(JSON.stringify(full) === JSON.stringify(entry), 'in full it differs')
      const other = await world.findPayer(1)
      demandRefusal(await world.callPerson('getBillEntry', other, { params }), 'ORDER_NOT_FOUND')
      await world.undoAll()
      const undone = (await readBill(world, payer)).filter(
        ({ orderNo }) => orderNo === payment.orderNo,
      )
      demand(
        undone.some(({ status }) => status === 'REVERSED'),
        'undone, the bill does not say so',
      )
    },
  },
]

async function readFeed(world: World, query = '') {
  const target = bffRoutes.getEventFeed.path + query
  const reply = await world.bff.call({ method: 'GET', target })
  return demandAnswer(reply, bffRoutes.getEventFeed)
}

/** Reads on until the payment's event is there. */
async function findInFeed(world: World, from: string, orderNo: string, status: string) {
  let cursor = from
  for (let tries = 0; tries < 20; tries++) {
    const page = await readFeed(world, `?after=${cursor}&waitSeconds=1`)
    for (const { data, ...event } of page.events) {
      if (data.type !== 'payment' || data.entry.orderNo !== orderNo) continue
      if (data.entry.status === status) return { ...event, data }
    }
    cursor = page.cursor
  }
  demand(false, `the feed does not tell that the payment is ${status}`)
}

async function readOwn(world: World, person: Person, after?: string) {
  const query = after === undefined ? '' : `?after=${after}`
  const reply = await world.callPerson('getEvents', person, { query })
  return demandAnswer(reply, corePersonRoutes.getEvents)
}

function isOf({ data }: PersonEvent, orderNo: string): boolean {
  return data.type === 'payment' && data.entry.orderNo === orderNo
}

/** All pages of this month, as Asia/Shanghai counts it. */
async function readBill(world: World, person: Person): Promise<BillEntry[]> {
  const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
  const entries: BillEntry[] = []
  for (let next: string | null = ''; next !== null; ) {
    const query: string = `?month=${month}${next && `&cursor=${encodeURIComponent(next)}`}`
    const reply = await world.callPerson('getBill', person, { query })
    const page = demandAnswer(reply, corePersonRoutes.getBill)
    demand(page.month === month, 'the bill is of another month')
    entries.push(...page.entries)
    next = page.next
  }
  return entries
}
