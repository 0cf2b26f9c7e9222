import type { Gathering, GatheringList, GatheringRecords } from '@campus-ecode/protocol/access'
import type { GatheringDraft } from '../../access-model.ts'
import { type Cell, createCell } from '../../cell.ts'
import type { Done, Loadable } from '../../model.ts'
import type { Basis } from '../engine.ts'
import { createLoadable } from '../loadable.ts'
import { makeId } from '../make-id.ts'
import { toDone } from '../to-done.ts'
import { whileShown } from '../while-shown.ts'

/** How often who has signed in is asked for. */
const AGAIN_MS = 4_000

/** R30: meetings and attendance sessions, for those who may open them. */
export interface Gatherings {
  readonly list: Cell<Loadable<GatheringList>>
  readonly attendance: Cell<Loadable<GatheringRecords>>
  load(): Promise<void>
  start(draft: GatheringDraft): Promise<Done<Gathering>>
  show(gatheringId: string): () => void
  /** Asks again about the one that is open. */
  reload(): Promise<void>
  finish(gatheringId: string): Promise<Done<Gathering>>
}

export function createGatherings({ api, clock, page }: Basis): Gatherings {
  const list = createLoadable<GatheringList>(clock, () => api.call('getGatherings', {}))
  const attendance = createCell<Loadable<GatheringRecords>>({ loading: false })
  /** Ids of drafts that may have arrived, by what is in them. */
  const ids = new Map<string, string>()
  let openId = ''
  // An answer about another gathering, or one that was overtaken, is dropped.
  let turn = 0

  async function fetchAttendance() {
    const mine = ++turn
    attendance.value = { ...attendance.value, loading: true }
    const answer = await api.call('getGatheringRecords', { gatheringId: openId })
    if (mine !== turn) return
    const { problem: _, ...last } = attendance.value
    attendance.value = answer.ok
      ? { value: answer.value, at: clock.now(), loading: false }
      : { ...last, loading: false, problem: answer.trouble }
  }

  const show = whileShown(page, () => {
    void fetchAttendance()
    const timer = setInterval(() => {
      const { value, loading } = attendance.value
      const runs = !value || Date.parse(value.gathering.endsAt) > clock.now() - AGAIN_MS
      if (runs && !loading) void fetchAttendance()
    }, AGAIN_MS)
    return () => clearInterval(timer)
  })

  return {
    list: list.state,
    attendance,
    load: list.load,
    async start(draft) {
      const content = JSON.stringify(draft)
      const gatheringId = ids.get(content) ?? makeId(clock.now())
      ids.set(content, gatheringId)
      const answer = await api.call('startGathering', { body: { gatheringId, ...draft } })
      // The next of the same kind is another one.
      if (answer.ok || answer.trouble.status) ids.delete(content)
      if (answer.ok) void list.load()
      return toDone(answer)
    },
    show(gatheringId) {
      if (gatheringId !== openId) {
        ++turn
        openId = gatheringId
        attendance.value = { loading: true }
      }
      return show()
    },
    reload: fetchAttendance,
    async finish(gatheringId) {
      const answer = await api.call('endGathering', { gatheringId })
      if (answer.ok) {
        void list.load()
        if (gatheringId === openId) void fetchAttendance()
      }
      return toDone(answer)
    },
  }
}
