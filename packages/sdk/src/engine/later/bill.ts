import type { BillFilter } from '@campus-ecode/protocol/bill'
import type { WritableCell } from '../../cell.ts'
import type { BillChoice, Loadable, OpenBill } from '../../model.ts'
import type { Api } from '../api.ts'
import type { ServerClock } from '../clock.ts'

/** R17: one month's bill, or part of it, page by page. */
export interface Bill {
  open(choice: BillChoice): void
  more(): void
  /** After a payment: fetches the first page of what is open again. */
  refresh(): void
}

export function createBill(
  api: Api,
  clock: ServerClock,
  state: WritableCell<Loadable<OpenBill>>,
): Bill {
  let month = ''
  let filter: BillFilter = {}
  // An answer that another request has overtaken is dropped.
  let turn = 0

  async function load(cursor?: string) {
    const mine = ++turn
    const asked = filter
    state.value = { ...state.value, loading: true }
    const answer = await api.call('getBill', { query: { month, cursor, ...asked } })
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
    const outFen = page.outFen ?? last.value?.outFen ?? 0
    const inFen = page.inFen ?? last.value?.inFen ?? 0
    const value = { ...page, outFen, inFen, entries, filter: asked }
    state.value = { value, at: clock.now(), loading: false }
  }

  return {
    open({ month: next, ...part }) {
      if (next !== month) state.value = { loading: true }
      month = next
      filter = part
      void load()
    },
    more() {
      const { value, loading } = state.value
      // What another part has left here, when its own could not be fetched, has no next page.
      if (value?.next && value.filter === filter && !loading) void load(value.next)
    },
    refresh() {
      if (month) void load()
    },
  }
}
