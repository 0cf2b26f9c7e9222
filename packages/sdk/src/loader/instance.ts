import type { ECodeEvents, ECodeInstance } from '../ecode.ts'
import type { ECodeOptions } from '../options.ts'
import type { Widget } from '../widget-part.ts'
import { checkOptions, invalid } from './check-options.ts'
import { ECodeError } from './ecode-error.ts'
import type { PartLoader } from './part-loader.ts'

/** Where an instance gets the widget from. */
export interface Source extends PartLoader {
  /** Of the BFF, unless the options name another. */
  baseUrl: string | undefined
  nonce: string
}

type Options = ECodeOptions & { baseUrl: string }

/** What a host page holds: here at once, and the same before and after the widget is loaded. */
export function createInstance(given: ECodeOptions, source: Source): ECodeInstance {
  let options = check(given)
  let widget: Widget | undefined
  let loading: Promise<Widget> | undefined
  /** Each mount and each unmount makes a mount under way void. */
  let turn = 0
  let destroyed = false
  const listeners = new Map<string, Set<(detail: never) => void>>()

  function check(wanted: ECodeOptions): Options {
    const whole = { ...wanted, baseUrl: wanted.baseUrl ?? source.baseUrl ?? '' }
    checkOptions(whole)
    return { ...whole, baseUrl: whole.baseUrl.replace(/\/+$/, '') }
  }

  function emit<E extends keyof ECodeEvents>(event: E, detail: ECodeEvents[E]) {
    const own = listeners.get(event)
    if (event === 'error' && !own?.size) console.error(detail)
    own?.forEach((listener) => {
      // A listener that throws is the page's own fault, and must not stop the widget.
      try {
        ;(listener as (detail: ECodeEvents[E]) => void)(detail)
      } catch (error) {
        setTimeout(() => {
          throw error
        })
      }
    })
  }

  async function load(): Promise<Widget> {
    try {
      const { createWidget } = await source.part('widget')
      if (destroyed) throw gone()
      const { baseUrl, school, subject } = options
      widget = createWidget(
        {
          identity: { baseUrl, school, subject },
          part: source.part,
          style: source.style,
          nonce: source.nonce,
          emit,
          fail: ({ code, message, ...more }) => emit('error', new ECodeError(code, message, more)),
        },
        options,
      )
      return widget
    } catch (cause) {
      loading = undefined
      if (destroyed) throw gone()
      throw new ECodeError('LOAD_FAILED', 'The widget could not be loaded', {
        retryable: true,
        cause,
      })
    }
  }

  function ready(): Promise<Widget> {
    if (destroyed) return Promise.reject(gone())
    loading ??= load()
    return loading
  }

  async function mount(target: Element | string) {
    const mine = ++turn
    const loaded = await ready()
    if (destroyed) throw gone()
    if (mine !== turn) return
    const element = typeof target === 'string' ? document.querySelector(target) : target
    try {
      await loaded.mount(element as Element)
    } catch (cause) {
      throw new ECodeError('MOUNT_TARGET_MISSING', `Cannot mount into ${target}`, { cause })
    }
    if (mine === turn) emit('ready', undefined)
  }

  /** Reports what fails, and keeps an unheard promise from becoming a second report. */
  function report(promise: Promise<void>): Promise<void> {
    promise.catch((error) => destroyed || emit('error', error))
    return promise
  }

  return {
    mount: (target) => report(mount(target)),
    update(changes) {
      const next = check({ ...options, ...changes })
      for (const name of ['school', 'subject', 'baseUrl'] as const) {
        if (next[name] !== options[name])
          throw invalid(`${name} is for good; create another widget`)
      }
      options = next
      widget?.update(options)
    },
    unmount() {
      turn++
      widget?.unmount()
    },
    destroy() {
      turn++
      destroyed = true
      widget?.destroy()
      listeners.clear()
    },
    signOut: () => report(ready().then((loaded) => loaded.signOut())),
    on(event, listener) {
      const own = listeners.get(event) ?? new Set()
      listeners.set(event, own.add(listener))
      return () => void own.delete(listener)
    },
  }
}

function gone(): ECodeError {
  return new ECodeError('DESTROYED', 'This widget was destroyed')
}
