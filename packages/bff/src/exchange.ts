import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** A whole answer. */
export interface Exchanged {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer<ArrayBuffer>
}

/**
 * Sends one request and gives its whole answer.
 *
 * Rejects when `timeoutMs` is over, however far it got, and when `signal` says so.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let stopped: Error | undefined
    let status = 0
    let headers: IncomingHttpHeaders = {}
    const chunks: Buffer<ArrayBuffer>[] = []

    const release = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const stop = (reason: Error) => {
      stopped = reason
      release()
      reject(reason)
      controller?.abort(reason)
    }
    const abort = () => stop(signal?.reason)
    // One timer for everything: a stream and an AbortSignal for each answer cost more than its signature.
    const timer = setTimeout(() => stop(new DOMException('', 'TimeoutError')), timeoutMs)
    signal?.addEventListener('abort', abort)

    dispatcher.dispatch(
      { ...request, headersTimeout: 0, bodyTimeout: 0 },
      {
        onRequestStart(started) {
          controller = started
          // It may have waited for a connection until nobody waited for it.
          if (stopped) started.abort(stopped)
        },
        onResponseStart(_, statusCode, received) {
          status = statusCode
          headers = received
        },
        onResponseData(_, chunk) {
          chunks.push(chunk as Buffer<ArrayBuffer>)
        },
        onResponseEnd() {
          release()
          const [only] = chunks
          resolve({
            status,
            headers,
            body: only && chunks.length === 1 ? only : Buffer.concat(chunks),
          })
        },
        onResponseError(_, error) {
          release()
          reject(error)
        },
      },
    )
    if (signal?.aborted) abort()
  })
}
