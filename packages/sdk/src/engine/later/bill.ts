import type { BillPage } from '@campus-ecode/protocol/bill'
import type { WritableCell } from '../../cell.ts'
import type { Loadable } from '../../model.ts'
import type { Api } from '../api.ts'
import type { ServerClock } from '../clock.ts'

/** R17: one month's bill, page by page. */
export interface Bill {
  open(month: string): void
  more(): void
  /** After a payment: fetches the open month's first page again. */
  refresh(): void
}

export function createBill(
  api: Api,
  clock: ServerClock,
  state: WritableCell<Loadable<BillPage>>,
): Bill {
  let month = ''
  // An answer that another request has overtaken is dropped.
  let turn = 0

  async function load(cursor?: string) {
    const mine = ++turn
    state.value = { ...state.value, loading: true }
    const answer = await api.call('getBill', { query: { month, cursor } })
    if (mine !== turn) return
    const { problem: _, ...last } = state.value
    if (!answer.ok) {
      state.value = { ...last, loading: false, problem: answer.trouble }
      return
    }
    const page = answer.value
    const before = cursor ? (last.value?.entries ?? []) : []
    // A payment made meanwhile moves the pages, so an entry may come twice.
    const known = new Set(before.map((entry) => entry.entryId))
    const entries = [...before, ...page.entries.filter((entry) => !known.has(entry.entryId))]
    state.value = { value: { ...page, entries }, at: clock.now(), loading: false }
  }

  return {
    open(next) {
      if (next !== month) state.value = { loading: true }
      month = next
      void load()
    },
    more() {
      const { value, loading } = state.value
      if (value?.next && !loading) void load(value.next)
    },
    refresh() {
      if (month) void load()
    },
  }
}
