import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const BFF = 'https://pay.school.edu'
const PAGE = 'https://www.school.edu/card'
const SIZE = 'sha384-'

/** Caches that hold what was put, by address. */
class FakeCaches {
  readonly all = new Map<string, Map<string, Response>>()
  async open(name: string) {
    const held = this.all.get(name) ?? new Map<string, Response>()
    this.all.set(name, held)
    return {
      match: async (url: string) => held.get(url)?.clone(),
      put: async (url: string, answer: Response) => void held.set(url, answer),
    }
  }
  keys = async () => [...this.all.keys()]
  delete = async (name: string) => this.all.delete(name)
}

type Listener = (event: object) => void

/** What the network answers, by address; a function says how, and nothing is a network that is gone. */
let network: Record<string, string | (() => Response | Promise<Response>)>
let asked: { url: string; options: RequestInit | undefined }[]
let caches: FakeCaches
let listeners: Map<string, Listener>
let isOnline: boolean

beforeEach(async () => {
  network = {}
  asked = []
  isOnline = true
  caches = new FakeCaches()
  await start()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** The worker as the browser starts it: with the caches of before, and nothing else. */
async function start(pages: string[] = ['/card']) {
  listeners = new Map()
  const self = {
    location: new URL('https://www.school.edu/sw.js'),
    caches,
    addEventListener: (type: string, listener: Listener) => void listeners.set(type, listener),
    ecodeOffline: (_: string, __?: string[]) => {},
  }
  vi.stubGlobal('self', self)
  vi.stubGlobal('fetch', async (request: Request | string, options?: RequestInit) => {
    const url = typeof request === 'string' ? request : request.url
    asked.push({ url, options })
    const known = network[url] ?? network[url.replace(/\?.*/, '')]
    if (!isOnline) throw new TypeError('Failed to fetch')
    const answer =
      typeof known === 'function'
        ? await known()
        : new Response(known ?? null, { status: known === undefined ? 404 : 200 })
    Object.defineProperties(answer, { url: { value: url }, type: { value: 'basic' } })
    return answer
  })
  vi.resetModules()
  await import('./ecode-sw.ts')
  self.ecodeOffline(BFF, pages)
}

function release(version: string) {
  const parts = { widget: `assets/widget-${version}.js`, qr: `assets/qr-${version}.js` }
  const file = (name: keyof typeof parts) => ({ file: parts[name], integrity: SIZE + parts[name] })
  network[`${BFF}/v1/manifest.json`] = JSON.stringify({
    integrity: {
      'ecode.js': `${SIZE}loader-${version}`,
      'element.js': `${SIZE}element-${version}`,
    },
    parts: {
      widget: file('widget'),
      qr: file('qr'),
      wallet: { file: `assets/wallet-${version}.js` },
    },
    offline: ['widget', 'qr'],
  })
  network[`${BFF}/v1/ecode.js`] = `loader ${version}`
  network[`${BFF}/v1/element.js`] = `element ${version}`
  for (const path of Object.values(parts)) network[`${BFF}/v1/${path}`] = path
}

/** Everything that the worker still does is done when this settles. */
async function dispatch(type: string, request?: object) {
  const work: Promise<unknown>[] = []
  let answer: Promise<Response> | undefined
  listeners.get(type)?.({
    request,
    waitUntil: (each: Promise<unknown>) => void work.push(each),
    respondWith: (each: Promise<Response>) => {
      answer = each
    },
  })
  return { answer, done: () => Promise.all(work) }
}
const install = async () => (await dispatch('install')).done()
async function get(url: string, more: object = {}): Promise<string | undefined> {
  const { answer, done } = await dispatch('fetch', { method: 'GET', url, integrity: '', ...more })
  const text = answer && (await (await answer).text())
  await done()
  return text
}
const kept = () => [...caches.all.keys()].filter((name) => name.startsWith('ecode-release-'))

describe('the service worker (R21)', () => {
  test('keeps loader, parts and page when it is installed, and shows them without a network', async () => {
    release('1')
    network[PAGE] = 'the page'
    await install()
    isOnline = false
    await start()
    expect(await get(`${PAGE}?code=of-one-person`)).toBe('the page')
    expect(await get(`${BFF}/v1/ecode.js`)).toBe('loader 1')
    expect(await get(`${BFF}/v1/element.js`)).toBe('element 1')
    expect(await get(`${BFF}/v1/assets/widget-1.js`)).toBe('assets/widget-1.js')
  })

  test('takes files by their integrity, without cookies', async () => {
    release('1')
    await install()
    const ours = asked.filter(({ url }) => url.startsWith(BFF))
    expect(ours.map(({ options }) => [options?.mode, options?.credentials])).toEqual(
      ours.map(() => ['cors', 'omit']),
    )
    const integrity = (path: string) =>
      ours.find(({ url }) => url === `${BFF}/v1/${path}`)?.options?.integrity
    expect(integrity('ecode.js')).toBe(`${SIZE}loader-1`)
    expect(integrity('assets/widget-1.js')).toBe(`${SIZE}assets/widget-1.js`)
  })

  test('leaves alone every call to the BFF, every other page, and all that is not GET', async () => {
    release('1')
    network[PAGE] = 'the page'
    await install()
    for (const url of [
      `${BFF}/v1/me/codes`,
      `${BFF}/h5/1001`,
      'https://www.school.edu/',
      `${PAGE}/x`,
    ]) {
      expect(await get(url)).toBeUndefined()
    }
    expect(await get(`${BFF}/v1/ecode.js`, { method: 'POST' })).toBeUndefined()
  })

  test('goes over to the next release once all of it is here, and keeps the one before', async () => {
    release('1')
    await install()
    release('2')
    delete network[`${BFF}/v1/assets/qr-2.js`]
    expect(await get(`${BFF}/v1/ecode.js`)).toBe('loader 1')
    expect(await get(`${BFF}/v1/ecode.js`)).toBe('loader 1')
    release('2')
    await get(`${BFF}/v1/ecode.js`)
    expect(await get(`${BFF}/v1/ecode.js`)).toBe('loader 2')
    isOnline = false
    // A page that is open still asks for a part of the release that it began with.
    expect(await get(`${BFF}/v1/assets/widget-1.js`)).toBe('assets/widget-1.js')
    isOnline = true
    release('3')
    await get(`${BFF}/v1/ecode.js`)
    expect(kept()).toEqual([`ecode-release-${SIZE}loader-2`, `ecode-release-${SIZE}loader-3`])
  })

  test('keeps a part that was asked for later, and never an error in its place', async () => {
    release('1')
    await install()
    const wallet = `${BFF}/v1/assets/wallet-1.js`
    await expect(get(wallet)).rejects.toThrow('404')
    network[wallet] = 'the wallet'
    expect(await get(wallet)).toBe('the wallet')
    isOnline = false
    expect(await get(wallet)).toBe('the wallet')
  })

  test('holds a part against what the loader knows of it before it is kept for good', async () => {
    network[`${BFF}/v1/assets/wallet-1.js`] = 'part'
    await get(`${BFF}/v1/assets/wallet-1.js`, { integrity: 'sha256-x' })
    expect(asked.at(-1)?.options?.integrity).toBe('sha256-x')
  })

  test('installs though nothing can be fetched, and mends that when it can', async () => {
    isOnline = false
    await install()
    isOnline = true
    release('1')
    expect(await get(`${BFF}/v1/ecode.js`)).toBe('loader 1')
    isOnline = false
    expect(await get(`${BFF}/v1/ecode.js`)).toBe('loader 1')
  })

  test('shows a page as it is now where the network answers, and as it was where the server fails', async () => {
    release('1')
    network[PAGE] = 'the page'
    await install()
    network[PAGE] = 'a new page'
    expect(await get(PAGE)).toBe('a new page')
    network[PAGE] = () => new Response('broken', { status: 502 })
    expect(await get(PAGE)).toBe('a new page')
    network[PAGE] = () => new Response('gone', { status: 404 })
    expect(await get(PAGE)).toBe('gone')
  })

  test('shows a page as it was when the network takes more than three seconds', async () => {
    release('1')
    network[PAGE] = 'the page'
    await install()
    vi.useFakeTimers()
    network[PAGE] = () => new Promise(() => {})
    const { answer } = await dispatch('fetch', { url: PAGE, method: 'GET' })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await (await answer)?.text()).toBe('the page')
  })

  test('keeps nothing that was made of a query: it would be shown to whoever comes next', async () => {
    network[PAGE] = 'the page'
    await install()
    network[`${PAGE}?name=<script>`] = 'the page, with what the link said'
    expect(await get(`${PAGE}?name=<script>`)).toBe('the page, with what the link said')
    isOnline = false
    expect(await get(PAGE)).toBe('the page')
  })

  test('keeps no page that says no-store, nor one that led elsewhere', async () => {
    release('1')
    network[PAGE] = () => new Response('mine', { headers: { 'cache-control': 'no-store' } })
    await install()
    network[PAGE] = () =>
      Object.defineProperty(new Response('sign in'), 'redirected', { value: true })
    expect(await get(PAGE)).toBe('sign in')
    isOnline = false
    await expect(get(PAGE)).rejects.toThrow('Failed to fetch')
  })
})
