// What WeChat puts into a page: a bridge that recomputes the page's signature and refuses what was not asked for.
// `WEIXIN` is written by the sandbox: the account's appid, its tickets, its domains, and where its phone is.
;(() => {
  if (window.WeixinJSBridge) return
  const { appId, tickets, domains, home } = WEIXIN
  /** What the page may call, once its signature is right. */
  let allowed
  const listeners = new Map()
  // What is text on one system is an object on the other; the JS-SDK knows.
  const isAndroid = /Android/i.test(navigator.userAgent)
  const isApple = /iPhone|iPad/i.test(navigator.userAgent)

  async function hash(text) {
    const bytes = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
    return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  }

  async function verify(asked) {
    if (asked.verifyAppId !== appId) return 'invalid appid'
    if (!domains.includes(location.hostname)) return 'invalid url domain'
    // An iPhone holds it against the address where the page was opened; what that was nobody here can tell.
    const url = location.href.replace(/#.*/, '')
    for (const ticket of tickets) {
      const text = `jsapi_ticket=${ticket}&noncestr=${asked.verifyNonceStr}&timestamp=${asked.verifyTimestamp}&url=${url}`
      if ((await hash(text)) === asked.verifySignature) {
        allowed = asked.verifyJsApiList
        return 'ok'
      }
    }
    return 'invalid signature'
  }

  const apis = {
    checkJsApi: ({ jsApiList }) => {
      const may = (name) => name in apis && (open.includes(name) || !!allowed?.includes(name))
      const result = Object.fromEntries(jsApiList.map((name) => [name, may(name)]))
      return { checkResult: isAndroid ? JSON.stringify(result) : result }
    },
    scanQRCode: ({ needResult }) => {
      const text = prompt('微信扫一扫：码里的内容 · What the code says')
      if (text === null) return { err_msg: 'scanQRCode:cancel' }
      if (needResult !== 1) return {}
      const result = { scan_code: { scan_result: text } }
      return { resultStr: isApple ? JSON.stringify(result) : text }
    },
    getNetworkType: () => ({ err_msg: 'network_type:wifi' }),
    hideMenuItems: ({ menuList }) => {
      document.documentElement.dataset.weixinHidden = menuList.join(' ')
      return {}
    },
    showMenuItems: () => ({}),
    hideAllNonBaseMenuItem: () => {
      document.documentElement.dataset.weixinHidden = 'all'
      return {}
    },
    hideOptionMenu: () => ({}),
    // There is no mini-program around the page here; what it was asked for can be seen.
    invokeMiniProgramAPI: ({ name }) => {
      document.documentElement.dataset.weixinMiniProgram = name
      return {}
    },
    closeWindow: () => {
      location.replace(home)
      return {}
    },
  }
  /** Also without a signature. */
  const open = ['closeWindow', 'getNetworkType', 'hideOptionMenu', 'invokeMiniProgramAPI']

  async function act(name, asked) {
    if (name === 'preVerifyJSAPI') return { err_msg: `preVerifyJSAPI:${await verify(asked)}` }
    if (!apis[name]) return { err_msg: `${name}:function_not_exist` }
    if (!allowed?.includes(name) && !open.includes(name) && name !== 'checkJsApi') {
      return { err_msg: `${name}:permission denied` }
    }
    return { err_msg: `${name}:ok`, ...apis[name](asked) }
  }

  window.WeixinJSBridge = {
    invoke(name, asked, answer) {
      act(name, asked || {}).then((said) => answer?.(said))
    },
    call: (name) => window.WeixinJSBridge.invoke(name, {}),
    on: (name, listener) => void listeners.set(name, listener),
  }
  const announce = () => document.dispatchEvent(new Event('WeixinJSBridgeReady'))
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', announce)
  else setTimeout(announce)
})()
