import { type Channel, foreignKindSchema } from '@campus-ecode/protocol/shapes'
import {
  addSums,
  noSums,
  type Statement,
  type StatementSums,
} from '@campus-ecode/protocol/statement'
import { type Entry, isEntryKind } from './entry.ts'
import type { BookSums, EntryKind } from './store.ts'

type Merchants = Statement['merchants']

/** In the order in which statements name them. */
const CHANNELS: readonly Channel[] = [
  'wallet',
  'bank_card',
  'one_card',
  ...foreignKindSchema.options,
]

const channelOf: Record<string, Channel> = {
  wallet: 'wallet',
  hold: 'wallet',
  'clearing/bank': 'bank_card',
  'clearing/one_card': 'one_card',
  'clearing/wechat': 'wechat',
  'clearing/alipay': 'alipay',
  'clearing/unionpay': 'unionpay',
}

/** Sums by merchant and channel, that entries are added to one by one. */
export class Settlement {
  readonly #sums = new Map<string, Map<Channel, StatementSums>>()

  add({
    merchantId,
    channel,
    kind,
    amountFen,
  }: Pick<Entry, 'merchantId' | 'channel' | 'kind' | 'amountFen'>): void {
    this.addMany(merchantId, channel, kind, 1, amountFen)
  }

  addMany(merchantId: string, channel: Channel, kind: EntryKind, count: number, fen: number): void {
    const channels = this.#sums.get(merchantId) ?? new Map<Channel, StatementSums>()
    this.#sums.set(merchantId, channels)
    const sums = channels.get(channel) ?? { ...noSums }
    channels.set(channel, sums)
    sums[`${kind}Count`] += count
    sums[`${kind}Fen`] += fen
    sums.netFen += kind === 'payment' ? fen : -fen
  }

  /** @param names Of merchants, by id. */
  toStatement(names: ReadonlyMap<string, string>): Pick<Statement, 'total' | 'merchants'> {
    const merchants: Merchants = [...this.#sums]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([merchantId, sums]) => {
        const channels = CHANNELS.flatMap((channel) => {
          const of = sums.get(channel)
          return of ? [{ channel, ...of }] : []
        })
        const total = channels.map(({ channel: _, ...of }) => of).reduce(addSums, noSums)
        return { merchantId, name: names.get(merchantId) ?? '', total, channels }
      })
    return { total: merchants.map(({ total }) => total).reduce(addSums, noSums), merchants }
  }
}

/** What the books say, in the same form; undefined when they hold what no statement knows. */
export function settlementOf(books: BookSums[]): Settlement | undefined {
  const settlement = new Settlement()
  for (const { kind, merchant_id, counterpart, count, fen } of books) {
    const channel = channelOf[counterpart]
    if (!channel || !isEntryKind(kind)) return undefined
    settlement.addMany(merchant_id, channel, kind, count, fen)
  }
  return settlement
}
