/** WeChat's own language decides. @returns {import('./words').Locale} */
function findLocale() {
  return /^en/i.test(wx.getAppBaseInfo().language || '') ? 'en' : 'zh-CN'
}

module.exports = { findLocale }
