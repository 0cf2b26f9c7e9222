import type { NoticePage, NoticeSettings } from '@campus-ecode/protocol/notices'
import { type Cell, createCell } from '../../cell.ts'
import type { Loadable } from '../../model.ts'
import type { Answer } from '../answer.ts'
import type { Api } from '../api.ts'
import type { ServerClock } from '../clock.ts'

/** R41: what the person should know of, page by page. */
export interface Notices {
  readonly state: Cell<Loadable<NoticePage>>
  /** Fetches the newest page again. */
  load(): Promise<void>
  more(): Promise<void>
  /** All that is known here has been seen; what came later stays unread. */
  read(): Promise<void>
  setLowBalance(lowBalanceFen: number | null): Promise<Answer<NoticeSettings>>
}

export function createNotices(api: Api, clock: ServerClock): Notices {
  const state = createCell<Loadable<NoticePage>>({ loading: false })
  // An answer that another request has overtaken is dropped.
  let turn = 0

  async function fetchPage(cursor?: string) {
    const mine = ++turn
    state.value = { ...state.value, loading: true }
    const answer = await api.call('getNotices', { query: { cursor } })
    if (mine !== turn) return
    const { problem: _, ...last } = state.value
    if (!answer.ok) {
      state.value = { ...last, loading: false, problem: answer.trouble }
      return
    }
    const before = cursor ? (last.value?.notices ?? []) : []
    const known = new Set(before.map(({ noticeId }) => noticeId))
    const fresh = answer.value.notices.filter(({ noticeId }) => !known.has(noticeId))
    const value = { ...answer.value, notices: [...before, ...fresh] }
    state.value = { value, at: clock.now(), loading: false }
  }

  function change(changes: Partial<NoticePage>) {
    const { value } = state.value
    if (value) state.value = { ...state.value, value: { ...value, ...changes } }
  }

  return {
    state,
    load: () => fetchPage(),
    async more() {
      const { value, loading } = state.value
      if (value?.next && !loading) await fetchPage(value.next)
    },
    async read() {
      const { value } = state.value
      const [newest] = value?.notices ?? []
      if (!newest || !value?.unreadCount) return
      const answer = await api.call('readNotices', { body: { upTo: newest.noticeId } })
      // The marks of what was unread stay while the list is on display.
      if (answer.ok) change(answer.value)
    },
    async setLowBalance(lowBalanceFen) {
      const answer = await api.call('setNoticeSettings', { body: { lowBalanceFen } })
      if (answer.ok) change({ settings: answer.value })
      return answer
    },
  }
}
