import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { SentCall, Wish } from '../clients/terminals.ts'
import type { Replied, RepliedTransfer } from '../diary-writer.ts'
import type { Person } from '../world.ts'
import type { Actor } from './actor.ts'
import { moveMoney } from './move-money.ts'

const TRIES_MAX = 25

/** What chance might leave out on a slow machine: each thing until it has been seen. */
export async function rehearse(actor: Actor): Promise<void> {
  const { world, terminals, cores, random } = actor
  await until('OVER_SINGLE_LIMIT', () => spend(actor, actor.pickPerson('spender'), 25_000))
  await until('INSUFFICIENT_FUNDS', () => spend(actor, actor.pickPerson('poor'), 3_900))
  await until('CODE_NOT_YET_VALID', () => spend(actor, actor.pickPerson('spender'), 100, -3))
  await until('CODE_EXPIRED', () => spend(actor, actor.pickPerson('spender'), 100, 7))
  for (const account of ['wallet', 'one_card'] as const) {
    await until('REFUND_NO_REUSED', async () => {
      const person = actor.pickPerson('plenty')
      const code = await actor.issueCode(person, account)
      if (!code) return undefined
      const order = actor.newOrder()
      await actor.payPersistently(order, 1_000, code)
      const wish = { verb: 'refund', order, refundNo: actor.newRefundNo() } as const
      await actor.ask({ ...wish, amountFen: 300 })
      return actor.ask({ ...wish, amountFen: 301 })
    })
  }
  await until('REFUND_EXCEEDS_PAYMENT', async () => {
    const code = await actor.issueCode(actor.pickPerson('plenty'), 'wallet')
    if (!code) return undefined
    const order = actor.newOrder()
    await actor.payPersistently(order, 100, code)
    const refundNo = actor.newRefundNo()
    return actor.ask({ verb: 'refund', order, refundNo, amountFen: 200 })
  })
  await until('SIGNATURE_REPLAYED', () => sendTwice({ verb: 'reverse', order: actor.newOrder() }))
  await until('SIGNATURE_REPLAYED', async () => {
    // Too old: what is refused and leaves no order must not be judged anew either.
    const code = await actor.phones.drawCode(actor.pickPerson('poor'), 'wallet', 8)
    return code && sendTwice({ verb: 'pay', order: actor.newOrder(), listFen: 100, code })
  })
  await until('ORDER_REVERSED', async () => {
    const order = actor.newOrder()
    const code = await actor.issueCode(actor.pickPerson('plenty'), 'wallet')
    await actor.ask({ verb: 'reverse', order })
    return code && actor.ask({ verb: 'pay', order, listFen: 500, code })
  })
  for (const verb of ['top_up', 'withdrawal'] as const) {
    await moveMoney(actor, { verb })
    await until('TRANSFER_ID_REUSED', () => moveMoney(actor, { verb, changed: true }))
  }
  await until('INSUFFICIENT_FUNDS', () => moveMoney(actor, { verb: 'withdrawal', tooMuch: true }))
  const spenders = world.people.filter(({ kind }) => kind === 'spender')
  for (const person of random.shuffle(spenders).slice(0, 3)) {
    // Leaves a day's limit that the next purchase or the one after it would break.
    await until('OVER_DAILY_LIMIT', () => spend(actor, person, random.int(15_000, 17_000)))
  }

  /** The same bytes to one core and then to the other. */
  async function sendTwice(wish: Wish): Promise<Replied | undefined> {
    const [here, there] = random.shuffle(cores)
    if (!here || !there) return undefined
    const sent: SentCall[] = []
    await terminals.ask(wish, here, { onSent: (call) => sent.push(call) })
    return sent[0] && terminals.repeat(sent[0], there)
  }
}

async function until(
  error: ErrorCode,
  act: () => Promise<Replied | RepliedTransfer | undefined>,
): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const reply = await act()
    if (reply?.outcome === 'refused' && reply.error === error) return
  }
}

/** One purchase, with an issued code or one of so many steps ago. */
async function spend(actor: Actor, person: Person, listFen: number, stepsAgo?: number) {
  const code =
    stepsAgo === undefined
      ? await actor.issueCode(person, 'wallet')
      : await actor.phones.drawCode(person, 'wallet', stepsAgo)
  return code && actor.payPersistently(actor.newOrder(), listFen, code)
}
