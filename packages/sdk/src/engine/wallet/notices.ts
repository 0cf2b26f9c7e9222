import type { NoticePage, NoticeSettings } from '@campus-ecode/protocol/notices'
import type { Cell } from '../../cell.ts'
import type { Loadable } from '../../model.ts'
import type { Answer } from '../answer.ts'
import type { Api } from '../api.ts'
import type { ServerClock } from '../clock.ts'
import { createPages, joinItems } from '../pages.ts'

/** R41: what the person should know of, page by page. */
export interface Notices {
  readonly state: Cell<Loadable<NoticePage>>
  /** Fetches the newest page again. */
  load(): Promise<void>
  more(): Promise<void>
  /** All that is known here has been seen; what came later stays unread. */
  read(): Promise<void>
  setLowBalance(lowBalanceFen: number | null): Promise<Answer<NoticeSettings>>
  setWechat(on: boolean): Promise<Answer<NoticeSettings>>
}

export function createNotices(api: Api, clock: ServerClock): Notices {
  const { state, load, more, change } = createPages<NoticePage>(
    clock,
    (cursor) => api.call('getNotices', { query: { cursor } }),
    (before, page) => ({
      ...page,
      notices: joinItems(before.notices, page.notices, ({ noticeId }) => noticeId),
    }),
  )

  async function save(body: { lowBalanceFen: number | null; wechat?: boolean }) {
    const answer = await api.call('setNoticeSettings', { body })
    if (answer.ok) change({ settings: answer.value })
    return answer
  }

  return {
    state,
    load,
    more,
    async read() {
      const { value } = state.value
      const [newest] = value?.notices ?? []
      if (!newest || !value?.unreadCount) return
      const answer = await api.call('readNotices', { body: { upTo: newest.noticeId } })
      // The marks of what was unread stay while the list is on display.
      if (answer.ok) change(answer.value)
    },
    setLowBalance: (lowBalanceFen) => save({ lowBalanceFen }),
    setWechat: (wechat) =>
      save({ lowBalanceFen: state.value.value?.settings.lowBalanceFen ?? null, wechat }),
  }
}
