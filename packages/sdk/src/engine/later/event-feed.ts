import type { PersonEvent } from '@campus-ecode/protocol/events'
import type { Api } from '../api.ts'
import { sleep } from '../sleep.ts'
import { within } from '../within.ts'
import { createStreamReader } from './sse.ts'

/** While a code is on display and no stream is known to work. */
const POLL_MS = 2_000
const POLL_MS_MAX = 8_000
/** The BFF sends something every 15 s; a stream silent for longer than two of these is dead. */
const SILENCE_MS = 35_000
/** A stream that lived this long has worked; a shorter one makes the pause before the next longer. */
const STEADY_MS = 5_000
const PAUSE_MS_MIN = 500
const PAUSE_MS_MAX = 30_000
const PAGES_MAX = 20
const SEEN_MAX = 500

/** What happens to the person, each event once: by stream, and by asking while there is none. */
export interface EventFeed {
  start(): void
  stop(): void
  /** Asks once what happened since the last word; gives up after `ms`. */
  catchUp(ms: number): Promise<void>
}

/**
 * @param firstCursor Where an earlier visit stopped; without one the feed starts at the present.
 * @param onCursor Called as the feed moves on.
 */
export function createEventFeed(
  api: Api,
  firstCursor: Promise<string | undefined>,
  onEvent: (event: PersonEvent) => void,
  onCursor: (cursor: string) => void,
): EventFeed {
  let cursor: string | undefined
  const opened = firstCursor.then((earlier) => {
    cursor ??= earlier
  })
  let running: AbortController | undefined
  /** Bytes have come through the present stream, so nothing between us holds them back. */
  let alive = false
  /** Some old or patched engines have no streams. */
  let streams = true
  const seen = new Set<string>()

  function move(next: string) {
    if (!next || next === cursor) return
    cursor = next
    onCursor(next)
  }

  function take(event: PersonEvent) {
    if (seen.has(event.cursor)) return
    seen.add(event.cursor)
    for (const oldest of seen) {
      if (seen.size <= SEEN_MAX) break
      seen.delete(oldest)
    }
    onEvent(event)
  }

  /** A cursor the server cannot read is of no use; the present is the best that is left. */
  function refused(status: number) {
    if (status === 400 || status === 404) cursor = undefined
  }

  async function ask(): Promise<boolean> {
    await opened
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const answer = await api.call('getEvents', { query: { after: cursor } })
      if (!answer.ok) {
        refused(answer.trouble.status)
        return false
      }
      const { events } = answer.value
      events.forEach(take)
      move(answer.value.cursor)
      if (!events.length) break
    }
    return true
  }

  async function poll(stop: AbortSignal) {
    let failures = 0
    while (!stop.aborted) {
      if (!alive) failures = (await ask()) ? 0 : failures + 1
      await sleep(Math.min(POLL_MS * 2 ** failures, POLL_MS_MAX) * (0.75 + Math.random() / 4), stop)
    }
  }

  async function listen(stop: AbortSignal) {
    let failures = 0
    while (!stop.aborted && streams) {
      const since = Date.now()
      await readStream(stop)
      if (stop.aborted) return
      alive = false
      failures = Date.now() - since >= STEADY_MS ? 0 : failures + 1
      // Spread out, so that phones do not all return at once to a server that came back.
      const pauseMs = Math.min(PAUSE_MS_MIN * 2 ** failures, PAUSE_MS_MAX)
      await sleep(pauseMs * (0.5 + Math.random()), stop)
    }
  }

  async function readStream(stop: AbortSignal): Promise<void> {
    const ownStop = new AbortController()
    const abort = () => ownStop.abort()
    stop.addEventListener('abort', abort)
    try {
      await opened
      const answer = await api.send(
        {
          method: 'GET',
          path: '/event-stream',
          headers: { accept: 'text/event-stream', ...(cursor && { 'last-event-id': cursor }) },
          stop: ownStop.signal,
        },
        (response) => response.body,
      )
      if (!answer.ok) {
        refused(answer.trouble.status)
        return
      }
      const reader = answer.value?.getReader?.()
      streams = reader !== undefined
      if (!reader) return
      const decoder = new TextDecoder()
      const read = createStreamReader(({ id, data }) => {
        if (data) take(JSON.parse(data))
        move(id)
      })
      for (;;) {
        const { done, value } = await within(SILENCE_MS, reader.read())
        if (done || stop.aborted) return
        alive = true
        read(decoder.decode(value, { stream: true }))
      }
    } catch {
      // Cut off, silent or garbled: the caller begins again after the last cursor.
    } finally {
      abort()
      stop.removeEventListener('abort', abort)
    }
  }

  return {
    start() {
      if (running) return
      running = new AbortController()
      void listen(running.signal)
      void poll(running.signal)
    },
    stop() {
      running?.abort()
      running = undefined
      alive = false
    },
    async catchUp(ms) {
      await within(ms, ask()).catch(() => {})
    },
  }
}
