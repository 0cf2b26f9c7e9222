import { setTimeout as sleep } from 'node:timers/promises'
import type { RepliedWay } from '../diary-writer.ts'
import type { Person } from '../world.ts'
import type { Actor } from './actor.ts'
import { createPhoneHands } from './pay-by-phone.ts'

const PRICES_FEN: [number, number] = [50, 2_500]
/** Each of the first once, then as chance has it. */
const PLAYS = { one: 6, two: 5, closing: 4, closed: 2, left: 1 }
const FIRST_PLAYS = ['two', 'closed', 'one', 'closing', 'two'] as const
/** After which a run may end without having seen all. */
const ROUNDS_MAX = 12
/** Asked for with the password. */
const GREAT_FEN: [number, number] = [23_000, 30_000]

/**
 * A merchant's server and those who pay its orders (R38): created twice, with other words, paid by two people at
 * once, closed while somebody pays, refunded, refunded again under one number.
 */
export async function orderOnline(actor: Actor, name: string, signal: AbortSignal): Promise<void> {
  const { ways, cores, random, world } = actor
  const { persist, decide } = createPhoneHands(actor)
  const pickCore = () => random.pick(cores)
  const patience = () => (random.chance(0.2) ? random.int(30, 400) : 6_000)
  const orderers = world.people.filter(({ kind }) => kind === 'orderer')
  const phoners = world.people.filter(({ kind }) => kind === 'phoner')
  let count = 0
  let played = 0

  while (!signal.aborted || (played < FIRST_PLAYS.length && count < ROUNDS_MAX)) {
    await play()
    await sleep(random.int(0, 60))
  }

  async function play(): Promise<void> {
    const till = random.pick(world.ways.onlines)
    const orderNo = `${name}-${++count}`
    const isGreat = random.chance(0.06)
    const listFen = random.int(...(isGreat ? GREAT_FEN : PRICES_FEN))
    let orderId: string | undefined
    await persist(async () => {
      const created = await ways.createOrder(till, orderNo, listFen, pickCore())
      orderId ??= created.orderId
      return created.reply
    })
    if (random.chance(0.15)) await ways.createOrder(till, orderNo, listFen + 1, pickCore())
    if (orderId === undefined) return
    const order = { orderNo, orderId }
    const about = { way: 'order', subject: `${till.id}/${orderNo}` } as const
    const close = () => persist(() => ways.closeOrder(till, orderNo, pickCore()))
    const pay = async (person: Person, paymentNo: string): Promise<RepliedWay> => {
      const reply = await persist(() =>
        ways.payOrder(till, order, person, paymentNo, pickCore(), patience()),
      )
      const { told } = reply.outcome === 'ok' ? reply : {}
      if (told?.status === 'AWAITING_PASSWORD' && told.paymentId) {
        await decide(about, person, told.paymentId)
      }
      return reply
    }
    const [one, two] = random.shuffle(isGreat ? phoners : orderers)
    if (!one || !two) return
    const how = FIRST_PLAYS[played++] ?? random.weighted(PLAYS)
    if (how === 'closed') await close()
    if (how === 'left') return
    if (how === 'two') await Promise.all([pay(one, `${orderNo}-1`), pay(two, `${orderNo}-2`)])
    else if (how === 'closing') await Promise.all([pay(one, `${orderNo}-1`), close()])
    else await pay(one, `${orderNo}-1`)
    if (random.chance(0.3)) await pay(one, `${orderNo}-1`)
    if (random.chance(0.2)) await pay(two, `${orderNo}-3`)
    if (random.chance(played < 6 ? 0.9 : 0.4)) await refund(till, orderNo, listFen)
    if (random.chance(0.3)) await ways.getOrder(till, orderNo, pickCore())
  }

  async function refund(
    till: Actor['world']['ways']['onlines'][number],
    orderNo: string,
    listFen: number,
  ): Promise<void> {
    const asks = { refundNo: `${orderNo}-f`, amountFen: random.int(1, Math.ceil(listFen / 2)) }
    await Promise.all(
      Array.from({ length: random.pick([1, 2]) }, () =>
        persist(() => ways.refundOrder(till, orderNo, asks, pickCore())),
      ),
    )
    if (random.chance(0.3)) {
      const second = { refundNo: `${orderNo}-g`, amountFen: listFen }
      await ways.refundOrder(till, orderNo, second, pickCore())
    }
  }
}
