import type { ShownProblem } from '../../model.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import { explain } from '../problem/explain.ts'
import { type Route, useView } from '../view.ts'

interface Words {
  title: string
  how: string
  /** The one way on; without it, trying again is. */
  remedy?: { label: StringKey; route: Route } | undefined
  /** Nothing on this phone would help. */
  final?: boolean
}

const own: Partial<Record<string, { title: StringKey; how: StringKey } & Partial<Words>>> = {
  CARD_LOCKED: {
    title: 'CARD_LOCKED',
    how: 'accessLocked_how',
    remedy: { label: 'doUnlock', route: { name: 'in_wallet', page: 'unlock' } },
  },
  CARD_CLOSED: {
    title: 'CARD_CLOSED',
    how: 'accessClosed_how',
    remedy: { label: 'doCard', route: { name: 'card' } },
  },
  CARD_NOT_CLAIMED: {
    title: 'CARD_NOT_CLAIMED',
    how: 'accessUnclaimed_how',
    remedy: { label: 'doClaim', route: { name: 'card' } },
  },
  SCOPE_MISSING: { title: 'accessScope', how: 'accessScope_how', final: true },
  RATE_LIMITED: { title: 'accessTooMany', how: 'accessTooMany_how' },
  ENGINE_UNSUPPORTED: { title: 'ENGINE_UNSUPPORTED', how: 'ENGINE_UNSUPPORTED_how', final: true },
}

/** What it means, at this place, that there is no network. */
export interface OfflineWords {
  title: StringKey
  how: StringKey
}
const offlineElsewhere: OfflineWords = { title: 'NETWORK_LOST', how: 'accessAgain_how' }

/** Access's own words for a problem, those that came with it, or general ones. */
export function useAccessWords(
  { code, sentences }: ShownProblem,
  offline: OfflineWords = offlineElsewhere,
): Words {
  const { t, locale } = useView()
  const found = code === 'NETWORK_LOST' ? offline : own[code]
  if (found) return { ...found, title: t(found.title), how: t(found.how) }
  const { title, how } = explain(code, sentences, { accounts: undefined, account: undefined })
  return {
    title: typeof title === 'string' ? t(title) : title[locale],
    how: how ? t(how) : '',
  }
}
