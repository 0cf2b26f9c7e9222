import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { HostBridge, HostCap, HostEvent } from '../../host/host-bridge.ts'
import { createFakeBff, type FakeBff } from '../testing/fake-bff.ts'
import { openPage, settle, usePhone } from '../testing/phone.ts'
import { makeHost } from './host.ts'
import { openTop, postForm } from './leave-page.ts'

vi.mock('./leave-page.ts', () => ({ openTop: vi.fn(), postForm: vi.fn() }))

const library = {
  serviceId: 'library',
  name: { 'zh-CN': '图书馆', en: 'Library' },
  icon: 'library',
  native: 'library',
} as const
const ticket = `ST-1001-${'t'.repeat(43)}`
const url = 'https://lib.school.test/login'
const service = { url, ticket, expiresAt: '2026-09-01T04:01:00.000Z' }

let bff: FakeBff
let pages: ReturnType<typeof openPage>[]
let kept: Map<string, string> | undefined
let isPhone: boolean

beforeEach(() => {
  bff = createFakeBff()
  pages = []
  kept = new Map()
  isPhone = true
  usePhone(bff)
  vi.mocked(openTop).mockReset()
  vi.mocked(postForm).mockReset()
  vi.stubGlobal('window', globalThis)
  vi.stubGlobal('matchMedia', () => ({ matches: isPhone }))
  vi.stubGlobal('document', { visibilityState: 'visible' })
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => {
      if (!kept) throw new DOMException('blocked', 'SecurityError')
      return kept.get(key) ?? null
    },
    setItem: (key: string, value: string) => {
      if (!kept) throw new DOMException('blocked', 'SecurityError')
      kept.set(key, value)
    },
  })
  bff.on('GET /services', () => Response.json({ services: [library] }))
  bff.on('POST /services/library/tickets', () => Response.json(service, { status: 201 }))
})
afterEach(() => {
  for (const page of pages) page.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** An app of the school's, as a page may bring it. */
function makeApp(caps: HostCap[], call: HostBridge['call'] = async () => null) {
  const listeners = new Map<HostEvent, (detail?: unknown) => void>()
  const bridge: HostBridge = {
    caps: async () => new Set(caps),
    call: vi.fn(call),
    on(event, listener) {
      listeners.set(event, listener)
      return () => void listeners.delete(event)
    },
  }
  return { bridge, tell: (event: HostEvent) => listeners.get(event)?.() }
}

async function open(bridge?: HostBridge) {
  const page = openPage(bff)
  pages.push(page)
  await page.engine.open('host', makeHost)
  const { value: host } = page.model.host
  if (!host) throw new Error('no host')
  if (bridge) await host.open(bridge)
  await settle()
  return { ...page, host }
}

describe('the host', () => {
  test('is looked for once, whoever asks', async () => {
    const { bridge } = makeApp(['scan'])
    const { host } = await open(bridge)
    expect(await host.open(undefined)).toBe(host.host.value)
    expect(host.host.value?.can('scan')).toBe(true)
  })

  test('covers the page and shows it again; what the page was told too counts once', async () => {
    const { bridge, tell } = makeApp([])
    const { visible } = await open(bridge)
    const changes = vi.fn()
    visible.subscribe(changes)
    tell('pause')
    visible.value = false
    expect(visible.value).toBe(false)
    visible.value = true
    tell('resume')
    expect(changes).toHaveBeenCalledTimes(2)
    vi.stubGlobal('document', { visibilityState: 'hidden' })
    tell('pause')
    tell('resume')
    expect(visible.value).toBe(false)
  })

  test('a covered page has no code; uncovered it has one', async () => {
    const { bridge, tell } = makeApp([])
    const { model, code } = await open(bridge)
    const stop = model.showPay()
    await code()
    tell('pause')
    expect(model.pay.value).toEqual({ kind: 'hidden' })
    tell('resume')
    await code()
    stop()
  })

  test('is gone with the person', async () => {
    const { engine, model } = await open()
    await engine.signOut()
    expect(model.host.value).toBe(undefined)
  })
})

describe('a wish for shaking (R20)', () => {
  test('is off, kept when it is switched on, and asked of the host when the page is opened', async () => {
    const first = makeApp(['shake'])
    const { host } = await open(first.bridge)
    expect(host.shakes.value).toBe(false)
    expect(first.bridge.call).not.toHaveBeenCalled()
    expect(await host.setShakes(true)).toBe(true)
    const next = makeApp(['shake'])
    const again = await open(next.bridge)
    expect(again.host.shakes.value).toBe(true)
    expect(next.bridge.call).toHaveBeenCalledWith('shake', { on: true }, undefined)
    await again.host.setShakes(false)
    expect((await open(makeApp(['shake']).bridge)).host.shakes.value).toBe(false)
  })

  test('that the phone does not allow stands at off, and at on again once it does', async () => {
    const refusing = makeApp(['shake'], async () => Promise.reject(new Error('denied')))
    const { host } = await open(makeApp(['shake']).bridge)
    await host.setShakes(true)
    const later = await open(refusing.bridge)
    expect(later.host.shakes.value).toBe(false)
    expect(await later.host.setShakes(true)).toBe(false)
    expect((await open(makeApp(['shake']).bridge)).host.shakes.value).toBe(true)
  })

  test('is good for this page where nothing is kept', async () => {
    kept = undefined
    const { host } = await open(makeApp(['shake']).bridge)
    expect(await host.setShakes(true)).toBe(true)
    expect(host.shakes.value).toBe(true)
  })
})

describe('the hint about brightness (R19)', () => {
  test('is due once, on a phone whose brightness nothing raises', async () => {
    const { host } = await open(makeApp([]).bridge)
    expect(host.hint.value).toBe(true)
    host.noteHint()
    expect(host.hint.value).toBe(true)
    host.dismissHint()
    expect(host.hint.value).toBe(false)
    expect((await open(makeApp([]).bridge)).host.hint.value).toBe(false)
  })

  test.each<[string, () => void, HostCap[]]>([
    ['where an app raises it', () => {}, ['brightness']],
    [
      'on a desktop',
      () => {
        isPhone = false
      },
      [],
    ],
  ])('is not due %s', async (_, happen, caps) => {
    happen()
    expect((await open(makeApp(caps).bridge)).host.hint.value).toBe(false)
  })

  test('never comes where nothing is kept: it would come each time', async () => {
    kept = undefined
    const { host } = await open(makeApp([]).bridge)
    host.noteHint()
    expect(host.hint.value).toBe(false)
  })
})

describe('the school’s services (R36)', () => {
  test('are fetched, and opened by a form with a ticket that stands in no address', async () => {
    const { host } = await open(makeApp([]).bridge)
    await host.loadServices()
    expect(host.services.value.value).toEqual([library])
    expect(await host.openService(library)).toMatchObject({ kind: 'done' })
    expect(vi.mocked(postForm).mock.calls).toEqual([[url, { ticket }]])
  })

  test('are the app’s own pages where it has them', async () => {
    const { bridge } = makeApp(['openNative'])
    const { host } = await open(bridge)
    await host.openService(library)
    expect(bridge.call).toHaveBeenCalledWith(
      'openNative',
      { page: 'library', params: {} },
      undefined,
    )
    expect([vi.mocked(postForm).mock.calls, bff.count('POST /services/library/tickets')]).toEqual([
      [],
      0,
    ])
  })

  test('are opened by their address where the app does not know the page, or there is none', async () => {
    const refusing = makeApp(['openNative'], async () => Promise.reject(new Error('no page')))
    const { host } = await open(refusing.bridge)
    await host.openService(library)
    const able = makeApp(['openNative'])
    const other = await open(able.bridge)
    await other.host.openService({ ...library, native: null })
    expect(able.bridge.call).not.toHaveBeenCalled()
    expect(postForm).toHaveBeenCalledTimes(2)
  })

  test('that are refused say why, and nothing is left', async () => {
    bff.on('POST /services/library/tickets', () => bff.refuse('SERVICE_UNKNOWN'))
    const { host } = await open(makeApp([]).bridge)
    expect(await host.openService(library)).toMatchObject({
      kind: 'refused',
      problem: { code: 'SERVICE_UNKNOWN' },
    })
    expect(postForm).not.toHaveBeenCalled()
  })
})

test('a WeChat that signs in can be stopped from it (R6)', async () => {
  const { host } = await open()
  bff.ways.wechat = { ...bff.ways.wechat, signsIn: true }
  bff.on('POST /wechat/sign-in/end', () => {
    bff.ways.wechat = { ...bff.ways.wechat, signsIn: false }
    return Response.json({})
  })
  await host.loadWechat()
  expect(host.wechat.value.value?.signsIn).toBe(true)
  expect(await host.endWechatSignIn()).toMatchObject({ kind: 'done' })
  expect(host.wechat.value.value?.signsIn).toBe(false)
})

describe('a page without https', () => {
  test('asks the host page for a ticket, and is left for the address it brings', async () => {
    const { host, engine } = await open()
    const provider = vi.fn(async () => ({
      url: 'https://pay.school.test/h5/1001#t=x',
      expiresAt: '',
    }))
    engine.use(provider)
    expect(await host.openSecurely()).toMatchObject({ kind: 'done' })
    expect(provider.mock.calls).toEqual([['ticket']])
    expect(openTop).toHaveBeenCalledWith('https://pay.school.test/h5/1001#t=x')
  })

  test.each<[string, () => Promise<never>]>([
    ['a session', async () => ({ token: 't', expiresAt: '' }) as never],
    ['an address that is a script', async () => ({ url: 'javascript:alert(1)' }) as never],
    ['nothing', async () => undefined as never],
    ['an error', async () => Promise.reject(new Error('500'))],
  ])('stays where it is when %s comes instead, and its people hear of it', async (_, provider) => {
    const { host, engine, troubles } = await open()
    engine.use(provider)
    expect(await host.openSecurely()).toMatchObject({
      kind: 'refused',
      problem: { code: 'SESSION_PROVIDER_FAILED' },
    })
    expect(openTop).not.toHaveBeenCalled()
    expect(troubles.map(({ code }) => code)).toContain('SESSION_PROVIDER_FAILED')
  })
})
