const { parseCollectionLink } = require('../vendor/codes')

/** @typedef {ReturnType<typeof import('./words').createTranslate>} Translate */

/**
 * WeChat's scanner, for a merchant's printed code (R24, R25). By its form alone a code is told from others, and nothing
 * else goes any further: what somebody holds out may be another person's payment code.
 *
 * @param {Translate} t
 * @param {(text: string) => void} onCode
 */
function scanMerchant(t, onCode) {
  wx.scanCode({
    scanType: ['qrCode'],
    success({ result }) {
      if (parseCollectionLink(result)) onCode(result)
      else tell('scanOther', 'scanOther_here')
    },
    fail({ errMsg }) {
      if (!/cancel/.test(errMsg)) tell('scanFailed', 'scanFailed_how')
    },
  })

  /** @param {import('./words').Word} title @param {import('./words').Word} how */
  function tell(title, how) {
    wx.showModal({ title: t(title), content: t(how), showCancel: false, confirmText: t('gotIt') })
  }
}

module.exports = { scanMerchant }
