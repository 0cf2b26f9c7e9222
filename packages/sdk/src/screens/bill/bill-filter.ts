import type { BillFilter } from '@campus-ecode/protocol/bill'

/** In the order of their chips; the first of each is "all". */
export const billKinds = [undefined, 'payment', 'refund', 'top_up', 'withdrawal'] as const
export const billChannels = [undefined, 'wallet', 'one_card', 'bank_card', 'wechat'] as const

/** What was typed, as it may be sent: without room around it, absent if nothing is left. */
export function toSearch(typed: string): string | undefined {
  return typed.trim().slice(0, 40).trim() || undefined
}

/** Leaves out what does not narrow, so that two filters can be told apart. */
export function makeFilter({ kind, channel, search }: Loose): BillFilter {
  return { ...(kind && { kind }), ...(channel && { channel }), ...(search && { search }) }
}

type Loose = { [Name in keyof BillFilter]: BillFilter[Name] | undefined }

export function isSameFilter(one: BillFilter, two: BillFilter): boolean {
  return one.kind === two.kind && one.channel === two.channel && one.search === two.search
}

export function isNarrow({ kind, channel, search }: BillFilter): boolean {
  return Boolean(kind || channel || search)
}
