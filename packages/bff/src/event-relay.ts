import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { cursorSchema } from '@campus-ecode/protocol/events'
import { idSchema, schoolIdSchema } from '@campus-ecode/protocol/shapes'
import type { Logger } from 'pino'
import { z } from 'zod'
import { type CoreClient, readJson } from './core-client.ts'
import { type Refusal, refuse } from './refusal.ts'

/** An event as it goes to a phone. Its content is the core's and the phone's business. */
const relayedEventSchema = z.looseObject({
  cursor: cursorSchema,
  at: z.string(),
  data: z.unknown(),
})
export type RelayedEvent = z.infer<typeof relayedEventSchema>

/** A person's own events, as the polling route answers them. */
export const relayedPageSchema = z.object({
  events: z.array(relayedEventSchema),
  cursor: cursorSchema,
})

const feedPageSchema = relayedPageSchema.extend({
  events: z.array(relayedEventSchema.extend({ schoolId: schoolIdSchema, personId: idSchema })),
})

export interface Listener {
  onEvent(event: RelayedEvent): void
  /** The feed was interrupted for good; events may have been missed. */
  onLost(): void
}

export interface EventRelay {
  /**
   * Adds a listener for one person.
   *
   * @returns The cursor from which it hears everything. Refuses: CORE_UNREACHABLE.
   */
  listen(person: string, listener: Listener): Promise<{ ok: true; cursor: string } | Refusal>
  unlisten(person: string, listener: Listener): void
  stop(): void
}

/** Names a person across schools, in the relay and in limits. */
export function namePerson({ schoolId, personId }: { schoolId: string; personId: string }): string {
  return `${schoolId}/${personId}`
}

/**
 * Reads the core's feed once for all phones of this process, while at least one listens.
 *
 * The feed is read by cursor and consumes nothing, so any number of processes read it side by side.
 */
export function createEventRelay({ core, log }: { core: CoreClient; log: Logger }): EventRelay {
  const listeners = new Map<string, Set<Listener>>()
  const waiting: ((start: { ok: true; cursor: string } | Refusal) => void)[] = []
  const stopping = new AbortController()
  let cursor: string | undefined
  let running = false
  let failures = 0

  const settleWaiting = (start: { ok: true; cursor: string } | Refusal) => {
    for (const settle of waiting.splice(0)) settle(start)
  }

  const loseEveryone = () => {
    for (const group of [...listeners.values()])
      for (const listener of [...group]) listener.onLost()
  }

  const readOnce = async (): Promise<Refusal | undefined> => {
    const startedAt = performance.now()
    const query = cursor === undefined ? '' : `?after=${cursor}&waitSeconds=${WAIT_SECONDS}`
    const answer = await core.call({
      method: 'GET',
      target: `/v1/events${query}`,
      requestId: randomUUID(),
      timeoutMs: (WAIT_SECONDS + 10) * 1000,
      signal: stopping.signal,
    })
    if (!answer.ok) return answer
    const page = feedPageSchema.safeParse(readJson(answer))
    if (answer.status !== 200 || !page.success) {
      // A 4xx means the core no longer knows our cursor: start anew, and let every phone catch up.
      if (answer.status >= 400 && answer.status < 500) {
        cursor = undefined
        loseEveryone()
      }
      return refuse('CORE_UNREACHABLE', { reason: `feed answered ${answer.status}` })
    }
    // A core that does not wait must not be asked in a tight loop.
    const early = cursor !== undefined && page.data.events.length === 0
    cursor = page.data.cursor
    settleWaiting({ ok: true, cursor })
    for (const { schoolId, personId, ...event } of page.data.events) {
      const group = listeners.get(namePerson({ schoolId, personId }))
      if (group) for (const listener of [...group]) listener.onEvent(event)
    }
    if (early && performance.now() - startedAt < PAUSE_MS) await sleep(PAUSE_MS)
    return undefined
  }

  const run = async () => {
    running = true
    while (listeners.size > 0 && !stopping.signal.aborted) {
      const refusal = await readOnce()
      failures = refusal ? failures + 1 : 0
      if (!refusal || stopping.signal.aborted) continue
      log.warn({ reason: refusal.reason, failures }, 'event feed interrupted')
      settleWaiting(refusal)
      // The cursor is kept, so nothing is missed; spread out, so that a returning core is not hit.
      await sleep(Math.min(5_000, 250 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2))
    }
    cursor = undefined
    running = false
    settleWaiting(refuse('CORE_UNREACHABLE', { reason: 'stopped' }))
  }

  return {
    listen(person, listener) {
      const group = listeners.get(person) ?? new Set()
      listeners.set(person, group.add(listener))
      const heard = new Promise<{ ok: true; cursor: string } | Refusal>((settle) => {
        if (cursor === undefined) waiting.push(settle)
        else settle({ ok: true, cursor })
      })
      if (!running) void run()
      return heard
    },
    unlisten(person, listener) {
      const group = listeners.get(person)
      group?.delete(listener)
      if (group?.size === 0) listeners.delete(person)
    },
    stop: () => stopping.abort(),
  }
}

const WAIT_SECONDS = 25
const PAUSE_MS = 500
