import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const BFF = 'https://pay.school.edu'
const HOST = 'https://www.school.edu'

/** What the network answers, by address; nothing: it is gone. */
let net: Map<string, { body: string; headers?: Record<string, string>; redirected?: boolean }>
let kept: Map<string, Map<string, Response>>
let listeners: Map<string, (event: object) => void>
let asked: { url: string; integrity?: string | undefined }[]

beforeEach(async () => {
  net = new Map([
    [`${HOST}/card`, { body: 'the page' }],
    [`${HOST}/other`, { body: 'not named' }],
  ])
  kept = new Map()
  listeners = new Map()
  asked = []
  const open = async (name: string) => {
    const cache = kept.get(name) ?? new Map<string, Response>()
    kept.set(name, cache)
    return {
      match: async (url: string) => cache.get(url)?.clone(),
      put: async (url: string, answer: Response) => void cache.set(url, answer),
    }
  }
  vi.stubGlobal('self', {
    location: new URL(`${HOST}/sw.js`),
    caches: { open, keys: async () => [...kept.keys()] },
    addEventListener: (type: string, listener: (event: object) => void) =>
      listeners.set(type, listener),
  })
  vi.stubGlobal('fetch', async (what: string | { url: string }, options?: RequestInit) => {
    const url = typeof what === 'string' ? what : what.url
    asked.push({ url, integrity: options?.integrity })
    const found = net.get(url) ?? net.get(url.replace(/\?.*/, ''))
    if (!found) throw new TypeError('Failed to fetch')
    const answer = new Response(found.body, { headers: found.headers ?? {} })
    const facts = { url, type: 'basic', redirected: found.redirected ?? false }
    for (const [name, value] of Object.entries(facts))
      Object.defineProperty(answer, name, { value })
    return answer
  })
  vi.resetModules()
  await import('./ecode-sw.ts')
  ;(self as unknown as { ecodeOffline(origin: string, pages: string[]): void }).ecodeOffline(BFF, [
    '/card',
  ])
})
afterEach(() => vi.unstubAllGlobals())

/** What a page gets, and nothing where the worker lets the request be. */
async function get(url: string, more: object = {}): Promise<string | undefined> {
  const work: Promise<unknown>[] = []
  let answer: Promise<Response> | undefined
  listeners.get('fetch')?.({
    request: { method: 'GET', url, integrity: '', ...more },
    respondWith: (given: Promise<Response>) => {
      answer = given
    },
    waitUntil: (given: Promise<unknown>) => work.push(given),
  })
  const text = await (await answer)?.text()
  await Promise.all(work)
  return text
}

test('a named page is shown as it was kept once the network is gone', async () => {
  expect(await get(`${HOST}/card`)).toBe('the page')
  net.clear()
  expect(await get(`${HOST}/card?screen=pay`)).toBe('the page')
})

test('what was made of a query is not kept: it would be shown to whoever comes next', async () => {
  await get(`${HOST}/card`)
  net.set(`${HOST}/card?name=<script>`, { body: 'the page, with what the link said' })
  expect(await get(`${HOST}/card?name=<script>`)).toBe('the page, with what the link said')
  net.clear()
  expect(await get(`${HOST}/card`)).toBe('the page')
})

test.each([
  ['is not to be stored', { headers: { 'cache-control': 'private, no-store' } }],
  ['came by a redirect', { redirected: true }],
])('a page that %s is not kept', async (_, more) => {
  net.set(`${HOST}/card`, { body: 'one person’s', ...more })
  expect(await get(`${HOST}/card`)).toBe('one person’s')
  net.clear()
  await expect(get(`${HOST}/card`)).rejects.toThrow('Failed to fetch')
})

test('other pages, other methods and the API go their own way', async () => {
  for (const url of [`${HOST}/other`, `${BFF}/v1/me/card`, `${BFF}/v1/manifest.json`]) {
    expect(await get(url)).toBe(undefined)
  }
  expect(await get(`${HOST}/card`, { method: 'POST' })).toBe(undefined)
  expect(asked).toEqual([])
})

test('a part is held against what the loader knows of it before it is kept for good', async () => {
  net.set(`${BFF}/v1/assets/wallet-1.js`, { body: 'part' })
  expect(await get(`${BFF}/v1/assets/wallet-1.js`, { integrity: 'sha256-x' })).toBe('part')
  expect(asked.at(-1)).toEqual({ url: `${BFF}/v1/assets/wallet-1.js`, integrity: 'sha256-x' })
})
