import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Window } from 'happy-dom'
import { FakeCanvas } from './fake-canvas.mjs'

const ROOT = fileURLToPath(new URL('../miniprogram', import.meta.url))
const require = createRequire(import.meta.url)

/** Where the two codes have room on a screen of 375 CSS pixels; in a simulated page nothing has a size. */
const ROOMS = {
  '.bars': { left: 12, top: 28, width: 351, height: 88 },
  '.qr': { left: 12, top: 150, width: 351, height: 315 },
}

/**
 * A phone with the mini-program on it: its own pages, compiled by WeChat's compiler and run by WeChat's
 * simulator, with a `wx` made for tests that speaks HTTP in earnest. One at a time.
 *
 * @param {{
 *   config?: { bffUrl: string, schoolId: string },
 *   login: () => Promise<string | undefined>,
 *   language?: string, platform?: string, dpr?: number, haste?: number,
 * }} options `login` is WeChat's: a code, or none. `haste`: by how much the pages' pauses are shorter.
 */
export async function openPhone(options) {
  const window = openWindow()
  const { setTimeout: pause } = globalThis
  const { haste = 1 } = options
  if (haste !== 1) {
    globalThis.setTimeout = (work, ms = 0, ...more) => pause(work, ms / haste, ...more)
  }
  const simulate = require('miniprogram-simulate')
  forgetModules()
  Object.assign(require(`${ROOT}/config.js`), options.config)
  const said = createFakeWx(options)
  let component
  /** Pages that others were opened from, the nearest last. */
  const below = []
  let onLaunch

  globalThis.App = (definition) => {
    onLaunch = () => definition.onLaunch()
  }
  require(`${ROOT}/app.js`)
  onLaunch()

  function findAll(selector) {
    return component.querySelectorAll(selector)
  }

  const phone = {
    said,
    /** Opens one of the pages, as WeChat does, in place of the one before. */
    openPage(name, query = {}) {
      phone.close()
      return phone.pushPage(name, query)
    },
    /** Opens the page that the one on display has asked for, over it. */
    follow() {
      const url = new URL(said.went.at(-1), 'https://servicewechat.com')
      component.instance.onHide?.()
      below.push(component)
      const [, , name] = url.pathname.split('/')
      return phone.pushPage(name, Object.fromEntries(url.searchParams))
    },
    /** The page on display is left for the one below it. */
    goBack() {
      component.instance.onUnload?.()
      component.detach()
      component = below.pop()
      said.page = component
      component.instance.onShow?.()
    },
    pushPage(name, query) {
      const path = `${ROOT}/pages/${name}/${name}`
      const id = simulate.load(path, name, { rootPath: ROOT })
      component = simulate.render(id)
      component.attach(window.document.body)
      said.page = component
      component.instance.onLoad(query)
      if (component.instance.onShow) component.instance.onShow()
      return component.instance
    },
    get instance() {
      return component.instance
    },
    show: () => component.instance.onShow(),
    hide: () => component.instance.onHide(),
    /** What stands on the screen, blanks made one. */
    text: () => component.dom.textContent.replace(/\s+/g, ' ').trim(),
    texts: (selector) => findAll(selector).map(({ dom }) => dom.textContent.trim()),
    html: () => component.dom.outerHTML,
    styles: () => window.document.head.innerHTML,
    tap(selector, at = 0) {
      const found = findAll(selector)[at]
      if (!found) throw new Error(`there is no ${selector} on the page`)
      found.dispatchEvent('tap')
    },
    attribute: (selector, name) => findAll(selector)[0]?.dom.getAttribute(name),
    /** The pixels of a code as it is drawn, or nothing. */
    picture(name) {
      return findAll(`#${name}`).length ? said.canvases.get(name)?.read() : undefined
    },
    close() {
      for (const each of [component, ...below]) {
        each?.instance.onUnload?.()
        each?.detach()
      }
      component = undefined
      below.length = 0
    },
    end() {
      phone.close()
      globalThis.setTimeout = pause
      window.close()
    },
  }
  return phone
}

function openWindow() {
  const window = new Window({ url: 'https://servicewechat.com/' })
  for (const name of ['document', 'Event', 'CustomEvent', 'Element', 'MutationObserver']) {
    globalThis[name] = window[name]
  }
  globalThis.window = window
  return window
}

/** Each phone starts the mini-program anew. */
function forgetModules() {
  for (const path of Object.keys(require.cache)) {
    if (path.startsWith(ROOT)) delete require.cache[path]
  }
}

/** The part of `wx` that the pages use, and what they asked of it. */
function createFakeWx({ login, language = 'zh_CN', platform = 'ios', dpr = 2 }) {
  const said = {
    page: undefined,
    brightness: 0.4,
    keepScreenOn: false,
    visualEffect: 'none',
    title: '',
    toasts: [],
    modals: [],
    /** What the person's camera sees when the scanner is opened; nothing: they close it. */
    scanned: undefined,
    scanFault: 'cancel',
    scans: 0,
    went: [],
    logins: 0,
    requests: [],
    /** The next request carries a token that nobody has sealed. */
    spoilNextToken: false,
    canvases: new Map(),
    captureListeners: new Set(),
    networkListeners: new Set(),
    /** The person takes a screenshot. */
    capture() {
      for (const listener of said.captureListeners) listener({ errMsg: '' })
    },
    connect() {
      for (const listener of said.networkListeners) listener({ isConnected: true })
    },
  }
  globalThis.wx = {
    login({ success, fail }) {
      said.logins++
      login().then((code) => (code ? success({ code }) : fail({ errMsg: 'login:fail' })))
    },
    request({ method, url, header, data, timeout, success, fail }) {
      said.requests.push(`${method} ${url}`)
      const headers = { ...header }
      if (said.spoilNextToken && headers.authorization) {
        headers.authorization += 'x'
        said.spoilNextToken = false
      }
      fetch(url, { method, headers, body: data, signal: AbortSignal.timeout(timeout) })
        .then(async (answer) => success({ statusCode: answer.status, data: await answer.text() }))
        .catch(() => fail({ errMsg: 'request:fail' }))
    },
    getScreenBrightness: ({ success }) => success({ value: said.brightness }),
    setScreenBrightness({ value }) {
      said.brightness = value
    },
    setKeepScreenOn({ keepScreenOn }) {
      said.keepScreenOn = keepScreenOn
    },
    setVisualEffectOnCapture({ visualEffect }) {
      said.visualEffect = visualEffect
    },
    onUserCaptureScreen: (listener) => said.captureListeners.add(listener),
    offUserCaptureScreen: () => said.captureListeners.clear(),
    onNetworkStatusChange: (listener) => said.networkListeners.add(listener),
    offNetworkStatusChange: (listener) => said.networkListeners.delete(listener),
    getDeviceInfo: () => ({ platform }),
    getAppBaseInfo: () => ({ language }),
    getWindowInfo: () => ({ pixelRatio: dpr, windowWidth: 375 }),
    setNavigationBarTitle({ title }) {
      said.title = title
    },
    vibrateShort() {},
    scanCode({ success, fail }) {
      const { scanned, scanFault } = said
      said.scans++
      if (scanned === undefined) fail({ errMsg: `scanCode:fail ${scanFault}` })
      else success({ result: scanned })
    },
    showModal: ({ title }) => said.modals.push(title),
    showToast: ({ title }) => said.toasts.push(title),
    navigateTo: ({ url }) => said.went.push(url),
    redirectTo: ({ url }) => said.went.push(url),
    navigateBack: () => said.went.push('back'),
    nextTick: (work) => setTimeout(work),
    createSelectorQuery: () => createQuery(said),
  }
  globalThis.getCurrentPages = () => [{}, {}]
  return said
}

function createQuery(said) {
  const wanted = []
  const query = {
    in: () => query,
    select(selector) {
      const there = () => said.page.querySelector(selector)
      return {
        boundingClientRect: () => wanted.push(() => (there() ? ROOMS[selector] : null)),
        fields: () => wanted.push(() => (there() ? { node: canvasOf(said, selector) } : null)),
      }
    },
    exec: (done) => setTimeout(() => done(wanted.map((read) => read()))),
  }
  return query
}

function canvasOf({ canvases }, selector) {
  const name = selector.slice(1)
  if (!canvases.has(name)) canvases.set(name, new FakeCanvas())
  return canvases.get(name)
}
