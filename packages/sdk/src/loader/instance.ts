import type { ECodeEvents, ECodeInstance, PayRequest } from '../ecode.ts'
import type { ECodeOptions } from '../options.ts'
import type { Widget } from '../widget-part.ts'
import { checkOptions, must } from './check-options.ts'
import { ECodeError, toError } from './ecode-error.ts'
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
  let retry: HTMLButtonElement | undefined
  const listeners = new Map<string, Set<(detail: never) => void>>()

  function check(wanted: ECodeOptions): Options {
    const whole = { ...wanted, baseUrl: wanted.baseUrl || source.baseUrl || '' }
    checkOptions(whole)
    return { ...whole, baseUrl: whole.baseUrl.replace(/\/+$/, '') }
  }

  function emit<E extends keyof ECodeEvents>(event: E, detail: ECodeEvents[E]) {
    const own = [...(listeners.get(event) || [])]
    if (event === 'error' && !own[0]) {
      console.error(detail, `${options.baseUrl}/errors/${(detail as ECodeError).code}`)
    }
    // Later, so that a listener that throws stops neither the widget nor the others.
    for (const listener of own) Promise.resolve(detail as never).then(listener)
  }

  async function load(): Promise<Widget> {
    try {
      const { createWidget } = await source.part('widget')
      widget = createWidget(
        {
          ...source,
          identity: options,
          emit,
          fail: (trouble) => emit('error', toError(trouble)),
        },
        options,
      )
      return widget
    } catch (cause) {
      loading = undefined
      throw new ECodeError('LOAD_FAILED', 'The widget did not load', { retryable: true, cause })
    }
  }

  function ready(): Promise<Widget> {
    if (destroyed) throw gone()
    loading ||= load()
    return loading
  }

  async function mount(target: Element | string) {
    const mine = begin()
    const element = typeof target === 'string' ? document.querySelector(target) : target
    const loaded = await ready().catch((error) => {
      if (mine === turn) offerRetry(element)
      throw error
    })
    if (destroyed) throw gone()
    if (mine !== turn) return
    try {
      await loaded.mount(element as Element)
    } catch (cause) {
      throw new ECodeError('MOUNT_TARGET_MISSING', `Cannot mount into ${target}`, { cause })
    }
    if (mine === turn) emit('ready', undefined)
  }

  /** The one thing shown without the widget: in both languages, since neither is loaded. */
  function offerRetry(element: Element | null) {
    retry = document.createElement('button')
    retry.textContent = '加载失败，点此重试 · Tap to retry'
    retry.onclick = () => report(mount(element as Element))
    element?.appendChild(retry)
  }

  function begin(): number {
    retry?.remove()
    return ++turn
  }

  async function signOut() {
    await (await ready()).signOut()
  }

  async function pay(request: PayRequest) {
    const loaded = await ready()
    return loaded.pay(request).catch((cause) => {
      throw toError(cause)
    })
  }

  /** Reports what fails, and keeps an unheard promise from becoming a second report. */
  function report<T>(promise: Promise<T>): Promise<T> {
    promise.catch((error) => destroyed || emit('error', error))
    return promise
  }

  return {
    mount: (target) => report(mount(target)),
    update(changes) {
      const next = check({ ...options, ...changes })
      for (const name of ['school', 'subject', 'baseUrl'] as const) {
        must(next[name] === options[name], `${name} cannot change`)
      }
      options = next
      widget?.update(options)
    },
    unmount() {
      begin()
      widget?.unmount()
    },
    destroy() {
      begin()
      destroyed = true
      widget?.destroy()
      listeners.clear()
    },
    signOut: () => report(signOut()),
    pay: (request) => report(pay(request)),
    on(event, listener) {
      const own = listeners.get(event) || new Set()
      listeners.set(event, own.add(listener))
      return () => void own.delete(listener)
    },
  }
}

function gone(): ECodeError {
  return new ECodeError('DESTROYED', 'The widget was destroyed')
}
