const { createCodeScreen } = require('./code-screen')
const { drawCodes } = require('./draw-codes')
const { getEcode } = require('./ecode')
const { findLocale } = require('./locale')
const { createPayCode } = require('./pay-code')
const { describeAccounts, describeBlocked, describeResult } = require('./pay-view')
const { scanMerchant } = require('./scan-merchant')
const { createTranslate } = require('./words')

/** @typedef {import('./pay-code').PayState} PayState */
/** @typedef {import('./explain').Remedy} Remedy */

/** Long enough for the cashier to see it, and for a thumb on its way to miss the button. */
const NEXT_AFTER_MS = 3000
/** R24: the clock of a result moves, which a picture of it does not. */
const CLOCK_MS = 1000

/** The fixed words of the page. */
const LABELS = /** @type {const} */ ([
  ...['barcode', 'qr', 'refresh', 'showDigits', 'hideDigits', 'payFrom', 'now'],
  ...['scan', 'tab_card', 'tab_access', 'tab_wallet', 'bill'],
])

/**
 * The payment-code page: what it shows is its data, what it is told are its taps.
 *
 * @param {WechatMiniprogram.Component.TrivialInstance} page
 */
function createPayScreen(page) {
  const locale = findLocale()
  const t = createTranslate(locale)
  const ecode = getEcode()
  /** @type {PayState} */
  let state = { kind: 'hidden' }
  /** @type {import('@campus-ecode/protocol/accounts').Accounts | undefined} */
  let accounts
  let clock = 0
  let ready = 0

  const view = () => ({ locale, t, accounts })
  const pay = createPayCode({
    call: ecode.call,
    onState: show,
    onMoney(next) {
      accounts = next
      show(state)
    },
  })
  const screen = createCodeScreen(() => {
    if (state.kind !== 'code') return
    pay.refresh()
    wx.showToast({ title: t('captured'), icon: 'none' })
  })
  const stopListening = ecode.onPerson(pay.forget)
  /** @param {object} result */
  const onNetwork = (result) => {
    if ('isConnected' in result && result.isConnected) pay.tryAgain()
  }
  wx.onNetworkStatusChange(onNetwork)
  /** @type {Record<string, string>} */
  const labels = {}
  for (const word of LABELS) labels[word] = t(word)
  page.setData({ labels })
  wx.setNavigationBarTitle({ title: t('payTitle') })

  /** @param {PayState} next */
  function show(next) {
    const before = state
    state = next
    const account = next.kind === 'loading' || next.kind === 'hidden' ? undefined : next.account
    page.setData({
      kind: next.kind,
      canScan: ecode.collects(),
      ...describeAccounts(view(), account),
      ...(next.kind === 'code' && describeCode(next)),
      ...(next.kind !== 'code' && { head: '', groups: [] }),
      blocked: next.kind === 'blocked' ? describeBlocked(view(), next) : null,
      result: next.kind === 'result' ? describeResult(view(), next.entry, next.account) : null,
    })
    if (next.kind === 'code' && before !== next) draw(next)
    if (next.kind === 'result' && before !== next) stand()
    if (next.kind !== 'result') clearInterval(clock)
  }

  /** @param {import('./pay-code').ShownCode} code */
  function describeCode({ digits, revealed, refreshAt, serial }) {
    return {
      revealed,
      head: revealed ? '' : `${digits.slice(0, 4)} ••••`,
      groups: revealed ? digits.match(/\d{4}/g) : [],
      foot: t(revealed ? 'digitsWarning' : 'autoRefresh'),
      // Two names for one movement: another name begins it anew.
      drain: serial % 2 ? 'odd' : 'even',
      drainMs: Math.max(0, refreshAt - Date.now()),
    }
  }

  /** @param {import('./pay-code').ShownCode} code */
  function draw(code) {
    wx.nextTick(() => {
      if (state.kind !== 'code' || state.serial !== code.serial) return
      drawCodes(code.digits, page, (places) => page.setData({ places }))
    })
  }

  /** A new outcome on display. */
  function stand() {
    wx.vibrateShort({ type: 'medium' })
    clearInterval(clock)
    clearTimeout(ready)
    const tick = () => page.setData({ clock: formatClock(Date.now()) })
    tick()
    clock = setInterval(tick, CLOCK_MS)
    page.setData({ ready: false })
    ready = setTimeout(() => page.setData({ ready: true }), NEXT_AFTER_MS)
  }

  return {
    show() {
      screen.hold()
      void pay.show()
    },
    hide() {
      screen.release()
      clearInterval(clock)
      pay.hide()
    },
    end() {
      this.hide()
      clearTimeout(ready)
      stopListening()
      wx.offNetworkStatusChange(onNetwork)
    },
    refresh: pay.refresh,
    choose: pay.choose,
    toggleDigits: () => pay.reveal(!(state.kind === 'code' && state.revealed)),
    /** @param {Remedy | undefined} remedy */
    act(remedy) {
      if (!remedy) return
      if (remedy.act === 'web') openWeb(remedy.query)
      if (remedy.act === 'bind') openWeb({ bind: '1' })
      if (remedy.act === 'retry') pay.refresh()
      if (remedy.act === 'switch') pay.choose(remedy.account)
      if (remedy.act === 'switch' || remedy.act === 'new_code') pay.next()
    },
    scan() {
      scanMerchant(t, (text) => {
        ecode.hold(text)
        openWeb({ scanned: '1' })
      })
    },
    openWeb,
  }
}

/** @param {Record<string, string>} query */
function openWeb(query) {
  const pairs = Object.keys(query).map((name) => `${name}=${encodeURIComponent(query[name])}`)
  wx.navigateTo({ url: `/pages/web/web?${pairs.join('&')}` })
}

/**
 * `12:04:18` in Shanghai, which has no summer time, whatever the phone's zone.
 *
 * @param {number} at
 */
function formatClock(at) {
  return new Date(at + 8 * 3600000).toISOString().slice(11, 19)
}

module.exports = { createPayScreen }
