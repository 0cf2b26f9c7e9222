const { fail } = require('./request')

/** @typedef {import('./request').Trouble} Trouble */
/** @typedef {import('./request').Answer<any>} AnyAnswer */
/** @typedef {import('@campus-ecode/protocol/shapes').Account} Account */
/** @typedef {import('@campus-ecode/protocol/accounts').Accounts} Accounts */
/** @typedef {import('@campus-ecode/protocol/card').Card} Card */
/** @typedef {import('@campus-ecode/protocol/bill').BillEntry} BillEntry */
/** @typedef {import('@campus-ecode/protocol/events').PersonEvent} PersonEvent */
/** @typedef {{ kind: 'code', digits: string, account: Account, revealed: boolean, refreshAt: number, serial: number }} ShownCode */
/**
 * What is in the panel. `hidden`: the page is not in sight, and nothing may be drawn.
 *
 * @typedef {{ kind: 'loading' } | { kind: 'hidden' } | ShownCode
 *   | { kind: 'result', entry: BillEntry, account: Account }
 *   | { kind: 'blocked', trouble: Trouble, account: Account }} PayState
 */

/** A code is replaced ten seconds before it ends (docs/codes.md). */
const DISPLAY_MS = 50000
const LIFETIME_MS = 60000
/** Timers stand still while a phone sleeps, so the wall clock is looked at often. */
const LOOK_MS = 1000
const POLL_MS = 2000
const POLL_MS_MAX = 8000
/** Pages of events in one question. */
const PAGES_MAX = 20
/** On return, how long the question about the last code may hold up the next one. */
const CATCH_UP_MS = 1500
const RETRY_MS_MIN = 2000
const RETRY_MS_MAX = 30000
/** While the bank or the person is still being asked. */
const ASK_MS_MIN = 1500
const ASK_MS_MAX = 10000

/**
 * One payment code at a time, issued by the core, and what becomes of it (R18, R22). There is no
 * WebCrypto in a mini-program, so no codes of the phone's own; and no stream, so it asks.
 *
 * @param {{
 *   call: (method: 'GET' | 'POST', path: string, body?: object) => Promise<AnyAnswer>,
 *   onState: (state: PayState) => void,
 *   onMoney: (accounts: Accounts | undefined, card: Card | undefined) => void,
 * }} options
 */
function createPayCode({ call, onState, onMoney }) {
  /** @type {PayState} */
  let state = { kind: 'hidden' }
  let shown = false
  /** Each drawing, and each end of one, makes those under way void. */
  let turn = 0
  let serial = 0
  let polls = 0
  let timer = 0
  /** Until when what is on display can pay. */
  let endsAt = 0
  let retryMs = RETRY_MS_MIN
  let revealed = false
  /** @type {Account | undefined} */
  let chosen
  /** @type {Accounts | undefined} */
  let accounts
  /** @type {Card | undefined} */
  let card
  /** Where the events stand that have been seen. @type {string | undefined} */
  let cursor
  /** @type {Promise<AnyAnswer> | undefined} */
  let asking
  /** @type {Set<string>} */
  let issuedIds = new Set()
  /** @type {Set<string>} */
  let shownPayments = new Set()
  /** An outcome outlives a look at another app. @type {PayState | undefined} */
  let heldResult

  /** @param {PayState} next */
  function set(next) {
    state = next
    onState(next)
  }

  /** @returns {Account} */
  function account() {
    return chosen || (accounts ? accounts.defaultAccount : 'wallet')
  }

  /** Why no code of this account may be drawn, by what is known; the core checks it again. */
  function findObstacle() {
    if (card && card.status === 'unclaimed') return 'CARD_NOT_CLAIMED'
    if (card && card.status === 'locked') return 'CARD_LOCKED'
    if (card && card.status === 'closed') return 'CARD_CLOSED'
    const known = accounts?.accounts.find((each) => each.account === account())
    if (!known) return undefined
    if (known.status === 'not_open' || known.status === 'closed') return 'ACCOUNT_NOT_OPEN'
    // R8: the wallet is ours and goes on working.
    if (known.status === 'unavailable' && known.account === 'one_card')
      return 'ONE_CARD_UNAVAILABLE'
    return undefined
  }

  /** Card and accounts anew; what cannot be had stays as it was. */
  async function loadMoney() {
    const before = findObstacle()
    const [cardAnswer, accountsAnswer] = await Promise.all([
      call('GET', '/card'),
      call('GET', '/accounts'),
    ])
    if (cardAnswer.ok) card = cardAnswer.value
    if (accountsAnswer.ok) accounts = accountsAnswer.value
    onMoney(accounts, card)
    const inPlace = state.kind === 'code' || state.kind === 'blocked'
    if (shown && inPlace && findObstacle() !== before) void draw(false)
    return accountsAnswer
  }

  /** Asks what happened since the last word; without one, where the present stands. */
  function ask() {
    if (!asking) {
      asking = askPages().then((answer) => {
        asking = undefined
        return answer
      })
    }
    return asking
  }

  /** @returns {Promise<AnyAnswer>} */
  async function askPages() {
    for (let pages = 0; ; pages++) {
      const mine = issuedIds
      const answer = await call('GET', cursor ? `/events?after=${cursor}` : '/events')
      // Somebody else has signed in meanwhile.
      if (mine !== issuedIds) return answer
      if (!answer.ok) {
        // A cursor that the server cannot read is of no use; the present is the best that is left.
        if (answer.trouble.status === 400 || answer.trouble.status === 404) cursor = undefined
        return answer
      }
      cursor = answer.value.cursor
      answer.value.events.forEach(takeEvent)
      if (!answer.value.events.length || pages >= PAGES_MAX) return answer
    }
  }

  /** @param {PersonEvent} event */
  function takeEvent({ data }) {
    if (data.type === 'payment') takePayment(data.entry, data.codeId)
    if (data.type !== 'device' && data.type !== 'access') void loadMoney()
  }

  /**
   * @param {BillEntry} entry
   * @param {string | null} codeId
   */
  function takePayment(entry, codeId) {
    // The person stands at that till, with this page or without: card and face count as well (R29).
    const swiped = entry.means === 'card' || entry.means === 'face'
    if (entry.kind !== 'payment' || !(swiped || (codeId && issuedIds.has(codeId)))) return
    if (showAgain(entry) || shownPayments.has(entry.paymentId)) return
    shownPayments.add(entry.paymentId)
    // "Nothing was charged" must not take the place of what the first scan of that code charged.
    const charged = findResult()
    const isSecondScan = Boolean(entry.refusal && entry.refusal.code === 'CODE_USED')
    if (!isSecondScan || !charged || charged.status === 'REFUSED') showResult(entry)
  }

  /** The outcome on display, or kept while the page is hidden. @returns {BillEntry | undefined} */
  function findResult() {
    const place = shown ? state : heldResult
    return place && place.kind === 'result' ? place.entry : undefined
  }

  /** @param {BillEntry} entry */
  function showResult(entry) {
    turn++
    clearTimeout(timer)
    revealed = false
    /** @type {PayState} */
    const result = { kind: 'result', entry, account: account() }
    if (shown) set(result)
    else heldResult = result
    if (!isSettled(entry)) void keepAsking(entry)
  }

  /**
   * News of the payment on display. @returns Whether it is that one.
   *
   * @param {BillEntry} entry
   */
  function showAgain(entry) {
    const present = findResult()
    if (!present || present.paymentId !== entry.paymentId) return false
    // Events and answers may cross: a settled outcome stays.
    if (entry.status !== present.status && !isSettled(present)) showResult(entry)
    return true
  }

  /** @param {BillEntry} entry */
  async function keepAsking({ entryId }, firstMs = ASK_MS_MIN) {
    const mine = turn
    for (let ms = firstMs; ; ms = Math.min(Math.max(ms * 1.5, ASK_MS_MIN), ASK_MS_MAX)) {
      await sleep(ms)
      if (mine !== turn || !shown) return
      const answer = await call('GET', `/bill/${entryId}`)
      if (mine !== turn) return
      if (answer.ok) showAgain(answer.value)
    }
  }

  /** @param {boolean} quiet The page renews its code by itself, and the one before may be under a scanner. */
  async function draw(quiet) {
    const mine = ++turn
    clearTimeout(timer)
    const wanted = { account: account(), revealed }
    const fits =
      state.kind === 'code' && state.account === wanted.account && state.revealed === revealed
    if (!quiet && !fits) set({ kind: 'loading' })
    // The core says which account comes first; a code for another would be thrown away.
    const known = accounts ? undefined : await loadMoney()
    if (mine !== turn) return
    if (known && !known.ok) return failed(known.trouble)
    const obstacle = findObstacle()
    if (obstacle) return block(fail(obstacle).trouble)
    wanted.account = account()
    const sentAt = Date.now()
    // What is paid with this code comes after the present, once that is known.
    const [place, answer] = await Promise.all([
      cursor ? undefined : ask(),
      call('POST', '/codes', { ...wanted, keepEarlier: quiet && fits }),
    ])
    if (mine !== turn) return
    if (!answer.ok) return failed(answer.trouble)
    if (place && !place.ok) return failed(place.trouble)
    issuedIds.add(answer.value.codeId)
    // It was made after it was asked for, so this is never too late; whatever the phone's clock says.
    endsAt = sentAt + LIFETIME_MS
    retryMs = RETRY_MS_MIN
    const digits = answer.value.code
    set({ kind: 'code', digits, ...wanted, refreshAt: sentAt + DISPLAY_MS, serial: ++serial })
    rotate()
  }

  function rotate() {
    if (state.kind !== 'code') return
    const leftMs = state.refreshAt - Date.now()
    if (leftMs > 0) timer = setTimeout(rotate, Math.min(leftMs, LOOK_MS))
    else void draw(true)
  }

  /**
   * An old code stays while it can still pay; then the reason takes its place.
   *
   * @param {Trouble} trouble
   */
  function failed(trouble) {
    const leftMs = state.kind === 'code' ? endsAt - Date.now() : 0
    if (leftMs <= 0) block(trouble)
    if (leftMs <= 0 && !trouble.retryable) {
      if (accounts) void loadMoney()
      return
    }
    timer = setTimeout(() => void draw(true), leftMs > 0 ? Math.min(retryMs, leftMs) : retryMs)
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
  }

  /** @param {Trouble} trouble */
  function block(trouble) {
    set({ kind: 'blocked', trouble, account: account() })
  }

  async function poll() {
    let failures = 0
    for (const mine = ++polls; mine === polls; ) {
      await sleep(Math.min(POLL_MS * 2 ** failures, POLL_MS_MAX))
      // Without a code nobody waits for anything.
      if (mine === polls && state.kind !== 'blocked') failures = (await ask()).ok ? 0 : failures + 1
    }
  }

  return {
    /** The page is in sight: first what became of the last code, then the next one. */
    async show() {
      if (shown) return
      shown = true
      const mine = ++turn
      set(heldResult || { kind: 'loading' })
      void poll()
      if (cursor && !heldResult) await Promise.race([ask(), sleep(CATCH_UP_MS)])
      else if (accounts) void loadMoney()
      const result = heldResult
      heldResult = undefined
      if (result && result.kind === 'result') {
        // The password may have been typed on the page that they come from.
        if (!isSettled(result.entry)) void keepAsking(result.entry, 0)
      } else if (shown && mine === turn) void draw(false)
    },
    /** Out of sight: nothing is left to be photographed. */
    hide() {
      if (!shown) return
      shown = false
      turn++
      polls++
      clearTimeout(timer)
      heldResult = state.kind === 'result' ? state : undefined
      revealed = false
      set({ kind: 'hidden' })
    },
    /** Another code at once; the one before can pay no more. */
    refresh() {
      if (!shown || state.kind === 'result') return
      if (state.kind === 'blocked') void loadMoney()
      retryMs = RETRY_MS_MIN
      void draw(false)
    },
    /** The network is back. */
    tryAgain() {
      if (shown && state.kind === 'blocked' && state.trouble.retryable) void draw(true)
    },
    /** @param {Account} next */
    choose(next) {
      if (chosen === next) return
      chosen = next
      if (shown && state.kind !== 'result') void draw(false)
    },
    /** @param {boolean} next The digits in sight: paying then asks for the password. */
    reveal(next) {
      revealed = next
      if (shown && state.kind === 'code') void draw(false)
    },
    /** From an outcome to the next code. */
    next() {
      if (shown && state.kind === 'result') void draw(false)
    },
    /** Somebody else is signed in. */
    forget() {
      issuedIds = new Set()
      shownPayments = new Set()
      accounts = card = chosen = cursor = asking = heldResult = undefined
      if (shown) void draw(false)
    },
  }
}

/**
 * False while the bank, the one-card system or the person is still being asked.
 *
 * @param {BillEntry} entry
 */
function isSettled({ status }) {
  return !['AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'].includes(status)
}

/** @param {number} ms */
function sleep(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

module.exports = { createPayCode }
