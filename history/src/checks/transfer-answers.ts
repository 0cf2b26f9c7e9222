import type { Transfer } from '@campus-ecode/protocol/wallet'
import type { Problem } from '../finding.ts'
import type { History, TransferCall, TransferStory } from '../read-history.ts'
import { firmTransferRefusal, isMaker, transferIn } from '../transfer-facts.ts'

type State = Transfer['status'] | 'NONE'

/** R12: what may be said after what; a final answer stays, and nothing is unknown again. */
const mayFollow: Record<State, readonly State[]> = {
  NONE: ['NONE', 'PROCESSING', 'UNKNOWN', 'SUCCEEDED', 'DECLINED'],
  PROCESSING: ['PROCESSING', 'UNKNOWN', 'SUCCEEDED', 'DECLINED'],
  UNKNOWN: ['UNKNOWN', 'SUCCEEDED', 'DECLINED'],
  SUCCEEDED: ['SUCCEEDED'],
  DECLINED: ['DECLINED'],
}

/**
 * Whatever came of a call about a transfer, asking afterwards ends in what the books say; answers
 * never go back, and each says what was asked for.
 */
export function transferAnswers({ transfers }: History): Problem[] {
  return [...transfers.values()].flatMap((story) =>
    [...checkEnd(story), ...checkContent(story), ...checkOrder(story)].map((what) => ({
      what,
      about: { transfers: [story.transferId], people: [story.personId] },
    })),
  )
}

function checkEnd({ calls, row }: TransferStory): string[] {
  const lastStart = Math.max(
    -1,
    ...calls.filter(({ send }) => send.verb !== 'get').map(({ sentAt }) => sentAt),
  )
  const last = calls
    .filter((call) => call.send.verb === 'get' && call.sentAt > lastStart && stateTold(call))
    .at(-1)
  if (!last) return ['nobody asked in the end what had become of a transfer']
  const told = stateTold(last)
  const books: State = !row
    ? 'NONE'
    : row.state !== 'done'
      ? 'PROCESSING'
      : row.outcome === 'succeeded'
        ? 'SUCCEEDED'
        : 'DECLINED'
  return told === books
    ? []
    : [`the last answer about a transfer is ${told}, the books say ${books}`]
}

/** The same content gets the same answer; changed content gets none. */
function checkContent({ calls }: TransferStory): string[] {
  const problems: string[] = []
  const first = calls.map(transferIn).find((transfer) => transfer !== undefined)
  for (const call of calls) {
    const told = transferIn(call)
    if (!told || !first) continue
    const { send } = call
    if (send.verb !== 'get' && isMaker(call)) {
      if (told.amountFen !== send.amountFen || told.kind !== send.verb) {
        problems.push(
          `a ${send.verb} of ${send.amountFen} fen is answered with a ${told.kind} of ${told.amountFen}`,
        )
      }
    }
    for (const name of ['kind', 'amountFen', 'createdAt', 'cardTail'] as const) {
      if (told[name] !== first[name]) {
        problems.push(`${name} of a transfer was ${first[name]}, then ${told[name]}`)
      }
    }
  }
  return problems
}

function checkOrder({ calls }: TransferStory): string[] {
  const told = calls.flatMap((call) => {
    const state = stateTold(call)
    return state ? [{ call, state }] : []
  })
  return told.flatMap((after) =>
    told
      .filter((before) => before.call.repliedAt < after.call.sentAt)
      .filter((before) => !mayFollow[before.state].includes(after.state))
      .map((before) => `a transfer was ${before.state}, then ${after.state}`),
  )
}

/** Undefined: the call says nothing about the transfer's state. */
function stateTold(call: TransferCall): State | undefined {
  const transfer = transferIn(call)
  if (transfer) return transfer.status
  return firmTransferRefusal(call) === 'TRANSFER_NOT_FOUND' ? 'NONE' : undefined
}
