import { type Cell, createCell } from '../cell.ts'
import type { Loadable } from '../model.ts'
import type { Answer } from './answer.ts'
import type { ServerClock } from './clock.ts'

/** A value from the network that keeps its last good state. */
export interface LoadableCell<T> {
  readonly state: Cell<Loadable<T>>
  /** Fetches again; calls while one is under way share it. Never rejects. */
  load(): Promise<void>
  /** Takes what another call brought. */
  take(answer: Answer<T>): void
  /** Forgets the value. */
  clear(): void
}

export function createLoadable<T>(
  clock: ServerClock,
  fetchValue: () => Promise<Answer<T>>,
): LoadableCell<T> {
  const state = createCell<Loadable<T>>({ loading: false })
  let loading: Promise<void> | undefined
  let taken = 0

  function take(answer: Answer<T>) {
    taken++
    const { value, at } = state.value
    state.value = answer.ok
      ? { value: answer.value, at: clock.now(), loading: false }
      : { ...(value && at && { value, at }), loading: false, problem: answer.trouble }
  }

  async function load() {
    const before = taken
    state.value = { ...state.value, loading: true }
    const answer = await fetchValue()
    loading = undefined
    // What another call brought meanwhile is the newer.
    if (taken === before) take(answer)
  }

  return {
    state,
    take,
    load() {
      loading ??= load()
      return loading
    },
    clear() {
      taken++
      state.value = { loading: false }
    },
  }
}
