import type { Demo } from '@campus-ecode/protocol/demo'
import { beforeEach, describe, expect, it } from 'vitest'
import { createBathHouse } from './bath-house.ts'
import { createShowerApp } from './shower-app.ts'
import type { Stall, StallOptions, StallView } from './stall.ts'

const SHOWER = '0199f000-0000-7000-8000-000000000001'
const demo = {
  bffUrl: 'http://127.0.0.1:8080',
  coreUrl: 'http://127.0.0.1:8081',
  demoUrl: 'http://127.0.0.1:8082',
  school: { id: '1001', secret: 'the-school-secret' },
  ...{ people: [], merchants: [], gates: [] },
  terminals: [
    { id: 'till', kind: 'till', merchantId: 'm', keyId: 'till-key', secret: 'the-till-secret' },
    {
      ...{ id: SHOWER, name: '1 号淋浴间', kind: 'shower', merchantId: 'm' },
      ...{ keyId: 'shower-key', secret: 'the-shower-secret' },
    },
  ],
} satisfies Demo

const idle: StallView = {
  ...{ power: true, network: true, lie: 'none', phase: 'idle' },
  ...{ isOpen: false, totalMl: 0, online: true, session: null },
}
let opened: StallOptions[]
let done: unknown[]
let app: ReturnType<typeof createShowerApp>

beforeEach(() => {
  opened = []
  done = []
  const stall: Stall = {
    view: () => idle,
    async start(...entry) {
      done.push(['start', ...entry])
      return { kind: 'busy' }
    },
    open: () => done.push('open') > 0,
    shut: () => void done.push('shut'),
    stop: async () => void done.push('stop'),
    set: async (switches) => void done.push(switches),
    close: async () => void done.push('close'),
  }
  const onFault = (error: unknown) => {
    throw error
  }
  const bathHouse = createBathHouse({
    readDemo: async () => demo,
    openStall: async (options) => {
      opened.push(options)
      return stall
    },
    showersDir: '/data/showers',
    onFault,
  })
  app = createShowerApp({ bathHouse, frameOrigin: demo.demoUrl, onFault })
})

const send = (method: string, path: string, body: unknown, type = 'application/json') =>
  app.request(path, { method, headers: { 'content-type': type }, body: JSON.stringify(body) })

describe('the page', () => {
  it('runs under a strict policy and loads nothing from elsewhere', async () => {
    const answer = await app.request('/')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`frame-ancestors 'self' ${demo.demoUrl};`)
    expect(policy).not.toContain('inline')
    expect(await answer.text()).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
    expect((await app.request('/shower.css')).status).toBe(200)
    expect((await app.request('/healthz')).status).toBe(200)
    expect((await app.request('/readyz')).status).toBe(200)
  })
})

describe('showers', () => {
  it('are those of the school, without their keys, and opened once when asked for', async () => {
    const text = await (await app.request('/showers')).text()
    expect(JSON.parse(text)).toEqual([{ id: SHOWER, name: '1 号淋浴间' }])
    expect(opened).toEqual([])
    await Promise.all([app.request(`/showers/${SHOWER}`), app.request(`/showers/${SHOWER}`)])
    expect(opened).toMatchObject([
      {
        ...{ dir: `/data/showers/${SHOWER}`, coreUrl: demo.coreUrl },
        ...{ keyId: 'shower-key', secret: 'the-shower-secret' },
      },
    ])
    expect((await app.request('/showers/till')).status).toBe(404)
  })

  it('do what the panel says', async () => {
    const entry = { bathNo: '12345678', waterPassword: '580362' }
    const started = await send('POST', `/showers/${SHOWER}/start`, entry)
    expect(await started.json()).toEqual({ kind: 'busy' })
    for (const button of ['open', 'shut', 'stop']) {
      const answer = await send('POST', `/showers/${SHOWER}/button`, { button })
      expect(await answer.json()).toEqual(idle)
    }
    await send('PUT', `/showers/${SHOWER}/switches`, { power: false, lie: 'up' })
    expect(done).toEqual([
      ['start', '12345678', '580362'],
      ...['open', 'shut', 'stop'],
      { power: false, lie: 'up' },
    ])
  })

  it.each([
    ['POST', 'start', { bathNo: '1234', waterPassword: '580362' }, 'application/json', 400],
    ['POST', 'button', { button: 'flood' }, 'application/json', 400],
    ['PUT', 'switches', { lie: 'sideways' }, 'application/json', 400],
    ['POST', 'button', { button: 'stop' }, 'text/plain', 415],
    ['POST', 'start', { bathNo: 'x'.repeat(2_000) }, 'application/json', 413],
  ])('refuse %s %s %j', async (method, path, body, type, status) => {
    expect((await send(method, `/showers/${SHOWER}/${path}`, body, type)).status).toBe(status)
    expect(done).toEqual([])
  })
})
