import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Card } from '@campus-ecode/protocol/card'
import type { Account } from '@campus-ecode/protocol/shapes'
import { computed, effect, type Signal, signal, untracked } from '@preact/signals'
import type { PayState, ShownCode } from '../model.ts'
import { localTrouble, type Trouble } from './answer.ts'
import type { Api } from './api.ts'
import type { ServerClock } from './clock.ts'
import type { CodeSource, DrawnCode } from './code-source.ts'
import type { DeviceKeeper } from './device-keeper.ts'
import type { EventFeed } from './event-feed.ts'
import type { LoadableCell } from './loadable.ts'
import { findObstacle } from './obstacle.ts'
import type { Page } from './page.ts'
import { isSettled } from './payment-settled.ts'
import type { SessionKeeper } from './session-keeper.ts'

/** On return, how long the question about the last code may hold up the next one. */
const OUTCOME_PATIENCE_MS = 1_500
/** An outcome older than this is no longer news. */
const OUTCOME_MS = 300_000
/** How much the two clocks may still differ after they were compared. */
const SPARE_MS = 2_000
const RETRY_MS_MIN = 2_000
const RETRY_MS_MAX = 30_000
const SETTLE_MS_MIN = 1_500
const SETTLE_MS_MAX = 10_000

/** The pay screen's one code at a time: when it comes and goes, and what became of it. */
export interface Pay {
  readonly state: Signal<PayState>
  show(): () => void
  refresh(): void
  choose(account: Account): void
  setRevealed(revealed: boolean): void
  next(): void
  /** One of this phone's codes was scanned at this moment of the server's clock, or news of it. */
  takeOutcome(entry: BillEntry, atMs: number): void
  /** No more codes, ever: the person has signed out, or the page is done with them. */
  end(): void
}

export interface PayParts {
  page: Page
  clock: ServerClock
  api: Api
  session: SessionKeeper
  keeper: DeviceKeeper
  feed: EventFeed
  source: CodeSource
  accounts: LoadableCell<Accounts>
  card: LoadableCell<Card>
  /** An outcome, each time its status is new. */
  onOutcome(entry: BillEntry): void
}

type Result = Extract<PayState, { kind: 'result' }>

export function createPay(parts: PayParts): Pay {
  const { page, clock, api, session, keeper, feed, source, accounts, card, onOutcome } = parts
  const state = signal<PayState>({ kind: 'loading' })
  const chosen = signal<Account | undefined>(undefined)
  const revealed = signal(false)
  const account = computed<Account>(
    () =>
      chosen.value ??
      accounts.state.value.value?.defaultAccount ??
      keeper.device.value?.account ??
      'wallet',
  )
  const obstacle = computed(() =>
    findObstacle(card.state.value.value, accounts.state.value.value, account.value),
  )
  /** Whatever makes another code necessary, or possible. */
  const purpose = computed(() => {
    const deviceId = keeper.device.value?.deviceId
    return [account.value, revealed.value, obstacle.value, deviceId].join()
  })

  let displays = 0
  let active = false
  let ended = false
  let drawnFor = ''
  let serial = 0
  /** Each drawing, and each end of one, makes those under way void. */
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let retryMs = RETRY_MS_MIN
  /** Until when what is on display can pay. */
  let endsAt = 0
  // By the phone's own clock, so that a correction of the server's moves them too.
  let firstDrawnAt: number | undefined
  let lastDrawnAt = 0
  let heldResult: Result | undefined
  const shownPayments = new Set<string>()
  let stops: (() => void)[] = []

  function activate() {
    const visible = page.visible.peek()
    const wanted = displays > 0 && visible && !ended
    if (wanted !== active) {
      active = wanted
      if (wanted) void resume()
      else suspend()
    }
    if (displays > 0 && !wanted) {
      state.value = ended ? blocked(localTrouble('SESSION_MISSING', false)) : { kind: 'hidden' }
    }
  }

  async function resume() {
    ++turn
    const visit = [
      session.keepFresh(),
      keeper.keepInTouch(showCaps),
      clock.onShift(() => {
        if (state.peek().kind === 'code') void draw({})
      }),
      effect(() => {
        const reachable = page.online.value && session.state.value.kind === 'open'
        const shown = state.peek()
        if (reachable && shown.kind === 'blocked' && isPassing(shown.problem)) {
          untracked(() => void draw({ quiet: true }))
        }
      }),
    ]
    stops = visit
    if (heldResult) {
      state.value = heldResult
      heldResult = undefined
      void settle()
    } else {
      state.value = { kind: 'loading' }
      const recent = lastDrawnAt > 0 && Date.now() - lastDrawnAt < OUTCOME_MS
      if (recent && page.online.peek()) await feed.catchUp(OUTCOME_PATIENCE_MS)
      if (stops !== visit) return
    }
    feed.start()
    stops.push(
      feed.stop,
      effect(() => {
        if (purpose.value === drawnFor || state.peek().kind === 'result') return
        untracked(() => void draw({}))
      }),
    )
  }

  function suspend() {
    ++turn
    clearTimeout(timer)
    for (const stop of stops) stop()
    stops = []
    const shown = state.peek()
    // Leaving the screen ends a result, leaving the page does not.
    const kept = shown.kind === 'result' && (displays > 0 || !isSettled(shown.entry))
    heldResult = kept ? shown : undefined
    drawnFor = ''
    revealed.value = false
    state.value = { kind: 'loading' }
  }

  /**
   * @param fresh Other digits, because the person asked.
   * @param quiet Nothing changes on display until there is a code.
   */
  async function draw({ fresh = false, quiet = false }: { fresh?: boolean; quiet?: boolean }) {
    const mine = ++turn
    clearTimeout(timer)
    drawnFor = purpose.peek()
    const problem = obstacle.peek()
    if (problem) {
      state.value = blocked(localTrouble(problem, false))
      return
    }
    const wanted = { account: account.peek(), revealed: revealed.peek() }
    await keeper.ready
    if (mine !== turn) return
    const own = await source.drawOnPhone(wanted.account, wanted.revealed, fresh)
    if (mine !== turn) return
    if (own && 'digits' in own) {
      put(own, wanted)
      return
    }
    const shown = state.peek()
    const stays =
      quiet ||
      (shown.kind === 'code' &&
        shown.account === wanted.account &&
        shown.revealed === wanted.revealed)
    if (!stays) state.value = { kind: 'loading' }
    if (own) {
      timer = setTimeout(() => void draw({ quiet }), own.waitUntil - clock.now())
      return
    }
    // The core says which account comes first; a code for another would be thrown away.
    if (!chosen.peek() && !accounts.state.peek().value) await accounts.load()
    if (mine !== turn) return
    const answer = await source.issue(wanted.account, wanted.revealed)
    if (mine !== turn) return
    if (answer.ok) put(answer.value, wanted)
    else fail(answer.trouble)
  }

  function put(drawn: DrawnCode, wanted: { account: Account; revealed: boolean }) {
    const { digits, source, drawnAt, refreshAt } = drawn
    endsAt = drawn.endsAt
    retryMs = RETRY_MS_MIN
    lastDrawnAt = Date.now()
    firstDrawnAt ??= lastDrawnAt
    serial++
    const code: ShownCode = { kind: 'code', digits, source, ...wanted, drawnAt, refreshAt, serial }
    state.value = withCaps(code)
    timer = setTimeout(rotate, refreshAt - clock.now())
  }

  function rotate() {
    const shown = state.peek()
    if (shown.kind !== 'code') return
    const leftMs = shown.refreshAt - clock.now()
    if (leftMs > 0) timer = setTimeout(rotate, leftMs)
    else void draw({ quiet: true })
  }

  /** An old code stays while it can still pay; then, and for a new one, the reason takes its place. */
  function fail(trouble: Trouble) {
    const leftMs = endsAt - clock.now()
    const lives = state.peek().kind === 'code' && leftMs > 0
    if (!lives) state.value = blocked(trouble)
    if (trouble.code.startsWith('CARD_')) void card.load()
    if (trouble.code === 'ACCOUNT_NOT_OPEN') void accounts.load()
    if (!lives && !trouble.retryable) return
    timer = setTimeout(
      () => void draw({ quiet: true }),
      lives ? Math.min(retryMs, leftMs) : retryMs,
    )
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
  }

  function blocked(problem: Trouble): PayState {
    return { kind: 'blocked', problem, account: account.peek() }
  }

  function withCaps({ offlineCaps: _, ...code }: ShownCode): ShownCode {
    const caps = code.source === 'device' ? keeper.caps() : undefined
    return caps ? { ...code, offlineCaps: caps } : code
  }

  function showCaps() {
    const shown = state.peek()
    if (shown.kind === 'code' && shown.offlineCaps !== withCaps(shown).offlineCaps) {
      state.value = withCaps(shown)
    }
  }

  function takeOutcome(entry: BillEntry, atMs: number) {
    const shown = state.peek()
    if (shown.kind === 'result' && shown.entry.paymentId === entry.paymentId) {
      update(shown, entry)
      return
    }
    // What happened before this visit's first code is the bill's business.
    if (firstDrawnAt === undefined) return
    const since = Math.max(firstDrawnAt + clock.offsetMs - SPARE_MS, clock.now() - OUTCOME_MS)
    if (atMs < since) return
    onOutcome(entry)
    source.spend(atMs)
    // News of an earlier payment does not take a code away that is being held out.
    if (!active || shownPayments.has(entry.paymentId)) return
    shownPayments.add(entry.paymentId)
    ++turn
    clearTimeout(timer)
    state.value = { kind: 'result', entry, at: clock.now() }
    revealed.value = false
    void settle()
  }

  function update(shown: Result, entry: BillEntry) {
    // Events and answers may cross.
    if (entry.status === shown.entry.status || isSettled(shown.entry)) return
    state.value = { ...shown, entry }
    onOutcome(entry)
  }

  /** Asks until the bank or the one-card system has said what became of it. */
  async function settle() {
    const mine = turn
    for (let ms = SETTLE_MS_MIN; ; ms = Math.min(ms * 1.5, SETTLE_MS_MAX)) {
      const shown = state.peek()
      if (mine !== turn || shown.kind !== 'result' || isSettled(shown.entry)) return
      await new Promise((resolve) => {
        timer = setTimeout(resolve, ms)
      })
      const answer = await api.call('getBillEntry', { entryId: shown.entry.entryId })
      const now = state.peek()
      if (mine === turn && now.kind === 'result' && answer.ok) update(now, answer.value)
    }
  }

  const stopWatching = effect(() => {
    page.visible.value
    untracked(activate)
  })

  return {
    state,
    show() {
      let shown = true
      displays++
      activate()
      return () => {
        if (!shown) return
        shown = false
        displays--
        activate()
      }
    },
    refresh() {
      if (!active || state.peek().kind === 'result') return
      retryMs = RETRY_MS_MIN
      if (state.peek().kind === 'blocked') void Promise.all([card.load(), accounts.load()])
      void draw({ fresh: true })
    },
    choose(next) {
      chosen.value = next
      keeper.remember({ account: next })
    },
    setRevealed(next) {
      revealed.value = next
    },
    next() {
      if (active && state.peek().kind === 'result') void draw({})
    },
    takeOutcome,
    end() {
      ended = true
      activate()
      stopWatching()
    },
  }
}

function isPassing(problem: object): boolean {
  return 'retryable' in problem && problem.retryable === true
}
