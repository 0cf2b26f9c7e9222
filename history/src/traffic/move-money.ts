import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TransferWish } from '../clients/transfers.ts'
import type { RepliedTransfer } from '../diary-writer.ts'
import type { Actor } from './actor.ts'

/** More than anybody has. */
const TOO_MUCH_FEN = 900_000

/**
 * Somebody tops up or withdraws, as an impatient page does: again, twice at once, or changed.
 *
 * @param how Left to chance where it is not said.
 * @returns What the page knows in the end; of `changed`, what it was told about that.
 */
export async function moveMoney(
  actor: Actor,
  how: { verb?: TransferWish['verb']; tooMuch?: boolean; changed?: boolean } = {},
): Promise<RepliedTransfer | undefined> {
  const { random, cores, transfers, approvals } = actor
  const { verb = random.pick(['top_up', 'withdrawal'] as const) } = how
  const person = actor.pickPerson('plenty', 'plenty', 'short')
  const { cardId } = person
  if (cardId === undefined) return undefined
  const isTooMuch = verb === 'withdrawal' && (how.tooMuch || random.chance(0.1))
  const amountFen = isTooMuch ? TOO_MUCH_FEN : random.int(1, 2_000)
  const asked = { verb, person, transferId: randomUUID(), cardId, amountFen }
  const approvalId = await approvals.approve(asked)
  if (approvalId === undefined) return undefined
  const wish: TransferWish = { ...asked, approvalId }

  const replies = await Promise.all(
    Array.from({ length: random.pick([1, 1, 1, 2, 4]) }, async (_, i) => {
      await sleep(i === 0 ? 0 : random.int(0, 5))
      return persist(wish)
    }),
  )
  if (how.changed || random.chance(0.2)) {
    const changed = { ...wish, amountFen: amountFen + 1 }
    const told = await transfers.ask(changed, random.pick(cores))
    if (how.changed) return told
  }
  if (random.chance(0.2)) await transfers.ask(wish, random.pick(cores))
  let [reply] = replies
  for (let looks = 0; looks < 4 && isOpen(reply); looks++) {
    await sleep(random.int(20, 700))
    reply = await transfers.get(person, wish.transferId, random.pick(cores))
  }
  return reply

  async function persist(again: TransferWish): Promise<RepliedTransfer> {
    const patienceMs = random.chance(0.2) ? random.int(30, 400) : 6_000
    let last: RepliedTransfer = { outcome: 'info', why: 'not sent' }
    for (let attempt = 0; attempt < 4 && last.outcome === 'info'; attempt++) {
      last = await transfers.ask(again, random.pick(cores), patienceMs)
    }
    return last
  }
}

/** The bank declines for moments only; this meets one. */
export async function withdrawUntilDeclined(actor: Actor, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const reply = await moveMoney(actor, { verb: 'withdrawal' })
    if (reply?.outcome === 'ok' && reply.transfer.status === 'DECLINED') return
    await sleep(actor.random.int(50, 250))
  }
}

function isOpen(reply: RepliedTransfer | undefined): boolean {
  if (reply?.outcome !== 'ok') return reply?.outcome === 'info'
  return reply.transfer.status === 'PROCESSING' || reply.transfer.status === 'UNKNOWN'
}
