import { type HostEvent, hostEvents } from './host-bridge.ts'

/** Version 1 of what page and app send each other; the JSON is in docs/host-bridge.md. */
export interface Request {
  v: 1
  id: string
  method: string
  params: unknown
}

type Message = {
  v?: unknown
  id?: unknown
  result?: unknown
  error?: { code?: unknown; message?: unknown }
  event?: unknown
  params?: unknown
}

/** What a host answered in place of a result. */
export class HostRefusal extends Error {
  declare readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Calls that wait for an answer, and who listens to events. */
export interface Exchange {
  /** Rejects when nothing came within `ms`, or when the signal aborts; what comes later is dropped. */
  request(
    method: string,
    params: unknown,
    ms: number,
    send: (request: Request) => void,
    signal?: AbortSignal,
  ): Promise<unknown>
  /** Takes a message of the host, as an object or as JSON. Whatever else it is, nothing happens. */
  take(message: unknown): void
  on(event: HostEvent, listener: (detail?: unknown) => void): () => void
}

/** @param name Begins the calls' ids, so that two widgets on a page do not take each other's answers. */
export function createExchange(name: string): Exchange {
  const waiting = new Map<string, (message: Message) => void>()
  const listeners = new Map<HostEvent, Set<(detail?: unknown) => void>>()
  let count = 0
  /** On a cold start an app is faster than the screens: where it leads is kept until somebody listens. */
  let early: { params: unknown } | undefined

  return {
    request(method, params, ms, send, signal) {
      const id = `${name}-${++count}`
      return new Promise((resolve, reject) => {
        const end = () => {
          waiting.delete(id)
          clearTimeout(timer)
          signal?.removeEventListener('abort', abort)
        }
        const abort = () => {
          end()
          reject(new Error(`${method} was called off`))
        }
        const timer = setTimeout(() => {
          end()
          reject(new Error(`the host did not answer ${method} within ${ms} ms`))
        }, ms)
        waiting.set(id, ({ result, error }) => {
          end()
          if (error) reject(new HostRefusal(String(error.code), String(error.message)))
          else resolve(result)
        })
        if (signal?.aborted) return abort()
        signal?.addEventListener('abort', abort)
        try {
          send({ v: 1, id, method, params })
        } catch (cause) {
          end()
          reject(cause)
        }
      })
    },
    take(given) {
      const { v, ...message } = read(given)
      if (v !== 1) return
      if (typeof message.id === 'string') waiting.get(message.id)?.(message)
      const event = hostEvents.find((known) => known === message.event)
      if (!event) return
      if (event === 'shortcut' && !listeners.get(event)?.size) early = { params: message.params }
      for (const listener of [...(listeners.get(event) ?? [])]) listener(message.params)
    },
    on(event, listener) {
      const own = listeners.get(event) ?? new Set()
      listeners.set(event, own.add(listener))
      if (event === 'shortcut' && early) {
        listener(early.params)
        early = undefined
      }
      return () => void own.delete(listener)
    },
  }
}

function read(given: unknown): Message {
  try {
    return Object(typeof given === 'string' ? JSON.parse(given) : given)
  } catch {
    return {}
  }
}
