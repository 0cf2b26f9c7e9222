import { setTimeout as sleep } from 'node:timers/promises'
import { READING_ML_MAX, type WaterSession } from '@campus-ecode/protocol/water'
import { v7 } from 'uuid'
import type { Answer } from '../answer.ts'
import { createPatience } from '../patience.ts'
import { openSessionFile, type SavedSession } from './session-file.ts'
import type { Shower, ShowerOptions, ShowerState, StartOutcome } from './shower.ts'

/** Somebody stands there, undressed. */
const START_MS = 12_000
/** Until the core has told another one. */
const LEASE_SECONDS = 180

/**
 * Opens a shower. A session that its folder knows of is taken up again, with the valve shut: whoever is still
 * there opens it. What is sent is on disk before, so that after a crash the core is asked about the same
 * session and no reading goes backwards.
 *
 * Throws for a folder that cannot be used.
 */
export async function createShower(options: ShowerOptions): Promise<Shower> {
  const { calls, valve, onChange, onFault, reportEveryMs = 3_000, restMsMax = 120_000 } = options
  const file = await openSessionFile(options.dir)
  const stopping = new AbortController()
  let saved = await file.read()
  let session: WaterSession | null = saved?.session ?? null
  let isOpen = false
  let online = false
  /** The core has said, since we were started, that the session runs. */
  let isConfirmed = false
  /** Less than a millilitre, of pulses that are no whole ones. */
  let partMl = 0
  // Not the wall clock, which may be set meanwhile.
  let heardAt = performance.now()
  let flowedAt = performance.now()
  /** One thing after the other: a reading must not overtake the end. */
  let queue: Promise<unknown> = Promise.resolve()

  function state(): ShowerState {
    return {
      phase: saved?.phase ?? 'idle',
      isOpen,
      totalMl: saved?.totalMl ?? session?.litresMl ?? 0,
      session,
      online,
    }
  }
  const changed = () => onChange?.(state())

  function setValve(open: boolean): void {
    if (open === isOpen) return
    isOpen = open
    if (open) {
      flowedAt = performance.now()
      valve.open()
    } else valve.shut()
    changed()
  }

  /** Runs when all before it is done; a fault shuts the valve. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work)
    queue = done.catch((error) => {
      setValve(false)
      onFault?.(error)
    })
    return done
  }

  async function save(change: Partial<SavedSession>): Promise<void> {
    if (!saved) throw new Error('there is no session to save')
    saved = { ...saved, ...change }
    await file.write(saved)
    changed()
  }

  /** The core knows how it ended, or that there was none. */
  async function forget(ended: WaterSession | null): Promise<void> {
    setValve(false)
    session = ended
    saved = undefined
    isConfirmed = false
    await file.remove()
    changed()
  }

  function heard<T>(answer: Answer<T>): Answer<T> {
    online = answer.kind !== 'unknown'
    return answer
  }

  /** What the core said about the session that we hold. */
  async function take(told: WaterSession): Promise<void> {
    if (!saved) return
    heardAt = performance.now()
    session = told
    if (told.status === 'ENDED') return forget(told)
    isConfirmed = true
    // Never below what the core knows: a folder that was restored from a copy may be.
    const totalMl = Math.max(saved.totalMl, told.litresMl)
    const seq = Math.max(saved.seq, told.lastSeq)
    await save({ session: told, totalMl, seq, phase: 'running' })
  }

  async function report(): Promise<void> {
    if (saved?.phase !== 'running') return
    const { sessionNo, totalMl } = saved
    const seq = saved.seq + 1
    await save({ seq })
    const answer = heard(await calls.meter(sessionNo, { seq, totalMl }))
    if (answer.kind === 'answered') return take(answer.body)
    if (answer.kind === 'unknown') return changed()
    if (answer.code === 'WATER_SESSION_UNKNOWN') return forget(null)
    // What could be believed was counted, and the rest is for whoever looks after the meter.
    if (answer.code === 'WATER_READING_IMPOSSIBLE') {
      isConfirmed = true
      heardAt = performance.now()
      return changed()
    }
    // To the core as silence, so to us: the lease goes on.
    if (answer.code !== 'WATER_SESSION_ENDED') return changed()
    setValve(false)
    const last = heard(await calls.look(sessionNo))
    await forget(last.kind === 'answered' ? last.body : session)
  }

  /** @returns The session as it was settled; undefined while nobody knows. */
  async function finish(): Promise<WaterSession | undefined> {
    if (saved?.phase !== 'ending') return undefined
    const { sessionNo, totalMl } = saved
    const answer = heard(await calls.end(sessionNo, totalMl))
    if (answer.kind === 'answered') {
      await forget(answer.body)
      return answer.body
    }
    if (answer.kind === 'refused' && answer.code === 'WATER_SESSION_UNKNOWN') {
      // The start may still be on its way.
      const undone = heard(await calls.reverse(sessionNo))
      if (undone.kind === 'answered') await forget(null)
    }
    changed()
    return undefined
  }

  async function end(): Promise<WaterSession | undefined> {
    setValve(false)
    if (saved?.phase !== 'running') return undefined
    await save({ phase: 'ending' })
    return finish()
  }

  async function begin(bathNo: string, waterPassword: string): Promise<StartOutcome> {
    if (saved?.phase === 'ending') await finish()
    if (saved) return { kind: 'busy' }
    const sessionNo = v7()
    session = null
    partMl = 0
    saved = { sessionNo, phase: 'starting', seq: 0, totalMl: 0, session: null }
    await save({})
    const patience = createPatience(START_MS)
    do {
      const answer = heard(await calls.start({ sessionNo, bathNo, waterPassword }))
      if (answer.kind === 'answered') {
        flowedAt = performance.now()
        await take(answer.body)
        if (answer.body.status === 'ENDED') return { kind: 'unknown' }
        setValve(true)
        return { kind: 'running', session: answer.body }
      }
      if (answer.kind === 'refused') {
        await forget(null)
        const { kind, code, message, retryAfterSeconds } = answer
        return { kind, code, message, retryAfterSeconds }
      }
    } while (await patience.pause())
    await save({ phase: 'ending' })
    return { kind: 'unknown' }
  }

  async function resume(): Promise<void> {
    // Nobody knows any more with which password: whatever came of it is ended.
    if (saved?.phase === 'starting') await save({ phase: 'ending' })
    if (saved?.phase === 'ending') await finish()
    if (saved?.phase !== 'running') return
    const answer = heard(await calls.look(saved.sessionNo))
    if (answer.kind === 'answered') return take(answer.body)
    if (answer.kind === 'refused' && answer.code === 'WATER_SESSION_UNKNOWN') return forget(null)
    changed()
  }

  async function step(): Promise<void> {
    if (saved?.phase === 'ending') return void (await finish())
    if (saved?.phase !== 'running') return
    const now = performance.now()
    const leaseMs = (session?.leaseSeconds ?? LEASE_SECONDS) * 1000
    // By now the core has settled for what it heard last: nobody would pay for more.
    const isOver = now - heardAt > leaseMs || now - flowedAt > restMsMax
    await (isOver ? end() : report())
  }

  async function keepGoing(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      await sleep(reportEveryMs, undefined, { signal }).catch(() => {})
      if (!signal.aborted) await inTurn(step).catch(() => {})
    }
  }

  valve.shut()
  await inTurn(resume)
  const loop = keepGoing()

  return {
    get state() {
      return state()
    },
    start: (bathNo, waterPassword) => inTurn(() => begin(bathNo, waterPassword)),
    flow(ml) {
      if (!Number.isFinite(ml) || ml < 0) {
        setValve(false)
        throw new RangeError('a meter counts in millilitres, and upward')
      }
      if (saved?.phase !== 'running') return
      partMl += ml
      const wholeMl = Math.floor(partMl)
      partMl -= wholeMl
      saved = { ...saved, totalMl: Math.min(saved.totalMl + wholeMl, READING_ML_MAX) }
      flowedAt = performance.now()
      changed()
      if (session && saved.totalMl >= session.maxMl) {
        setValve(false)
        inTurn(end).catch(() => {})
      }
    },
    open() {
      if (saved?.phase !== 'running' || !isConfirmed) return false
      setValve(true)
      return true
    },
    shut: () => setValve(false),
    stop: () => {
      setValve(false)
      return inTurn(end)
    },
    async close() {
      setValve(false)
      stopping.abort()
      await loop
      await queue
      await calls.close()
    },
  }
}
