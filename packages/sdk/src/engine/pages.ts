import { type Cell, createCell } from '../cell.ts'
import type { Loadable } from '../model.ts'
import type { Answer } from './answer.ts'
import type { ServerClock } from './clock.ts'

/** A list that comes page by page, newest first. */
export interface Pages<P> {
  readonly state: Cell<Loadable<P>>
  /** Fetches the newest page again. */
  load(): Promise<void>
  more(): Promise<void>
  change(changes: Partial<P>): void
}

/** @param join What is known of both, in order: something new may have moved the pages meanwhile. */
export function createPages<P extends { next: string | null }>(
  clock: ServerClock,
  fetchPage: (cursor: string | undefined) => Promise<Answer<P>>,
  join: (before: P, page: P) => P,
): Pages<P> {
  const state = createCell<Loadable<P>>({ loading: false })
  // An answer that another request has overtaken is dropped.
  let turn = 0

  async function load(cursor?: string) {
    const mine = ++turn
    state.value = { ...state.value, loading: true }
    const answer = await fetchPage(cursor)
    if (mine !== turn) return
    const { problem: _, ...last } = state.value
    if (!answer.ok) {
      state.value = { ...last, loading: false, problem: answer.trouble }
      return
    }
    const value = cursor && last.value ? join(last.value, answer.value) : answer.value
    state.value = { value, at: clock.now(), loading: false }
  }

  return {
    state,
    load: () => load(),
    async more() {
      const { value, loading } = state.value
      if (value?.next && !loading) await load(value.next)
    },
    change(changes) {
      const { value } = state.value
      if (value) state.value = { ...state.value, value: { ...value, ...changes } }
    },
  }
}

/** The items of both, those known already left out of the second. */
export function joinItems<T>(
  before: readonly T[],
  after: readonly T[],
  id: (item: T) => string,
): T[] {
  const known = new Set(before.map(id))
  return [...before, ...after.filter((item) => !known.has(id(item)))]
}
