import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { HandledCall } from '../answer-call.ts'
import { realNameKey, TestSandbox, testKey } from '../testing/test-sandbox.ts'
import type { FaceEntry } from './face-book.ts'

const RETURN_TO = 'https://school.example/card?tab=wallet'
const REFERENCE = 'face-1001-0197'

/** A core that notes what it is told, and answers as the test says. */
let told: { reference: string; result: string; at: number }[] = []
let answers: ('cut' | 'unsigned' | number)[] = []
let core: Server
let coreUrl: string
let sandbox: TestSandbox

beforeEach(async () => {
  told = []
  answers = []
  core = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { method = '', url: target = '', headers } = incoming
    const verified = await verifyRequest({
      ...{ method, target, headers, body, origin: coreUrl, nowMs: Date.now() },
      findKey: (keyId) => (keyId === realNameKey.keyId ? realNameKey : undefined),
    })
    if (!verified.ok || target !== '/v1/face-checks/results') {
      return void outgoing.writeHead(401).end()
    }
    told.push({ ...JSON.parse(body.toString()), at: Date.now() })
    const answer = answers.shift() ?? 200
    if (answer === 'cut') return void incoming.socket.destroy()
    const status = answer === 'unsigned' ? 200 : answer
    const type = { 'content-type': 'application/json' }
    const signed = signResponse({
      ...{ status, headers: type, body: '{}', nowMs: Date.now() },
      requestSignature: verified.signature,
      key: answer === 'unsigned' ? testKey : realNameKey,
    })
    outgoing.writeHead(status, { ...type, ...signed.headers }).end('{}')
  })
  await new Promise<void>((done) => core.listen(0, '127.0.0.1', done))
  coreUrl = `http://127.0.0.1:${(core.address() as AddressInfo).port}`
  sandbox = await TestSandbox.open({ bank: [], oneCard: [] }, coreUrl)
})
afterEach(async () => {
  await sandbox.remove()
  core.closeAllConnections()
  core.close()
})

const later = (ms: number) => new Date(Date.now() + ms).toISOString()
const call = (method: 'GET' | 'POST', path: string, content?: unknown, key = realNameKey) =>
  sandbox.call(sandbox.urls.url, method, `/real-name/v1/face-checks${path}`, content, key)
function start(change: object = {}) {
  return call('POST', '', {
    ...{ reference: REFERENCE, name: '林知夏', idNumber: '990101200506121246' },
    ...{ returnTo: RETURN_TO, locale: 'zh-CN', expiresAt: '2099-01-01T00:00:00.000Z', ...change },
  })
}
const query = (reference = REFERENCE) => call('GET', `/${reference}`)
const choose = (pageUrl: string, act: string) =>
  fetch(pageUrl, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ act }) })
const waitTold = (times = 1) => vi.waitFor(() => expect(told).toHaveLength(times), 10_000)
const journal = () => sandbox.read<FaceEntry>('/real-name/journal')

describe('a face check', () => {
  test('starts once per reference, refuses other content under it, and knows no other', async () => {
    const first = await start({ expiresAt: '2098-01-01T00:00:00.000Z' })
    expect(first).toMatchObject({ status: 200, body: { reference: REFERENCE, result: 'PENDING' } })
    expect(first.body.pageUrl).toMatch(/\/real-name\/checks\/[\w-]{43}$/)
    expect(await start({ expiresAt: '2098-01-01T00:00:00.000Z' })).toEqual(first)
    expect(await query()).toEqual(first)
    const other = await start()
    expect(other).toEqual({ status: 409, body: { error: 'REFERENCE_REUSED' } })
    expect(await query('face-1001-none')).toEqual({ status: 404, body: { error: 'NOT_FOUND' } })
    const left = Date.parse(first.body.expiresAt) - Date.now()
    expect(Math.abs(left - 300_000)).toBeLessThan(5_000)
    expect((await start({ reference: 'bad' })).body).toEqual({ error: 'BAD_REQUEST' })
  })

  test.each([
    ['pass', 'PASSED'],
    ['fail', 'FAILED'],
    ['leave', 'EXPIRED'],
  ])('%s: ends, tells the core and leads back', async (act, result) => {
    const { pageUrl } = (await start()).body
    const response = await choose(pageUrl, act)
    expect([response.status, response.headers.get('location')]).toEqual([303, RETURN_TO])
    await waitTold()
    expect(told).toMatchObject([{ reference: REFERENCE, result }])
    expect((await query()).body).toMatchObject({ result, pageUrl: null })
    await vi.waitFor(async () => expect((await journal()).at(-1)?.kind).toBe('told'), 10_000)
    // Once over, it stays as it is, and its page says how it ended.
    const again = await choose(pageUrl, act === 'pass' ? 'fail' : 'pass')
    expect(again.headers.get('location')).toBe(new URL(pageUrl).pathname)
    expect((await query()).body.result).toBe(result)
    expect(await (await fetch(pageUrl)).text()).toContain('返回校园卡')
    expect(told).toHaveLength(1)
  })

  test('ends by itself when its time is up, and says so', async () => {
    const { pageUrl } = (await start({ expiresAt: later(400) })).body
    await waitTold()
    expect(told).toMatchObject([{ result: 'EXPIRED' }])
    expect((await query()).body.result).toBe('EXPIRED')
    await choose(pageUrl, 'pass')
    expect((await query()).body.result).toBe('EXPIRED')
  })

  test('notes nothing of a person, and is the provider’s key’s alone', async () => {
    const { pageUrl } = (await start()).body
    await choose(pageUrl, 'pass')
    const written = JSON.stringify([
      await journal(),
      await sandbox.read<HandledCall>('/real-name/calls'),
    ])
    for (const secret of ['林知夏', '990101200506121246', pageUrl.split('/').at(-1)]) {
      expect(written).not.toContain(secret)
    }
    await expect(call('GET', `/${REFERENCE}`, undefined, testKey)).rejects.toThrow('401')
  })

  test('survives a restart, and tells what the core had not heard', async () => {
    const { pageUrl } = (await start()).body
    const other = (await start({ reference: 'face-1001-0198' })).body
    answers = Array(20).fill('cut')
    await choose(pageUrl, 'pass')
    await waitTold()
    await sandbox.stop()
    answers = []
    told = []
    await sandbox.start()
    await waitTold()
    expect(told).toMatchObject([{ reference: REFERENCE, result: 'PASSED' }])
    expect((await query()).body.result).toBe('PASSED')
    const after = (await query('face-1001-0198')).body
    const path = (url: string) => new URL(url).pathname
    expect(path(after.pageUrl)).toBe(path(other.pageUrl))
  })
})

describe('the page', () => {
  test('speaks the person’s language, or the other, and is nobody’s frame', async () => {
    const { pageUrl } = (await start({ locale: 'en' })).body
    const page = await fetch(pageUrl)
    expect(await page.text()).toContain('Look into the camera')
    expect(await (await fetch(`${pageUrl}?lang=zh-CN`)).text()).toContain('请正对镜头')
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  test('is not there for another token, nor another choice', async () => {
    const { pageUrl } = (await start()).body
    const elsewhere = pageUrl.replace(/.{4}$/, 'AAAA')
    expect((await fetch(elsewhere)).status).toBe(404)
    expect((await choose(elsewhere, 'pass')).status).toBe(404)
    expect((await choose(pageUrl, 'perhaps')).status).toBe(404)
    expect((await query()).body.result).toBe('PENDING')
  })
})

describe('what the core is told', () => {
  test('is told again until a signed answer says that it was taken', async () => {
    answers = ['cut', 'unsigned', 503]
    const { pageUrl } = (await start()).body
    await choose(pageUrl, 'pass')
    await waitTold(4)
    await vi.waitFor(async () => expect((await journal()).at(-1)?.kind).toBe('told'), 10_000)
    expect(new Set(told.map(({ result }) => result))).toEqual(new Set(['PASSED']))
  })

  test('is not told again where the core knows no such check', async () => {
    answers = [404]
    const { pageUrl } = (await start()).body
    await choose(pageUrl, 'pass')
    await waitTold()
    await new Promise((done) => setTimeout(done, 800))
    expect(told).toHaveLength(1)
  })

  test('callback_lost: never by itself; it can be asked for', async () => {
    await sandbox.setFault('real-name', 'callback_lost', { count: 1 })
    const { pageUrl } = (await start()).body
    await choose(pageUrl, 'pass')
    expect((await query()).body.result).toBe('PASSED')
    await new Promise((done) => setTimeout(done, 300))
    expect(told).toEqual([])
    const second = (await start({ reference: 'face-1001-0198' })).body
    await choose(second.pageUrl, 'fail')
    await waitTold()
  })

  test('callback_twice: twice at once', async () => {
    await sandbox.setFault('real-name', 'callback_twice')
    const { pageUrl } = (await start()).body
    await choose(pageUrl, 'pass')
    await waitTold(2)
    await vi.waitFor(async () => {
      const kinds = (await journal()).map(({ kind }) => kind)
      expect(kinds).toEqual(['started', 'decided', 'told'])
    }, 10_000)
  })

  test('callback_first: before the person is led back; callback_late: long after', async () => {
    await sandbox.setFault('real-name', 'callback_first')
    const first = (await start()).body
    await choose(first.pageUrl, 'pass')
    expect(told).toHaveLength(1)
    await sandbox.setFault('real-name', 'callback_late', { delayMs: 500 })
    const second = (await start({ reference: 'face-1001-0198' })).body
    await choose(second.pageUrl, 'pass')
    const backAt = Date.now()
    await waitTold(2)
    expect((told[1]?.at ?? 0) - backAt).toBeGreaterThan(300)
  })
})

describe('faults', () => {
  test('slow answers late, silent not at all, down cuts', async () => {
    await sandbox.setFault('real-name', 'slow', { count: 1, delayMs: 300 })
    const startedAt = Date.now()
    expect((await start()).status).toBe(200)
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300)
    await sandbox.setFault('real-name', 'silent', { count: 1 })
    await expect(query()).rejects.toMatchObject({ name: 'TimeoutError' })
    await sandbox.setFault('real-name', 'down')
    await expect(query()).rejects.toThrow('fetch failed')
    await sandbox.setFault('real-name', 'none')
    expect((await query()).status).toBe(200)
    expect((await sandbox.postFault({ service: 'real-name', fault: 'decline' })).status).toBe(400)
    expect((await sandbox.postFault({ service: 'bank', fault: 'callback_lost' })).status).toBe(400)
  })

  test('is not there where nothing is set for it', async () => {
    const without = await TestSandbox.open({ bank: [], oneCard: [] })
    const key = createSigningKey({
      ...{ keyId: 'face-1', algorithm: 'hmac-sha256' as const },
      secret: Buffer.alloc(32, 9).toString('base64url'),
    })
    const target = '/real-name/v1/face-checks/face-1001-0197'
    await expect(without.call(without.urls.url, 'GET', target, undefined, key)).rejects.toThrow(
      '404',
    )
    await without.remove()
  })
})
