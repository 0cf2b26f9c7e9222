import { DISPLAY_SECONDS, LIFETIME_SECONDS } from '@campus-ecode/protocol/one-time'
import type { IdentityState } from '../../access-model.ts'
import { type Cell, createCell } from '../../cell.ts'
import { localTrouble, type Trouble } from '../answer.ts'
import type { Basis } from '../engine.ts'
import { findObstacle } from '../obstacle.ts'
import { whileShown } from '../while-shown.ts'

const DISPLAY_MS = DISPLAY_SECONDS * 1000
/** It is issued for a minute, and the next ends it. */
const SPARE_MS = LIFETIME_SECONDS * 1000 - DISPLAY_MS
const LOOK_MS = 1_000
const AGAIN_MS = 3_000

/** R5: a code for identification alone, issued by the core, replaced before its minute is over. */
export interface Identity {
  readonly state: Cell<IdentityState>
  show(): () => void
  refresh(): void
  end(): void
}

export function createIdentity({ page, api, clock, card }: Basis): Identity {
  const state = createCell<IdentityState>({ kind: 'loading' })
  let active = false
  let ended = false
  let turn = 0
  let serial = 0
  /** What stood against the last drawing. */
  let stoppedBy: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const obstacle = () => findObstacle(card.state.value.value, undefined, 'wallet')

  const show = whileShown(
    page,
    () => {
      active = true
      state.value = { kind: 'loading' }
      void draw()
      return () => {
        active = false
        ++turn
        clearTimeout(timer)
        state.value = { kind: 'loading' }
      }
    },
    () => {
      state.value = { kind: 'hidden' }
    },
  )

  async function draw() {
    if (!active || ended) return
    const mine = ++turn
    clearTimeout(timer)
    const stopped = obstacle()
    stoppedBy = stopped
    if (stopped) {
      state.value = { kind: 'blocked', problem: localTrouble(stopped, false) }
      return
    }
    const answer = await api.call('issueIdentityCode', {})
    if (mine !== turn) return
    if (!answer.ok) return fail(answer.trouble)
    const drawnAt = clock.now()
    const refreshAt = Math.min(drawnAt + DISPLAY_MS, Date.parse(answer.value.expiresAt) - SPARE_MS)
    state.value = {
      kind: 'code',
      digits: answer.value.code,
      drawnAt,
      refreshAt,
      serial: ++serial,
    }
    look()
  }

  function look() {
    clearTimeout(timer)
    const shown = state.value
    if (shown.kind !== 'code') return
    const leftMs = shown.refreshAt - clock.now()
    if (leftMs > 0) timer = setTimeout(look, Math.min(leftMs, LOOK_MS))
    else void draw()
  }

  /** One that still lives stays. */
  function fail(trouble: Trouble) {
    const shown = state.value
    const lives = shown.kind === 'code' && clock.now() < shown.refreshAt + SPARE_MS
    if (!lives) state.value = { kind: 'blocked', problem: trouble }
    if (trouble.retryable) timer = setTimeout(draw, AGAIN_MS)
    else void card.load()
  }

  card.state.subscribe(() => {
    if (active && obstacle() !== stoppedBy) void draw()
  })

  return {
    state,
    show,
    refresh: () => void draw(),
    end() {
      ended = true
      ++turn
      clearTimeout(timer)
      state.value = { kind: 'hidden' }
    },
  }
}
