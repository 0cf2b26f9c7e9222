// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ECodeOptions } from '../options.ts'

const options: ECodeOptions & { baseUrl: string } = {
  baseUrl: 'https://pay.school.edu/',
  school: '1001',
  subject: 'user-1',
  session: async () => ({ token: 't', expiresAt: '' }),
}
let scripts: HTMLScriptElement[]
const mounted = vi.fn()

/** The evergreen script, as it would put itself on the page. */
const evergreen = {
  version: '9.9.9',
  create: () => {
    throw new Error('not by us')
  },
  style: () => '',
  part: async () => ({
    createWidget: () => ({ mount: async (target: Element) => void mounted(target.id) }),
  }),
}

beforeEach(() => {
  vi.resetModules()
  scripts = []
  mounted.mockClear()
  document.body.innerHTML = '<div id="a"></div>'
  vi.spyOn(document.head, 'appendChild').mockImplementation((node) => {
    scripts.push(node as unknown as HTMLScriptElement)
    return node
  })
})
afterEach(() => {
  delete window.ECode
  vi.restoreAllMocks()
})

function arrive() {
  window.ECode = evergreen as never
  for (const script of scripts) script.onload?.(new Event('load'))
}

test('importing it touches no window', async () => {
  const { window, document } = globalThis
  vi.stubGlobal('window', undefined)
  vi.stubGlobal('document', undefined)
  await expect(import('./index.ts')).resolves.toHaveProperty('create')
  vi.stubGlobal('window', window)
  vi.stubGlobal('document', document)
})

test('it brings the evergreen script of its BFF, once for all its widgets', async () => {
  const { create } = await import('./index.ts')
  const both = [create(options).mount('#a'), create({ ...options, subject: 'b' }).mount('#a')]
  await Promise.resolve()
  expect(scripts.map(({ src }) => src)).toEqual(['https://pay.school.edu/v1/ecode.js'])
  arrive()
  await Promise.all(both)
  expect(mounted).toHaveBeenCalledTimes(2)
})

test('its script has the nonce that the page’s own scripts have', async () => {
  const own = document.createElement('script')
  own.type = 'text/plain'
  own.setAttribute('nonce', 'n1')
  own.nonce = 'n1'
  document.body.append(own)
  const { create } = await import('./index.ts')
  const done = create(options).mount('#a')
  await Promise.resolve()
  expect(scripts[0]?.nonce).toBe('n1')
  arrive()
  await done
})

test('under Trusted Types its own policy makes the one address', async () => {
  const createPolicy = vi.fn((_: string, rules: object) => rules)
  vi.stubGlobal('trustedTypes', { createPolicy })
  const { create } = await import('./index.ts')
  const done = create(options).mount('#a')
  await Promise.resolve()
  expect(createPolicy.mock.calls.map(([name]) => name)).toEqual(['ecode-npm'])
  expect(scripts[0]?.src).toBe('https://pay.school.edu/v1/ecode.js')
  arrive()
  await done
  vi.unstubAllGlobals()
})

test('it uses the script tag that the page has already', async () => {
  window.ECode = evergreen as never
  const { create } = await import('./index.ts')
  await create(options).mount('#a')
  expect(scripts).toEqual([])
})

test('a script that does not load rejects, and is fetched again the next time', async () => {
  const { create } = await import('./index.ts')
  const instance = create(options)
  instance.on('error', () => {})
  const first = instance.mount('#a')
  await Promise.resolve()
  const fail = scripts[0]?.onerror as () => void
  fail()
  await expect(first).rejects.toMatchObject({ code: 'LOAD_FAILED', retryable: true })
  const second = instance.mount('#a')
  await Promise.resolve()
  arrive()
  await second
  expect(scripts).toHaveLength(2)
})

test('signing in is the script’s, and rejects with errors of this package', async () => {
  const { signIn, ECodeError } = await import('./index.ts')
  const wanted = { school: '1001', baseUrl: 'https://pay.school.edu' }
  const signedIn = { subject: 's', session: options.session }
  const given = vi.fn().mockResolvedValueOnce(signedIn)
  window.ECode = { ...evergreen, signIn: given } as never
  await expect(signIn(wanted)).resolves.toBe(signedIn)
  expect(given).toHaveBeenCalledWith(wanted)
  given.mockRejectedValueOnce({ code: 'SIGN_IN_FAILED', message: 'no', retryable: true })
  const error = await signIn(wanted).catch((cause) => cause)
  expect(error).toBeInstanceOf(ECodeError)
  expect(error).toMatchObject({ code: 'SIGN_IN_FAILED', retryable: true })
})

test('wrong options throw at once', async () => {
  const { create, ECodeError } = await import('./index.ts')
  expect(() => create({ ...options, baseUrl: '' })).toThrow(ECodeError)
})
