import { setTimeout as sleep } from 'node:timers/promises'
import type { RepliedWay } from '../diary-writer.ts'
import type { Person } from '../world.ts'
import type { Actor } from './actor.ts'

/** Also where a machine is slow. */
const ROUNDS_MIN = 5
const PRICES_FEN: [number, number] = [10, 2_500]
const LAST_TRIES_MAX = 8

/**
 * Somebody who shows WeChat's own code at tills (R27): sent again when no answer came, asked about while WeChat
 * waits for its password, reversed at that moment, refunded. The last order is given up while WeChat still asks;
 * what comes of it is decided when everything heals.
 */
export async function payByWechat(
  actor: Actor,
  person: Person,
  signal: AbortSignal,
): Promise<void> {
  const { ways, behind, cores, random, world } = actor
  const pickCore = () => random.pick(cores)
  const user = wechatUser(person)
  let count = 0

  while (!signal.aborted || count < ROUNDS_MIN) {
    await play()
    await sleep(random.int(50, 400))
  }
  for (let tries = 0; tries < LAST_TRIES_MAX; tries++) if (await leaveOpen()) return

  async function play(): Promise<void> {
    count++
    const code = await behind.showWechatCode(user)
    if (code === undefined) return
    const till = random.pick(world.ways.tills)
    const orderNo = `w-${person.id.slice(-6)}-${count}`
    const amountFen = random.int(...PRICES_FEN)
    const patienceMs = random.chance(0.25) ? random.int(30, 400) : 6_000
    let reply: RepliedWay = { outcome: 'info', why: 'not sent' }
    for (let tries = 0; tries < 4 && reply.outcome === 'info'; tries++) {
      const order = { orderNo, amountFen, code }
      reply = await ways.payByWechat(till, person, order, pickCore(), patienceMs)
    }
    for (let looks = 0; looks < 6 && isOpen(reply); looks++) {
      const next = random.weighted({ accept: 5, refuse: 1, wait: 4, reverse: 1 })
      if (next === 'accept' || next === 'refuse') await behind.answerWechat(user, next)
      if (next === 'reverse') await ways.reverse(till, orderNo, pickCore())
      await sleep(random.int(50, 600))
      reply = await ways.getPayment(till, orderNo, pickCore())
    }
    if (isOpen(reply) || random.chance(count < 3 ? 0.6 : 0.15))
      await ways.reverse(till, orderNo, pickCore())
    else if (random.chance(0.25)) {
      const asks = { refundNo: `${orderNo}-f`, amountFen: random.int(1, amountFen) }
      await ways.refund(till, orderNo, asks, pickCore())
      if (random.chance(0.5)) await ways.refund(till, orderNo, asks, pickCore())
    }
  }

  async function leaveOpen(): Promise<boolean> {
    count++
    await behind.askPassword()
    const code = await behind.showWechatCode(user)
    if (code === undefined) return false
    const till = random.pick(world.ways.tills)
    const orderNo = `w-${person.id.slice(-6)}-${count}`
    const order = { orderNo, amountFen: random.int(...PRICES_FEN), code }
    await ways.payByWechat(till, person, order, pickCore(), 6_000)
    const reply = await ways.getPayment(till, orderNo, pickCore())
    const isAsked = reply.outcome === 'ok' && reply.told.status === 'PROCESSING'
    await ways.reverse(till, orderNo, pickCore())
    return isAsked
  }
}

/** Their name at the sandbox's WeChat. */
export const wechatUser = ({ id }: Person): string => `u${id.replaceAll('-', '').slice(-10)}`

function isOpen(reply: RepliedWay): boolean {
  if (reply.outcome !== 'ok') return reply.outcome === 'info'
  return !['PAID', 'REFUSED', 'REVERSED'].includes(reply.told.status)
}
