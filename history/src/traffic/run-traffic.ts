import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'
import type { Person } from '../world.ts'
import { createActor, type Stage } from './actor.ts'
import { createLenders } from './borrow-person.ts'
import { swipeAround } from './by-card.ts'
import { createWaitingPlays, type Seen, TO_BE_SEEN, WAITING_PLAYS } from './by-password.ts'
import { payByWechat } from './by-wechat.ts'
import { raceAtLimit } from './edges.ts'
import { withdrawUntilDeclined } from './move-money.ts'
import { orderOnline } from './online-orders.ts'
import { payByPhone } from './pay-by-phone.ts'
import { createPlays, PLAYS, raceForCode } from './plays.ts'
import { rehearse } from './rehearse.ts'
import { showerAround } from './showers.ts'

/** Lanes of customers that go on beside each other. */
const LANES = 14
/** Of customers whose payments wait for the password. */
const WAITING_LANES = 8
const PAUSE_MS_MAX = 25
/** Of each such customer, after which a run may end without having seen all. */
const TRIES_MAX = 12
/** Of orders in merchants' pages. */
const ORDER_LANES = 2
/** Between two races of all terminals for one code. */
const GREAT_RACE_EVERY_MS = 3_500

/** Lets people pay until the signal, with all that goes wrong at tills and on the way. */
export async function runTraffic(stage: Stage, random: Random, signal: AbortSignal): Promise<void> {
  const { people, tills } = stage.world
  const actorOf = (name: string) => createActor(stage, random.fork(name), name)

  async function runLane(name: string): Promise<void> {
    const actor = actorOf(name)
    const plays = createPlays(actor)
    while (!signal.aborted) {
      await plays[actor.random.weighted(PLAYS)]()
      await sleep(actor.random.int(0, PAUSE_MS_MAX))
    }
  }
  const lenders = createLenders(people)
  const unseen = new Set(Object.keys(TO_BE_SEEN) as Seen[])
  async function runWaitingLane(name: string): Promise<void> {
    const actor = actorOf(name)
    const { random: chance } = actor
    const plays = createWaitingPlays(actor, lenders)
    // What chance might leave out on a slow machine comes first, and again until it has been seen.
    for (let tries = 0; !signal.aborted || (unseen.size > 0 && tries < TRIES_MAX); tries++) {
      const next = unseen.size > 0 ? TO_BE_SEEN[chance.pick([...unseen])] : undefined
      const seen = await plays[next ?? chance.weighted(WAITING_PLAYS)]()
      if (seen) unseen.delete(seen)
      await sleep(chance.int(0, PAUSE_MS_MAX))
    }
  }
  async function runGreatRaces(): Promise<void> {
    const actor = actorOf('race')
    while (!signal.aborted) {
      await raceForCode(actor, tills.length)
      await sleep(GREAT_RACE_EVERY_MS, undefined, { signal }).catch(() => {})
    }
  }
  const edges = people.filter(({ kind }) => kind === 'edge')
  const ofKind = (wanted: Person['kind']) => people.filter(({ kind }) => kind === wanted)
  const swipers = people.filter(({ kind }) => kind === 'swiper')
  await Promise.all([
    ...Array.from({ length: LANES }, (_, i) => runLane(`lane${i}`)),
    ...Array.from({ length: WAITING_LANES }, (_, i) => runWaitingLane(`phone${i}`)),
    ...edges.map((person, i) => raceAtLimit(actorOf(`edge${i}`), person, signal)),
    ...swipers.map((person, i) => swipeAround(actorOf(`card${i}`), person, signal)),
    ...ofKind('bather').map((person, i) => {
      const bathNo = stage.bathNos.get(person.id) ?? ''
      const [shared, ...heads] = stage.world.ways.showers
      const own = heads[i]
      if (!own || !shared) throw new Error('there are fewer showers than bathers')
      return showerAround(actorOf(`bath${i}`), person, { bathNo, own, shared }, signal)
    }),
    ...ofKind('phoner').map((person, i) => payByPhone(actorOf(`scan${i}`), person, signal)),
    ...ofKind('wechatter').map((person, i) => payByWechat(actorOf(`wx${i}`), person, signal)),
    ...Array.from({ length: ORDER_LANES }, (_, i) =>
      orderOnline(actorOf(`shop${i}`), `o${i}`, signal),
    ),
    rehearse(actorOf('rehearsal')),
    withdrawUntilDeclined(actorOf('saver'), signal),
    runGreatRaces(),
  ])
}
