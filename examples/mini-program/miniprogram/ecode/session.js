const { sendRequest, fail } = require('./request')

/** @typedef {import('./request').Trouble} Trouble */
/**
 * @template T
 * @typedef {import('./request').Answer<T>} Answer
 */

/**
 * Who is signed in, by WeChat (R2b, R27): `wx.login`, and what the BFF makes of its code. The session is
 * held in memory only, lives for minutes, and is opened again without the person noticing.
 *
 * @param {{ bffUrl: string, schoolId: string }} config
 * @param {() => void} onPerson Somebody else is signed in than before.
 */
function createSession({ bffUrl, schoolId }, onPerson) {
  /** @type {string | undefined} */
  let token
  /** @type {string | undefined} */
  let person
  let collects = false
  /** @type {Promise<Answer<string>> | undefined} */
  let signingIn

  /** One at a time, however many ask. */
  function signIn() {
    if (!signingIn) {
      signingIn = open().then((answer) => {
        signingIn = undefined
        return answer
      })
    }
    return signingIn
  }

  /** @returns {Promise<Answer<string>>} */
  async function open() {
    let answer = await askOnce()
    // A code of wx.login works once, and not for long: an answer that was lost has spent it.
    if (!answer.ok && answer.trouble.code === 'WECHAT_CODE_INVALID') answer = await askOnce()
    if (!answer.ok) return answer
    const { value } = answer
    if (value.result === 'unbound') return fail('UNBOUND', { bindUrl: value.bindUrl })
    token = value.token
    const before = person
    person = value.subject
    // A BFF from before this rule says nothing of it, and takes what is scanned.
    collects = !value.scopes || value.scopes.includes('collection')
    if (before && before !== person) onPerson()
    return { ok: true, value: value.token }
  }

  /** @returns {Promise<Answer<any>>} */
  async function askOnce() {
    const code = await login()
    if (!code) return fail('WECHAT_LOGIN_FAILED', { retryable: true })
    const url = `${bffUrl}/v1/sign-ins/mini-program`
    return sendRequest({ method: 'POST', url, body: { schoolId, code } })
  }

  /**
   * Calls the BFF as this person.
   *
   * @param {'GET' | 'POST'} method
   * @param {string} path Below /v1/me, with its query.
   * @param {object} [body]
   * @returns {Promise<Answer<any>>}
   */
  async function call(method, path, body) {
    const url = `${bffUrl}/v1/me${path}`
    for (let tries = 0; ; tries++) {
      const held = token
      const opened = held ? { ok: /** @type {true} */ (true), value: held } : await signIn()
      if (!opened.ok) return opened
      const answer = await sendRequest({ method, url, body, token: opened.value })
      if (answer.ok || answer.trouble.status !== 401 || tries) return answer
      // Refused before anything was done, so the same request may go again.
      if (token === opened.value) token = undefined
    }
  }

  return {
    call,
    signIn,
    /** Whether merchants' printed codes are paid here (R24); not before somebody is signed in. */
    collects: () => collects,
  }
}

/** @returns {Promise<string>} Empty when WeChat gives none. */
function login() {
  return new Promise((resolve) => {
    wx.login({ success: ({ code }) => resolve(code), fail: () => resolve('') })
  })
}

module.exports = { createSession }
