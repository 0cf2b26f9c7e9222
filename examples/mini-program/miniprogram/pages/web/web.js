const { getEcode } = require('../../ecode/ecode')
const { explain } = require('../../ecode/explain')
const { findLocale } = require('../../ecode/locale')
const { readTarget, sharePath } = require('../../ecode/web-target')
const { createTranslate } = require('../../ecode/words')

/** What each page was opened with, which its view need not know. @type {WeakMap<object, string>} */
const scans = new WeakMap()

/**
 * The widget in a web-view, signed in by a ticket that works once: `?screen=card|access|wallet|pay`,
 * `?order=`, `?payment=`; or `?bind=1`, the core's page where a WeChat nobody knows yet is bound (R2b). After a scan,
 * the merchant's page (R24).
 */
Component({
  data: {
    src: '',
    opening: '',
    failed: /** @type {{ title: string, how: string, label: string, support: string } | null} */ (
      null
    ),
    bind: false,
    target: /** @type {Record<string, string>} */ ({}),
  },
  methods: {
    /** @param {Record<string, string | undefined>} options */
    onLoad(options) {
      this.setData({ target: readTarget(options, findLocale()), bind: Boolean(options.bind) })
      scans.set(this, options.scanned ? getEcode().take() : '')
      void this.open()
    },
    async open() {
      const t = createTranslate(findLocale())
      const { bind, target } = this.data
      this.setData({ src: '', failed: null, opening: t('opening') })
      const ecode = getEcode()
      const answer = bind
        ? await ecode.findBindPage()
        : await ecode.openWidget(target, scans.get(this))
      if (answer.ok) {
        this.setData({ src: answer.value, opening: '' })
        return
      }
      const { code, sentences, requestId = '' } = answer.trouble
      // Nobody is known by this WeChat: the page before says so, and leads to the binding.
      if (code === 'UNBOUND' || code === 'ALREADY_BOUND') {
        this.leave()
        return
      }
      const locale = findLocale()
      const { title, how } = explain(code, sentences, {
        accounts: undefined,
        account: 'wallet',
        locale,
        t,
      })
      const support = `${code} ${requestId}`.trim()
      this.setData({ opening: '', failed: { title, how, label: t('doRetry'), support } })
    },
    /** The web-view could not load its page. */
    onError() {
      const t = createTranslate(findLocale())
      this.setData({
        src: '',
        failed: { title: t('pageFailed'), how: t('OTHER_how'), label: t('doRetry'), support: '' },
      })
    },
    leave() {
      if (getCurrentPages().length > 1) wx.navigateBack()
      else wx.redirectTo({ url: '/pages/pay/pay' })
    },
    onShareAppMessage() {
      return { title: '校园卡', path: sharePath(this.data.target) }
    },
  },
})
