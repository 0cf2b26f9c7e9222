import { type Signal, signal } from '@preact/signals'
import type { Loadable } from '../model.ts'
import type { Answer } from './answer.ts'
import type { ServerClock } from './clock.ts'

/** A value from the network that keeps its last good state. */
export interface LoadableCell<T> {
  readonly state: Signal<Loadable<T>>
  /** Fetches again; calls while one is under way share it. Never rejects. */
  load(): Promise<void>
  /** Puts a value that another call brought. */
  put(value: T): void
}

export function createLoadable<T>(
  clock: ServerClock,
  fetchValue: () => Promise<Answer<T>>,
): LoadableCell<T> {
  const state = signal<Loadable<T>>({ loading: false })
  let loading: Promise<void> | undefined
  let puts = 0

  function put(value: T) {
    puts++
    state.value = { value, at: clock.now(), loading: loading !== undefined }
  }

  async function load() {
    state.value = { ...state.peek(), loading: true }
    const putsBefore = puts
    const answer = await fetchValue()
    loading = undefined
    const { problem: _, ...last } = state.peek()
    if (!answer.ok) state.value = { ...last, loading: false, problem: answer.trouble }
    // What was put meanwhile is the newer.
    else if (puts > putsBefore) state.value = { ...last, loading: false }
    else put(answer.value)
  }

  return {
    state,
    put,
    load() {
      loading ??= load()
      return loading
    },
  }
}
