import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from '../world.ts'
import type { Actor } from './actor.ts'
import { createHands } from './hands.ts'

const PRICE_FEN: [number, number] = [10, 400]
const PAUSE_MS_MAX = 120

/**
 * A card at several tills at a time, while the agreement that it needs is signed and cancelled (R14, R29).
 *
 * @param person Of whom nobody else signs anything.
 */
export async function swipeAround(
  actor: Actor,
  person: Person,
  signal: AbortSignal,
): Promise<void> {
  const { phones, passwords, random, cores } = actor
  const { enter, reverse, atOnce } = createHands(actor)
  const pickCore = () => random.pick(cores)
  const card = phones.cardOf(person)
  /** As far as the person knows. */
  let isSigned = false

  await swipe()
  while (!signal.aborted) {
    const changes = random.chance(isSigned ? 0.3 : 0.8)
    // Of one person a core pays one after the other: of many at a time some are read long before they pay.
    const count = changes && isSigned ? random.int(4, 10) : random.int(1, 2)
    const swipes = Array.from({ length: count }, () => swipe)
    await atOnce<void>(...swipes, ...(changes ? [change] : []))
    await sleep(random.int(0, PAUSE_MS_MAX))
  }

  async function swipe(): Promise<void> {
    const order = actor.newOrder()
    await actor.payPersistently(order, random.int(...PRICE_FEN), card)
    if (random.chance(0.1)) await reverse(order)
  }

  function change(): Promise<void> {
    return isSigned ? cancel() : sign()
  }

  async function sign(): Promise<void> {
    const keypad = await passwords.open(person, { kind: 'sign_agreement' }, pickCore())
    const approvalId = keypad && (await enter(keypad))
    if (approvalId === undefined) return
    const { outcome } = await passwords.signAgreement(person, approvalId, pickCore())
    isSigned = outcome !== 'refused'
  }

  async function cancel(): Promise<void> {
    const { outcome } = await passwords.cancelAgreement(person, pickCore())
    isSigned = outcome !== 'ok'
  }
}
