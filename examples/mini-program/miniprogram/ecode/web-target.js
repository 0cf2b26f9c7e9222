const SCREENS = ['card', 'pay', 'access', 'wallet']
const ID = /^[0-9a-f-]{36}$/

/**
 * What of a page's options the widget is opened with. They may come from a link of anybody's, so only
 * what is known goes on, and never an address.
 *
 * @param {Record<string, string | undefined>} options
 * @param {import('./words').Locale} locale
 * @returns {Record<string, string>}
 */
function readTarget({ screen = '', order = '', payment = '' }, locale) {
  return {
    ...(SCREENS.includes(screen) && { screen }),
    ...(ID.test(order) && { order }),
    ...(ID.test(payment) && { payment }),
    locale,
  }
}

/**
 * Where a shared page leads: to the same screen, as whoever opens it. The address that was open is not
 * asked, because it may still hold a ticket.
 *
 * @param {Record<string, string>} target
 */
function sharePath({ screen }) {
  return screen ? `/pages/web/web?screen=${screen}` : '/pages/pay/pay'
}

module.exports = { readTarget, sharePath }
