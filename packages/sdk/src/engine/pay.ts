import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { Card } from '@campus-ecode/protocol/card'
import type { OfflineCaps } from '@campus-ecode/protocol/devices'
import type { Account } from '@campus-ecode/protocol/shapes'
import { type Cell, createCell } from '../cell.ts'
import type { PayState, ShownCode } from '../model.ts'
import { localTrouble, type Trouble } from './answer.ts'
import type { ServerClock } from './clock.ts'
import type { CodeSource, DrawnCode } from './code-source.ts'
import type { DeviceKeeper } from './device-keeper.ts'
import type { LoadableCell } from './loadable.ts'
import { findObstacle } from './obstacle.ts'
import type { Page } from './page.ts'
import type { SessionKeeper } from './session-keeper.ts'

const LOOK_MS = 1_000
const RETRY_MS_MIN = 2_000
const RETRY_MS_MAX = 30_000

export type Result = Extract<PayState, { kind: 'result' }>

/** The pay screen's one code at a time: when it comes, stays and goes. */
export interface Pay {
  readonly state: Cell<PayState>
  /** The phone's own milliseconds of the first and of the last code; 0 before there was one. */
  readonly firstDrawnAt: number
  readonly lastDrawnAt: number
  show(): () => void
  refresh(): void
  choose(account: Account): void
  setRevealed(revealed: boolean): void
  next(): void
  /** Puts an outcome in the code's place, or in an earlier outcome's. */
  showResult(result: Result): void
  /** Looks again at what the codes may pay without contact. */
  showCaps(): void
  /** Who sees to the codes on display, from now on. */
  attendedBy(attendant: Attendant): void
  /** No more codes, ever: the person has signed out, or the page is done with them. */
  end(): void
}

/** What goes on around codes on display; fetched after the first of them. */
export interface Attendant {
  /** Codes are on display on a visible page from now until the returned function is called. */
  attend(): () => void
  /** The page is seen again: what became of the last code? Settles soon, whatever happens. */
  catchUp(): Promise<void>
  caps(): OfflineCaps | undefined
}

export function createPay(
  page: Page,
  clock: ServerClock,
  session: SessionKeeper,
  keeper: DeviceKeeper,
  source: CodeSource,
  accounts: LoadableCell<Accounts>,
  card: LoadableCell<Card>,
): Pay {
  const state = createCell<PayState>({ kind: 'loading' })
  let chosen: Account | undefined
  let revealed = false
  let attendant: Attendant | undefined
  let displays = 0
  let ended = false
  /** On display on a visible page. */
  let active = false
  let stopAttending: (() => void) | undefined
  /** What the last drawing was for; undefined while none may begin. */
  let drawnFor: string | undefined
  let serial = 0
  /** Each drawing, and each end of one, makes those under way void. */
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let retryMs = RETRY_MS_MIN
  /** Until when what is on display can pay. */
  let endsAt = 0
  let firstDrawnAt = 0
  let lastDrawnAt = 0
  let heldResult: Result | undefined

  function account(): Account {
    const first = accounts.state.value.value?.defaultAccount
    return chosen ?? first ?? keeper.device.value?.account ?? 'wallet'
  }

  function obstacle() {
    return findObstacle(card.state.value.value, accounts.state.value.value, account())
  }

  /** Whatever makes another code necessary, or possible. */
  function purpose(): string {
    return [account(), revealed, obstacle(), keeper.device.value?.deviceId].join()
  }

  function activate() {
    const visible = page.visible.value
    const wanted = displays > 0 && visible && !ended
    if (wanted !== active) {
      active = wanted
      if (wanted) void resume()
      else suspend()
    }
    if (displays && !wanted) {
      state.value = ended ? blocked(localTrouble('SESSION_MISSING', false)) : { kind: 'hidden' }
    }
  }

  async function resume() {
    const mine = ++turn
    state.value = heldResult ?? { kind: 'loading' }
    if (!heldResult && lastDrawnAt) await attendant?.catchUp()
    if (!active) return
    heldResult = undefined
    stopAttending = attendant?.attend()
    if (mine === turn && state.value.kind !== 'result') void draw()
  }

  function suspend() {
    ++turn
    clearTimeout(timer)
    stopAttending?.()
    stopAttending = undefined
    // Leaving the screen ends an outcome, leaving the page does not.
    heldResult = displays && state.value.kind === 'result' ? state.value : undefined
    drawnFor = undefined
    revealed = false
    state.value = { kind: 'loading' }
  }

  /**
   * @param fresh Other digits, because the person asked.
   * @param quiet Nothing changes on display until there is a code.
   */
  async function draw({ fresh = false, quiet = false } = {}) {
    const mine = ++turn
    clearTimeout(timer)
    drawnFor = purpose()
    const problem = obstacle()
    if (problem) {
      state.value = blocked(localTrouble(problem, false))
      return
    }
    const wanted = { account: account(), revealed }
    await keeper.ready
    if (mine !== turn) return
    const own = await source.drawOnPhone(wanted.account, wanted.revealed, fresh)
    if (mine !== turn) return
    if (typeof own === 'object') {
      put({ ...own, ...wanted })
      return
    }
    const shown = state.value
    const fits =
      shown.kind === 'code' &&
      shown.account === wanted.account &&
      shown.revealed === wanted.revealed
    if (!fits && !quiet) state.value = { kind: 'loading' }
    if (own) {
      timer = setTimeout(() => void draw({ quiet }), own - clock.now())
      return
    }
    // The core says which account comes first; a code for another would be thrown away.
    if (!chosen && !accounts.state.value.value) await accounts.load()
    if (mine !== turn) return
    const answer = await source.issue(wanted.account, wanted.revealed, quiet)
    if (mine !== turn) return
    if (answer.ok) put({ ...answer.value, ...wanted })
    else fail(answer.trouble)
  }

  function put({ endsAt: end, ...code }: DrawnCode & { account: Account; revealed: boolean }) {
    endsAt = end
    retryMs = RETRY_MS_MIN
    lastDrawnAt = Date.now()
    firstDrawnAt = firstDrawnAt || lastDrawnAt
    state.value = withCaps({ kind: 'code', ...code, serial: ++serial })
    rotate()
  }

  /** Looks at the wall clock often, because timers stand still while some machines sleep. */
  function rotate() {
    const shown = state.value
    if (shown.kind !== 'code') return
    const leftMs = shown.refreshAt - clock.now()
    if (leftMs > 0) timer = setTimeout(rotate, Math.min(leftMs, LOOK_MS))
    else void draw({ quiet: true })
  }

  /** An old code stays while it can still pay; then, or without one, the reason takes its place. */
  function fail(trouble: Trouble) {
    const leftMs = state.value.kind === 'code' ? endsAt - clock.now() : 0
    if (leftMs <= 0) {
      state.value = blocked(trouble)
      if (!trouble.retryable) void Promise.all([card.load(), accounts.load()])
    }
    if (leftMs <= 0 && !trouble.retryable) return
    const waitMs = leftMs > 0 ? Math.min(retryMs, leftMs) : retryMs
    timer = setTimeout(() => void draw({ quiet: true }), waitMs)
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
  }

  function blocked(problem: Trouble): PayState {
    return { kind: 'blocked', problem, account: account() }
  }

  function withCaps({ offlineCaps: _, ...code }: ShownCode): ShownCode {
    const caps = code.source === 'device' ? attendant?.caps() : undefined
    return caps ? { ...code, offlineCaps: caps } : code
  }

  function reconsider() {
    if (drawnFor === undefined || state.value.kind === 'result') return
    if (purpose() !== drawnFor) void draw()
  }

  /** The network or the session is back. */
  function tryAgain() {
    const { value } = state
    if (!active || value.kind !== 'blocked' || !(value.problem as Trouble).retryable) return
    if (page.online.value && session.state.value.kind === 'open') void draw({ quiet: true })
  }

  const stops = [
    page.visible.subscribe(activate),
    page.online.subscribe(tryAgain),
    session.state.subscribe(tryAgain),
    keeper.device.subscribe(reconsider),
    accounts.state.subscribe(reconsider),
    card.state.subscribe(reconsider),
    clock.onShift(() => {
      if (state.value.kind === 'code') void draw()
    }),
  ]

  return {
    state,
    get firstDrawnAt() {
      return firstDrawnAt
    },
    get lastDrawnAt() {
      return lastDrawnAt
    },
    show() {
      let shown = 1
      displays++
      activate()
      return () => {
        displays -= shown
        shown = 0
        activate()
      }
    },
    refresh() {
      if (drawnFor === undefined || state.value.kind === 'result') return
      if (state.value.kind === 'blocked') void Promise.all([card.load(), accounts.load()])
      retryMs = RETRY_MS_MIN
      void draw({ fresh: true })
    },
    choose(next) {
      chosen = next
      reconsider()
    },
    setRevealed(next) {
      revealed = next
      reconsider()
    },
    next() {
      if (active && state.value.kind === 'result') void draw()
    },
    showResult(result) {
      ++turn
      clearTimeout(timer)
      state.value = result
      revealed = false
    },
    showCaps() {
      const { value } = state
      if (value.kind !== 'code') return
      const now = withCaps(value)
      if (now.offlineCaps !== value.offlineCaps) state.value = now
    },
    attendedBy(next) {
      attendant = next
      if (active) stopAttending = next.attend()
    },
    end() {
      ended = true
      activate()
      for (const stop of stops) stop()
    },
  }
}
