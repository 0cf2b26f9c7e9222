import { setTimeout as sleep } from 'node:timers/promises'
import { WATER_DIGITS } from '../clients/passwords.ts'
import type { RepliedWay } from '../diary-writer.ts'
import type { Person, Till } from '../world.ts'
import type { Actor } from './actor.ts'

const TRIES_MAX = 6
/** After which a run may end without having seen all. */
const ROUNDS_MAX = 15
/** What the pipe gives; a meter that says more is not believed. */
const ML_A_SECOND = 3_000
/** How a shower ends: each once, then as chance has it. */
const ENDS = { controller: 8, phone: 3, both: 3, dies: 4, lies: 2 }
const FIRST_ENDS = ['dies', 'phone', 'lies', 'both', 'controller'] as const
/** Beyond what the hold pays for, in every class. */
const TOO_MUCH_ML = 60_000

/**
 * One shower after the other (R26): meters that repeat themselves, come late and out of order, lie upward or
 * downward; controllers that die; ends from the phone, from the controller and from both.
 *
 * @param person Who does nothing else.
 * @param where Under a shower of their own, or one whose valve somebody else takes from them.
 */
export async function showerAround(
  actor: Actor,
  person: Person,
  { bathNo, own, shared }: { bathNo: string; own: Till; shared: Till },
  signal: AbortSignal,
): Promise<void> {
  const { ways, behind, random, cores } = actor
  const pickCore = () => random.pick(cores)
  let count = 0
  let ended = 0
  let left = 0

  while (!signal.aborted || ended < FIRST_ENDS.length || left === 0) {
    if (signal.aborted && count > ROUNDS_MAX) return
    const till = random.chance(0.25) ? shared : own
    const sessionNo = `${person.id.slice(-6)}-${++count}`
    const started = await start(till, sessionNo)
    if (started?.outcome === 'ok') {
      // Once surely, then now and then somebody leaves before the water has run.
      if (ended > 0 && (left === 0 || random.chance(0.1))) await leave(till, sessionNo)
      else await meter(till, sessionNo)
    }
    // A water password costs the key process what a payment password does.
    await sleep(random.int(500, 2_500))
  }

  async function start(till: Till, sessionNo: string): Promise<RepliedWay | undefined> {
    const isWrong = random.chance(0.05)
    const waterPassword = isWrong ? '850317' : WATER_DIGITS
    const session = { sessionNo, bathNo, waterPassword, personId: person.id }
    const patienceMs = random.chance(0.2) ? random.int(50, 500) : 6_000
    let reply: RepliedWay | undefined
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      reply = await ways.startWater(till, session, pickCore(), patienceMs)
      if (reply.outcome !== 'info') break
      await sleep(random.int(0, 300))
    }
    // A controller that was restarted asks, and tells the same again.
    if (random.chance(0.2)) await ways.startWater(till, session, pickCore())
    return reply
  }

  async function meter(till: Till, sessionNo: string): Promise<void> {
    const beganMs = Date.now()
    const readings: { seq: number; totalMl: number }[] = []
    for (let seq = 1; seq <= random.int(1, 5); seq++) {
      await sleep(random.int(30, 500))
      const flowMl = Math.floor(((Date.now() - beganMs) * ML_A_SECOND) / 1_000)
      const lies = random.chance(count < 3 ? 0.5 : 0.06)
      readings.push({ seq, totalMl: lies ? TOO_MUCH_ML : flowMl })
      // This one, and now and then an older one beside it or after it.
      const now = [readings.at(-1), random.chance(0.3) ? random.pick(readings) : undefined]
      await Promise.all(
        random.shuffle(now).map(async (reading) => {
          if (!reading) return
          const patienceMs = random.chance(0.2) ? random.int(20, 200) : 3_000
          await ways.meterWater(till, sessionNo, reading, pickCore(), patienceMs)
        }),
      )
    }
    const last = readings.at(-1)?.totalMl ?? 0
    await end(till, sessionNo, last)
    const late = random.pick(readings)
    if (random.chance(0.4)) await ways.meterWater(till, sessionNo, late, pickCore())
    if (random.chance(0.3)) await ways.endWater(till, sessionNo, last + 500, pickCore())
    if (random.chance(0.5)) await ways.getWater(till, sessionNo, pickCore())
  }

  async function leave(till: Till, sessionNo: string): Promise<void> {
    left++
    await persist(() => ways.endWater(till, sessionNo, 0, pickCore()))
    await untilEnded(till, sessionNo)
  }

  async function end(till: Till, sessionNo: string, lastMl: number): Promise<void> {
    const how = FIRST_ENDS[ended++] ?? random.weighted(ENDS)
    if (how === 'dies') {
      await behind.killController(sessionNo)
      return untilEnded(till, sessionNo)
    }
    const saysMl = how === 'lies' ? random.pick([0, TOO_MUCH_ML]) : lastMl + random.int(0, 400)
    const controller = () => persist(() => ways.endWater(till, sessionNo, saysMl, pickCore()))
    const phone = () => persist(() => ways.endMyWater(till, sessionNo, person, pickCore()))
    if (how === 'both') await Promise.all([controller(), phone()])
    else await (how === 'phone' ? phone() : controller())
    await untilEnded(till, sessionNo)
  }

  async function persist(ask: () => Promise<RepliedWay>): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if ((await ask()).outcome !== 'info') return
      await sleep(random.int(0, 300))
    }
  }

  /** Whoever has a shower running cannot begin another. */
  async function untilEnded(till: Till, sessionNo: string): Promise<void> {
    for (let looks = 0; looks < 40; looks++) {
      const reply = await ways.getWater(till, sessionNo, pickCore())
      if (reply.outcome === 'ok' && reply.told.status === 'ENDED') return
      if (reply.outcome === 'refused') return
      await sleep(random.int(100, 400))
    }
  }
}
