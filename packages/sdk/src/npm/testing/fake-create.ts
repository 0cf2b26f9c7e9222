import type { ECodeEvents, ECodeInstance } from '../../ecode.ts'
import type { ECodeOptions } from '../../options.ts'

/** What was made, in order; each is a widget that never finishes loading unless it is told to. */
export interface FakeWidget {
  options: ECodeOptions
  calls: string[]
  target: Element | undefined
  updates: Partial<ECodeOptions>[]
  emit<E extends keyof ECodeEvents>(event: E, detail: ECodeEvents[E]): void
}

/** Stands for `create`, so that tests see what a wrapper does with it. */
export function fakeCreate() {
  const made: FakeWidget[] = []
  function create(options: ECodeOptions): ECodeInstance {
    const listeners: [string, (detail: never) => void][] = []
    const widget: FakeWidget = {
      options,
      calls: [],
      target: undefined,
      updates: [],
      emit(event, detail) {
        for (const [name, listener] of listeners) if (name === event) listener(detail as never)
      },
    }
    made.push(widget)
    return {
      mount(target) {
        widget.calls.push('mount')
        widget.target = target as Element
        return new Promise(() => {})
      },
      update: (changes) => void widget.updates.push(changes),
      unmount: () => void widget.calls.push('unmount'),
      destroy: () => void widget.calls.push('destroy'),
      signOut: async () => void widget.calls.push('signOut'),
      async pay(request) {
        widget.calls.push(`pay ${Object.values(request)}`)
        return { status: 'paid', paymentId: 'p1' }
      },
      on(event, listener) {
        listeners.push([event, listener])
        return () => {}
      },
    }
  }
  return { create, made }
}
