/**
 * Why something did not work. `code` is one of docs/embed.md or of the server's; `sentences` are the
 * server's own, in both languages.
 *
 * @typedef {{ 'zh-CN': string, en: string }} Sentences
 * @typedef {{ code: string, status: number, retryable: boolean, sentences?: Sentences, requestId?: string, bindUrl?: string }} Trouble
 */

/**
 * @template T
 * @typedef {{ ok: true, value: T } | { ok: false, trouble: Trouble }} Answer
 */

/** A till's queue waits no longer. */
const TIMEOUT_MS = 8000

/**
 * Sends one request to the BFF; never rejects.
 *
 * @param {{ method: 'GET' | 'POST', url: string, body?: object, token?: string }} request
 * @returns {Promise<Answer<any>>}
 */
function sendRequest({ method, url, body, token }) {
  return new Promise((resolve) => {
    /** @type {Record<string, string>} */
    const header = {}
    if (body) header['content-type'] = 'application/json'
    if (token) header.authorization = `Bearer ${token}`
    wx.request({
      method,
      url,
      header,
      // A body in its own words: for an object wx.request would choose the form itself.
      data: body ? JSON.stringify(body) : undefined,
      dataType: 'text',
      timeout: TIMEOUT_MS,
      success: ({ statusCode, data }) => resolve(readAnswer(statusCode, String(data))),
      fail: () => resolve(fail('NETWORK_LOST', { retryable: true })),
    })
  })
}

/**
 * @param {number} status
 * @param {string} text
 * @returns {Answer<any>}
 */
function readAnswer(status, text) {
  const value = parseJson(text)
  if (status >= 200 && status < 300 && value) return { ok: true, value }
  // Something between us and the BFF may have answered in its own words.
  const { code, retryable = status >= 500, message, requestId } = value || {}
  return fail(code || (status < 500 ? 'BAD_REQUEST' : 'CORE_UNREACHABLE'), {
    status,
    retryable,
    ...(message && { sentences: message }),
    ...(requestId && { requestId }),
  })
}

/**
 * @param {string} code
 * @param {Partial<Trouble>} [more]
 * @returns {{ ok: false, trouble: Trouble }}
 */
function fail(code, more) {
  return { ok: false, trouble: { code, status: 0, retryable: false, ...more } }
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch (_) {
    return undefined
  }
}

module.exports = { sendRequest, fail }
