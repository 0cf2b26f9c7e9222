/** A value that tells when it changes. */
export interface Cell<T> {
  readonly value: T
  /** @returns How to stop listening. */
  subscribe(listener: () => void): () => void
}

export interface WritableCell<T> extends Cell<T> {
  value: T
}

/** All the reactivity the widget needs, in a tenth of what a signals library weighs. */
export function createCell<T>(first: T): WritableCell<T> {
  const listeners = new Set<() => void>()
  let value = first
  return {
    get value() {
      return value
    },
    set value(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
