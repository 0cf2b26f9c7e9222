const config = require('../config')
const { fail } = require('./request')
const { createSession } = require('./session')

/** @typedef {ReturnType<typeof createEcode>} Ecode */

/** What all pages share: one sign-in. */
function createEcode() {
  /** @type {Set<() => void>} */
  const listeners = new Set()
  let scanned = ''
  const { call, signIn, collects } = createSession(config, () => {
    for (const listener of listeners) listener()
  })

  return {
    call,
    signIn,
    collects,
    /**
     * Called when somebody else is signed in: nothing known of the one before holds any more.
     *
     * @param {() => void} listener
     */
    onPerson(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    /**
     * Keeps what was scanned for the page that is opened next. A page's own address is no place for it: WeChat
     * counts those.
     *
     * @param {string} text
     */
    hold(text) {
      scanned = text
    },
    /** Gives it once; empty where nothing was scanned. */
    take() {
      const text = scanned
      scanned = ''
      return text
    },
    /**
     * The widget, full screen, as this person: the address with a ticket that works once, within a minute.
     *
     * @param {Record<string, string>} query Of docs/bff.md, "The hosted page".
     * @param {string} [code] A merchant's, as scanned: beside the ticket, in the fragment.
     * @returns {Promise<import('./request').Answer<string>>}
     */
    async openWidget(query, code) {
      const pairs = Object.keys(query).map((name) => `${name}=${encodeURIComponent(query[name])}`)
      const target = `${config.bffUrl}/h5/${config.schoolId}?${pairs.join('&')}`
      const answer = await call('POST', '/tickets', { target })
      if (!answer.ok) return answer
      const beside = code ? `&c=${encodeURIComponent(code)}` : ''
      return { ok: true, value: answer.value.url + beside }
    },
    /**
     * Where a WeChat that nobody knows yet is bound, asked anew: it is good for minutes only.
     *
     * @returns {Promise<import('./request').Answer<string>>}
     */
    async findBindPage() {
      const answer = await signIn()
      if (answer.ok) return fail('ALREADY_BOUND')
      const { bindUrl } = answer.trouble
      return bindUrl ? { ok: true, value: bindUrl } : answer
    },
  }
}

/** @type {Ecode | undefined} */
let ecode

/** The one of this mini-program. */
function getEcode() {
  ecode = ecode || createEcode()
  return ecode
}

function startEcode() {
  void getEcode().signIn()
}

module.exports = { getEcode, startEcode }
