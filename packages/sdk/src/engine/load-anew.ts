import type { LoadableCell } from './loadable.ts'

/**
 * Fetches again because something has changed. What is under way may have been asked before that, and
 * says how things were: then once more after it.
 */
export function loadAnew<T>({ state, load }: LoadableCell<T>): Promise<void> {
  return state.value.loading ? load().then(load) : load()
}
