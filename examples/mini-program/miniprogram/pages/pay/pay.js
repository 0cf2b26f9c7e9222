const { createPayScreen } = require('../../ecode/pay-screen')

/** @type {WeakMap<object, ReturnType<typeof createPayScreen>>} */
const screens = new WeakMap()

/** @param {object} page */
function screenOf(page) {
  const screen = screens.get(page)
  if (!screen) throw new Error('the page was not loaded')
  return screen
}

/**
 * The payment code, drawn by the mini-program itself: only its own pages can make the screen bright and
 * hear of a screenshot. Everything else is the widget, one page further.
 */
Component({
  data: {
    kind: 'hidden',
    canScan: false,
    labels: {},
    accounts: [],
    charge: '',
    head: '',
    groups: [],
    revealed: false,
    foot: '',
    drain: 'odd',
    drainMs: 0,
    places: null,
    blocked: null,
    result: null,
    clock: '',
    ready: false,
  },
  methods: {
    onLoad() {
      screens.set(this, createPayScreen(this))
    },
    onShow() {
      screenOf(this).show()
    },
    onHide() {
      screenOf(this).hide()
    },
    onUnload() {
      screenOf(this).end()
    },
    // Whoever opens it is shown a code of their own.
    onShareAppMessage() {
      return { title: '校园卡付款码', path: '/pages/pay/pay' }
    },
    refresh() {
      screenOf(this).refresh()
    },
    toggleDigits() {
      screenOf(this).toggleDigits()
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    choose({ currentTarget }) {
      screenOf(this).choose(currentTarget.dataset.account)
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    act({ currentTarget }) {
      screenOf(this).act(currentTarget.dataset.remedy)
    },
    scan() {
      screenOf(this).scan()
    },
    /** @param {WechatMiniprogram.TouchEvent} event */
    open({ currentTarget }) {
      screenOf(this).openWeb({ screen: currentTarget.dataset.screen })
    },
  },
})
