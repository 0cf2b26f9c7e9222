import type { Answer } from './answer.ts'
import { type CoreAnswer, type CoreClient, readJson } from './core-client.ts'
import {
  type EventRelay,
  type Listener,
  namePerson,
  type RelayedEvent,
  relayedPageSchema,
} from './event-relay.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { OpenSession } from './session-seal.ts'

export interface EventStreams {
  /**
   * Opens a server-sent stream on Node's own response: 14 KB a phone, by the framework's helper 31.
   *
   * It ends by itself, with its session at the latest.
   *
   * @param after The phone's `Last-Event-ID`: what came since is sent first, without gap or repeat.
   * @returns undefined once the stream is live; otherwise nothing was written and this is the answer.
   * Refuses: UNAVAILABLE, CORE_UNREACHABLE, or as the core does.
   */
  open(
    session: OpenSession,
    answer: Answer,
    after: string | undefined,
  ): Promise<undefined | Refusal | CoreAnswer>
  /** How many phones listen. */
  count(): number
  /** Ends every stream and takes no more; phones come back to another process. */
  stop(): void
}

export function createEventStreams({ relay, core, nowMs }: EventStreamsOptions): EventStreams {
  const byPerson = new Map<string, Set<PhoneStream>>()
  const streams = new Set<PhoneStream>()
  let stopping = false

  // One timer for all phones: heartbeats keep balancers from closing, and expired sessions end.
  const timer = setInterval(() => {
    const now = nowMs()
    for (const stream of streams) stream.tick(now)
  }, 1_000)
  timer.unref()

  const add = (stream: PhoneStream) => {
    const group = byPerson.get(stream.person) ?? new Set()
    // A phone that changed networks leaves a dead stream behind, so the newest wins.
    const [oldest] = group
    if (oldest && group.size >= STREAMS_PER_PERSON_MAX) oldest.end()
    byPerson.set(stream.person, group.add(stream))
    streams.add(stream)
  }

  const remove = (stream: PhoneStream) => {
    relay.unlisten(stream.person, stream)
    streams.delete(stream)
    const group = byPerson.get(stream.person)
    group?.delete(stream)
    if (group?.size === 0) byPerson.delete(stream.person)
  }

  /** Subscribes first and holds what comes, then catches up, then lets go: so there is no gap. */
  const start = async (stream: PhoneStream, session: OpenSession, after: string | undefined) => {
    const heard = await relay.listen(stream.person, stream)
    if (!heard.ok) return heard
    if (after === undefined) stream.begin(heard.cursor)
    let cursor = after
    while (cursor !== undefined && !stream.ended) {
      const answer = await core.call({
        method: 'GET',
        target: `/v1/schools/${session.schoolId}/people/${session.personId}/events?after=${cursor}`,
        requestId: stream.answer.requestId,
      })
      if (!answer.ok || answer.status !== 200) return answer
      const page = relayedPageSchema.safeParse(readJson(answer))
      if (!page.success) return refuse('CORE_UNREACHABLE', { reason: 'events are malformed' })
      stream.catchUp(page.data.events)
      cursor = page.data.events.length > 0 ? page.data.cursor : undefined
    }
    if (stream.ended && !stream.answer.headersSent) return refuse('UNAVAILABLE')
    stream.goLive()
    return undefined
  }

  return {
    async open(session, answer, after) {
      if (stopping || streams.size >= STREAMS_MAX) return refuse('UNAVAILABLE')
      const stream = new PhoneStream(answer, namePerson(session), session.expiresAtMs, nowMs())
      add(stream)
      answer.once('close', () => {
        stream.ended = true
        remove(stream)
      })
      const refused = await start(stream, session, after)
      if (!refused) return undefined
      remove(stream)
      if (!answer.headersSent) return refused
      stream.end()
      return undefined
    },
    count: () => streams.size,
    stop() {
      stopping = true
      clearInterval(timer)
      for (const stream of streams) stream.end()
      relay.stop()
    },
  }
}

export interface EventStreamsOptions {
  relay: EventRelay
  core: CoreClient
  nowMs: () => number
}

const STREAMS_MAX = 20_000
const STREAMS_PER_PERSON_MAX = 6
const HEARTBEAT_MS = 15_000
const HELD_EVENTS_MAX = 256
/** A phone that reads slower than this is dropped; it comes back with its Last-Event-ID. */
const UNREAD_BYTES_MAX = 64 * 1024

class PhoneStream implements Listener {
  readonly answer: Answer
  readonly person: string
  ended = false
  readonly #expiresAtMs: number
  #nextBeatMs: number
  /** What the relay brought before the phone had caught up. */
  #held: RelayedEvent[] | undefined = []
  /** Caught up with already; the relay may bring these again. */
  #sent: Set<string> | undefined

  constructor(answer: Answer, person: string, expiresAtMs: number, nowMs: number) {
    this.answer = answer
    this.person = person
    this.#expiresAtMs = expiresAtMs
    this.#nextBeatMs = nowMs + HEARTBEAT_MS
  }

  /** @param cursor Where the phone stands if nothing ever happens, so that it can resume. */
  begin(cursor?: string): void {
    if (this.answer.headersSent) return
    this.answer.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    // Node keeps the head; sent by itself it becomes one string of the sixty that it was put together from.
    this.answer.flushHeaders()
    this.#write(cursor === undefined ? ':\n\n' : `id: ${cursor}\n\n`)
  }

  catchUp(events: RelayedEvent[]): void {
    if (this.ended) return
    this.begin()
    this.#sent ??= new Set()
    for (const event of events) {
      this.#sent.add(event.cursor)
      this.#writeEvent(event)
    }
  }

  goLive(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const event of held) this.onEvent(event)
  }

  onEvent(event: RelayedEvent): void {
    if (this.#held) {
      if (this.#held.push(event) > HELD_EVENTS_MAX) this.end()
      return
    }
    if (this.#sent?.has(event.cursor)) return
    // Events come in order, so the first unknown one is past everything caught up with.
    this.#sent = undefined
    this.#writeEvent(event)
  }

  onLost(): void {
    this.end()
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#expiresAtMs) this.end()
    else if (nowMs >= this.#nextBeatMs && this.answer.headersSent) {
      this.#nextBeatMs = nowMs + HEARTBEAT_MS
      this.#write(':\n\n')
    }
  }

  end(): void {
    this.ended = true
    // Before its head is written the stream is still somebody's request to answer.
    if (this.answer.headersSent) this.answer.end()
  }

  #writeEvent(event: RelayedEvent): void {
    this.#write(`id: ${event.cursor}\nevent: person\ndata: ${JSON.stringify(event)}\n\n`)
  }

  #write(text: string): void {
    if (this.ended || this.answer.destroyed) return
    this.answer.write(text)
    if (this.answer.writableLength > UNREAD_BYTES_MAX) {
      this.ended = true
      this.answer.destroy()
    }
  }
}
