// For a host's own service worker: `importScripts('https://pay.school.edu/v1/ecode-sw.js')`, then
// `ecodeOffline('https://pay.school.edu', ['/card'])`. It answers for our loader, its parts and the
// named pages; every other request, above all each call to the BFF, goes its own way.

interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Fetching extends Waiting {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface Worker {
  readonly location: Location
  readonly caches: CacheStorage
  addEventListener(type: 'install', listener: (event: Waiting) => void): void
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void
  ecodeOffline(origin: string, pages?: string[]): void
}
/** Of the build's manifest. */
interface Release {
  integrity: Record<string, string>
  parts: Record<string, { file: string; integrity?: string }>
  /** What is fetched ahead. */
  offline: string[]
}

declare const self: Worker

const PAGES = 'ecode-pages'
const RELEASE = 'ecode-release-'
/** Holds the names of the two newest whole releases. */
const STATE = 'ecode-state'
/** A page that takes longer is shown as it was kept. */
const PATIENCE_MS = 3_000

self.ecodeOffline = (origin, pages = []) => {
  const base = `${origin}/v1/`
  const loaders = [`${base}ecode.js`, `${base}element.js`]
  let updating: Promise<void> | undefined

  /** Newest first. A page that is open may still ask for a part of the one before. */
  async function readReleases(): Promise<string[]> {
    const kept = await (await self.caches.open(STATE)).match(base)
    return kept ? kept.json() : []
  }

  /** A release is used once all of it is here, and right to the byte; until then the one before is. */
  async function update() {
    const { integrity, parts, offline } = (await (
      await fetchOurs(`${base}manifest.json`, { cache: 'no-cache' })
    ).json()) as Release
    const name = `${RELEASE}${integrity['ecode.js']}`
    const before = await readReleases()
    if (before[0] === name) return
    const cache = await self.caches.open(name)
    const keep = async (file: string, options: RequestInit) =>
      cache.put(base + file, await fetchOurs(base + file, options))
    await Promise.all([
      ...loaders
        .map((url) => url.slice(base.length))
        .map((file) => keep(file, { cache: 'no-cache', integrity: integrity[file] ?? '' })),
      ...offline.map((part) => {
        const { file = '', integrity = '' } = { ...parts[part] }
        return keep(file, { integrity })
      }),
    ])
    const releases = [name, ...before.filter((each) => each !== name)].slice(0, 2)
    await (await self.caches.open(STATE)).put(base, new Response(JSON.stringify(releases)))
    for (const each of await self.caches.keys()) {
      if (each.startsWith(RELEASE) && !releases.includes(each)) await self.caches.delete(each)
    }
  }

  /** One at a time; a failure, of whatever kind, leaves everything as it was. */
  function updateQuietly(): Promise<void> {
    updating ??= update()
      .catch(() => {})
      .then(() => {
        updating = undefined
      })
    return updating
  }

  async function answerLoader({ request }: Fetching): Promise<Response> {
    const [newest] = await readReleases()
    const kept = newest && (await (await self.caches.open(newest)).match(request.url))
    return kept || fetch(request)
  }

  /** What is in a part never changes. */
  async function answerPart({ request }: Fetching): Promise<Response> {
    const releases = await readReleases()
    for (const release of releases) {
      const kept = await (await self.caches.open(release)).match(request.url)
      if (kept) return kept
    }
    const answer = await fetchOurs(request.url, { integrity: request.integrity })
    const [newest] = releases
    if (newest) await (await self.caches.open(newest)).put(request.url, answer.clone())
    return answer
  }

  /** Without the query. */
  const pageKey = (url: string) => {
    const { origin, pathname } = new URL(url, self.location.href)
    return origin + pathname
  }

  async function fetchPage(request: Request | string): Promise<Response> {
    const answer = await fetch(request)
    const isOpen = !/no-store/.test(answer.headers.get('cache-control') || '')
    // What was made of a query may be one person's alone, or of whoever made up the link.
    const isPlain = answer.url === pageKey(answer.url)
    if (answer.ok && !answer.redirected && answer.type === 'basic' && isOpen && isPlain) {
      const cache = await self.caches.open(PAGES)
      await cache.put(answer.url, answer.clone())
    }
    return answer
  }

  async function answerPage(event: Fetching): Promise<Response> {
    const kept = await (await self.caches.open(PAGES)).match(pageKey(event.request.url))
    const fresh = fetchPage(event.request)
    if (!kept) return fresh
    event.waitUntil(fresh.catch(() => {}))
    return Promise.race([
      fresh.then(
        (answer) => (answer.status < 500 ? answer : kept.clone()),
        () => kept.clone(),
      ),
      new Promise<Response>((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE_MS)),
    ])
  }

  const pageUrls = pages.map(pageKey)
  self.addEventListener('install', (event) => {
    // Whatever fails here must not keep the host's own worker from being installed.
    const keepPages = pageUrls.map((url) => fetchPage(url).catch(() => {}))
    event.waitUntil(Promise.all([updateQuietly(), ...keepPages]))
  })
  self.addEventListener('fetch', (event) => {
    const { method, url } = event.request
    if (method !== 'GET') return
    if (loaders.includes(url)) {
      event.respondWith(answerLoader(event))
      event.waitUntil(updateQuietly())
    } else if (url.startsWith(`${base}assets/`)) event.respondWith(answerPart(event))
    else if (pageUrls.includes(pageKey(url))) event.respondWith(answerPage(event))
  })
}

async function fetchOurs(url: string, options: RequestInit = {}): Promise<Response> {
  const answer = await fetch(url, { mode: 'cors', credentials: 'omit', ...options })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return answer
}
