import type { Demo } from '@campus-ecode/protocol/demo'
import { beforeEach, describe, expect, it } from 'vitest'
import { createGateApp } from './gate-app.ts'
import { createGateRack, type GateRack } from './gate-rack.ts'
import { createGateScript, opened, refused } from './testing/scripted-gate.ts'

const GATE = '0199f000-0000-7000-8000-000000000001'
const IDENTITY = '721001112345678901234567'
const demo: Demo = {
  bffUrl: 'http://127.0.0.1:8080',
  coreUrl: 'http://127.0.0.1:8081',
  demoUrl: 'http://127.0.0.1:8082',
  school: { id: '1001', secret: 'the-school-secret' },
  people: [],
  merchants: [],
  terminals: [],
  gates: [{ id: GATE, name: '图书馆东门', keyId: '1001.g.abcdefgh', secret: 'the-gate-secret' }],
  accessRoot: { algorithm: 'ed25519', publicKey: 'AAAA' },
}

let kit: ReturnType<typeof createGateScript>
let rack: GateRack
let app: ReturnType<typeof createGateApp>
beforeEach(() => {
  kit = createGateScript()
  open(demo, demo.demoUrl)
})

function open(current: Demo | undefined, frameOrigin?: string) {
  const onFault = (error: unknown) => {
    throw error
  }
  rack = createGateRack({
    readDemo: async () => current,
    openGate: kit.openGate,
    gatesDir: '/data/gates',
    onFault,
  })
  app = createGateApp({ rack, frameOrigin, onFault })
}

function send(method: string, path: string, body: unknown, type = 'application/json') {
  return app.request(path, {
    method,
    headers: { 'content-type': type },
    body: JSON.stringify(body),
  })
}
const read = async (text: string) => (await send('POST', `/gates/${GATE}/codes`, { text })).json()

describe('the page', () => {
  it('runs under a strict policy that allows WebAssembly and the one page that frames it', async () => {
    const answer = await app.request('/')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';")
    expect(policy).toContain(`frame-ancestors 'self' ${demo.demoUrl};`)
    expect(policy).not.toContain('inline')
    expect(await answer.text()).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
    open(demo)
    const alone = (await app.request('/')).headers.get('content-security-policy')
    expect(alone).toContain("frame-ancestors 'self';")
  })

  it('gets its barcode reader from here', async () => {
    const wasm = await app.request('/zxing/reader.wasm')
    expect(await WebAssembly.compile(await wasm.arrayBuffer())).toBeDefined()
    const reader = await (await app.request('/zxing/reader/index.js')).text()
    expect(reader).toContain('"../share.js"')
  })
})

describe('gates', () => {
  it('are listed by name, without their keys, and opened when they are asked for', async () => {
    const text = await (await app.request('/gates')).text()
    expect(JSON.parse(text)).toEqual([{ id: GATE, name: '图书馆东门' }])
    expect(kit.opens).toEqual([])
    await Promise.all([app.request(`/gates/${GATE}`), app.request(`/gates/${GATE}`)])
    expect(kit.opens.map(({ options }) => options)).toMatchObject([
      {
        dir: `/data/gates/${GATE}`,
        schoolId: '1001',
        gateId: GATE,
        root: demo.accessRoot,
        core: { coreUrl: demo.coreUrl, keyId: '1001.g.abcdefgh', secret: 'the-gate-secret' },
      },
    ])
  })

  it('are ready when the first has reached the core, or when there is none', async () => {
    expect((await app.request('/readyz')).status).toBe(200)
    kit.script.state = { online: false }
    expect((await app.request('/readyz')).status).toBe(503)
    open({ ...demo, gates: [] })
    expect((await app.request('/readyz')).status).toBe(200)
    open(undefined)
    expect(await (await app.request('/gates')).json()).toEqual([])
    expect((await app.request('/readyz')).status).toBe(200)
    expect((await app.request('/healthz')).status).toBe(200)
  })

  it('say since when they know what they know, and what is wrong, in both languages', async () => {
    kit.script.state = {
      waitingRecords: 7,
      warnings: [
        { warning: 'keys_expiring', at: 1_795_399_200 },
        { warning: 'list_stale', issued: null },
      ],
    }
    expect(await (await app.request(`/gates/${GATE}`)).json()).toEqual({
      online: true,
      isCut: false,
      now: expect.any(Number),
      lastContactAt: 1_795_399_200_000,
      listIssuedAt: 1_795_399_000_000,
      revokedCount: 3,
      waitingRecords: 7,
      warnings: [
        { 'zh-CN': expect.stringContaining('2026-11-23'), en: expect.stringContaining('2026') },
        { 'zh-CN': expect.stringContaining('停用名单'), en: expect.any(String) },
      ],
    })
  })
})

describe('codes', () => {
  it('are judged by the gate, untouched', async () => {
    const texts: string[] = []
    kit.script.read = async (text) => {
      texts.push(text)
      return text === '' ? refused : opened
    }
    expect(await read(' ECA1:A  B ')).toEqual({
      kind: 'opened',
      message: null,
      code: null,
      class: 'student',
      maskedName: null,
      purpose: 'door',
    })
    expect(await read('')).toMatchObject({ kind: 'refused', code: 'NOT_RECOGNISED' })
    expect(texts).toEqual([' ECA1:A  B ', ''])
  })

  it('that only identify are asked about, where the gate may ask (R5)', async () => {
    kit.script.read = async () => ({ ...refused, refusal: 'NOT_ACCESS' })
    const asked: string[] = []
    kit.script.checkIdentity = async (code) => {
      asked.push(code)
      const body = { class: 'teacher', maskedName: '沈*秋', holder: 'A'.repeat(22) } as const
      return { kind: 'answered', body }
    }
    expect(await read(IDENTITY)).toMatchObject({
      kind: 'identity',
      class: 'teacher',
      maskedName: '沈*秋',
    })
    expect(await read('711001120143221573602495')).toMatchObject({ code: 'NOT_ACCESS' })
    expect(asked).toEqual([IDENTITY])
  })

  it.each([
    ['GATE_NOT_PERMITTED', 'NOT_ACCESS'],
    ['IDENTITY_CODE_INVALID', 'IDENTITY_CODE_INVALID'],
  ])('that only identify, where the core says %s: %s', async (code, expected) => {
    kit.script.read = async () => ({ ...refused, refusal: 'NOT_ACCESS' })
    const message = { 'zh-CN': '身份码无效', en: 'Unknown' }
    kit.script.checkIdentity = async () => ({
      kind: 'refused',
      code,
      message,
      retryable: false,
      requestId: 'r',
    })
    expect(await read(IDENTITY)).toMatchObject({ kind: 'refused', code: expected })
  })

  it.each([
    ['no text', {}, 'application/json', 400],
    ['more than was asked', { text: 'x', gate: 'y' }, 'application/json', 400],
    ['a form of another site', { text: 'x' }, 'text/plain', 415],
    ['too much', { text: 'x'.repeat(5_000) }, 'application/json', 413],
  ])('are refused with %s', async (_, body, type, status) => {
    expect((await send('POST', `/gates/${GATE}/codes`, body, type)).status).toBe(status)
  })

  it('are unknown at another gate', async () => {
    expect((await send('POST', '/gates/nowhere/codes', { text: 'x' })).status).toBe(404)
    expect((await app.request('/gates/nowhere')).status).toBe(404)
  })
})

describe('the plug', () => {
  const plug = async (isConnected: boolean) =>
    (await send('PUT', `/gates/${GATE}/network`, { isConnected })).json()

  it('opens the gate anew without a core, by the same folder, and back', async () => {
    expect(await plug(false)).toMatchObject({ isCut: true, online: false })
    expect(kit.opens).toHaveLength(2)
    expect(kit.opens[0]?.isClosed).toBe(true)
    expect(kit.opens[1]?.options).not.toHaveProperty('core')
    expect(kit.opens[1]?.options.dir).toBe(`/data/gates/${GATE}`)
    expect(await plug(false)).toMatchObject({ isCut: true })
    expect(kit.opens).toHaveLength(2)
    expect(await plug(true)).toMatchObject({ isCut: false, online: true })
    expect(kit.opens.map(({ isClosed }) => isClosed)).toEqual([true, true, false])
    await rack.close()
    expect(kit.opens[2]?.isClosed).toBe(true)
  })

  it('says so when what is asked makes no sense', async () => {
    const put = (path: string, body: unknown) => send('PUT', path, body)
    expect((await put(`/gates/${GATE}/network`, { isConnected: 1 })).status).toBe(400)
    expect((await put('/gates/nowhere/network', { isConnected: true })).status).toBe(404)
  })
})
