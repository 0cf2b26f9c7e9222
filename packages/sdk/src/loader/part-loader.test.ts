// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPartLoader } from './part-loader.ts'

const BASE = 'https://pay.school.edu/v1/'
const widgetFile = { file: 'assets/widget-1.js', integrity: 'sha384-w1' }
const newer = { file: 'assets/widget-2.js', integrity: 'sha384-w2' }

type Module = Record<string, unknown>
type Factory = (require: (name: string) => Module | undefined) => Module
type Injected = HTMLScriptElement & { ecode?: Record<string, Factory> }

/** Files of the server: what each script leaves on its element. */
let files: Record<string, Record<string, Factory>>
let injected: Injected[]

beforeEach(() => {
  vi.useFakeTimers()
  injected = []
  files = {
    'assets/widget-1.js': {
      files: () => ({
        more: { file: 'assets/more-1.js', integrity: 'sha384-m1' },
        'widget.css': { file: 'assets/widget-1.css' },
      }),
      shared: () => ({ a: 1 }),
      widget: (require) => ({ shared: require('shared') }),
    },
    'assets/more-1.js': {
      files: () => ({ access: { file: 'assets/access-1.js', integrity: 'sha384-a1' } }),
      more: (require) => ({ shared: require('shared') }),
    },
    'assets/access-1.js': { access: (require) => ({ more: require('more') }) },
  }
  vi.spyOn(document.head, 'appendChild').mockImplementation((node) => {
    const script = node as unknown as Injected
    injected.push(script)
    const ecode = files[script.src.replace(BASE, '')]
    queueMicrotask(() => {
      if (ecode) {
        script.ecode = ecode
        script.onload?.(new Event('load'))
      } else (script.onerror as () => void)()
    })
    return node
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const load = () => createPartLoader(BASE, { widget: widgetFile }, 'nonce-1')

test('a later part may name those fetched after it', async () => {
  const { part } = load()
  await part('widget')
  await part('more')
  expect(await part('access')).toEqual({ more: { shared: { a: 1 } } })
  expect(injected[2]).toMatchObject({ integrity: 'sha384-a1' })
})

test('a part comes as a classic script with integrity, CORS and the nonce', async () => {
  await load().part('widget')
  expect(injected[0]).toMatchObject({
    src: `${BASE}assets/widget-1.js`,
    integrity: 'sha384-w1',
    crossOrigin: 'anonymous',
    nonce: 'nonce-1',
    type: '',
  })
  expect(document.head.querySelector('script')).toBeNull()
})

test('the first part says where the others are, and shares its modules with them', async () => {
  const loader = load()
  const widget = (await loader.part('widget')) as unknown as { shared: object }
  const more = (await loader.part('more')) as unknown as { shared: object }
  expect(more.shared).toBe(widget.shared)
  expect(injected[1]).toMatchObject({ integrity: 'sha384-m1' })
  expect(loader.style('widget')).toBe(`${BASE}assets/widget-1.css`)
})

test('each part is fetched once, however often it is asked for', async () => {
  const loader = load()
  const [one, two] = await Promise.all([loader.part('widget'), loader.part('widget')])
  expect(one).toBe(two)
  await loader.part('widget')
  expect(injected).toHaveLength(1)
})

test('a failure is not kept', async () => {
  const loader = load()
  await loader.part('widget')
  const more = files['assets/more-1.js']
  delete files['assets/more-1.js']
  await expect(loader.part('more')).rejects.toThrow('more-1.js did not load')
  files['assets/more-1.js'] = more ?? {}
  await loader.part('more')
})

test('a loader from the cache finds the release that has replaced its own', async () => {
  files['assets/widget-2.js'] = files['assets/widget-1.js'] ?? {}
  delete files['assets/widget-1.js']
  const fetched = vi.fn(async () => new Response(JSON.stringify({ parts: { widget: newer } })))
  vi.stubGlobal('fetch', fetched)
  await load().part('widget')
  expect(fetched).toHaveBeenCalledWith(`${BASE}manifest.json`, { cache: 'no-cache' })
  expect(injected[1]).toMatchObject({ integrity: 'sha384-w2' })
})

test('an exact version takes no other file than the one it was built with, whatever the server says', async () => {
  const exact = BASE.replace('/v1/', '/0.1.0/')
  const fetched = vi.fn(async () => Response.json({ parts: { widget: newer } }))
  vi.stubGlobal('fetch', fetched)
  // The file is not what its integrity says, so the browser does not run it.
  const { part } = createPartLoader(exact, { widget: widgetFile }, '')
  await expect(part('widget')).rejects.toThrow('widget-1.js did not load')
  expect(fetched).not.toHaveBeenCalled()
  expect(new Set(injected.map(({ integrity }) => integrity))).toEqual(new Set(['sha384-w1']))
})

test('parts of two releases are never mixed', async () => {
  const loader = load()
  await loader.part('widget')
  delete files['assets/more-1.js']
  const fetched = vi.fn()
  vi.stubGlobal('fetch', fetched)
  await expect(loader.part('more')).rejects.toThrow()
  expect(fetched).not.toHaveBeenCalled()
})

test('a script that never answers is given up after twenty seconds', async () => {
  vi.mocked(document.head.appendChild).mockImplementation((node) => node)
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ parts: { widget: newer } })))
  const part = load().part('widget')
  const outcome = expect(part).rejects.toThrow('did not load')
  await vi.advanceTimersByTimeAsync(20_000)
  await vi.advanceTimersByTimeAsync(20_000)
  await outcome
})

test('a script that runs without leaving its modules has failed', async () => {
  files['assets/widget-1.js'] = undefined as never
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  await expect(load().part('widget')).rejects.toThrow()
})

test('under Trusted Types, one policy makes addresses in its own folder', async () => {
  const trusted = vi.fn((file: string) => rules.createScriptURL(file))
  let rules = { createScriptURL: (_: string) => '' }
  const createPolicy = vi.fn((_: string, given: typeof rules) => {
    rules = given
    return { createScriptURL: trusted }
  })
  vi.stubGlobal('trustedTypes', { createPolicy })
  const { part } = load()
  expect(createPolicy).not.toHaveBeenCalled()
  await part('widget')
  await part('more')
  expect(createPolicy.mock.calls.map(([name]) => name)).toEqual(['ecode'])
  expect(trusted.mock.calls.flat()).toEqual(['assets/widget-1.js', 'assets/more-1.js'])
  expect(injected.map(({ src }) => src)).toEqual([
    `${BASE}assets/widget-1.js`,
    `${BASE}assets/more-1.js`,
  ])
})

test('a page that refuses the policy gets a rejection, not a script that breaks', async () => {
  const refused = new TypeError('Policy "ecode" disallowed')
  const createPolicy = () => {
    throw refused
  }
  vi.stubGlobal('trustedTypes', { createPolicy })
  vi.stubGlobal('fetch', async () => Response.json({ parts: { widget: newer } }))
  await expect(load().part('widget')).rejects.toBe(refused)
})
