import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCell } from '../cell.ts'
import type { Trouble } from './answer.ts'
import { createApi } from './api.ts'
import { createClock } from './clock.ts'
import { createSessionKeeper } from './session-keeper.ts'
import { BASE_URL, createFakeBff } from './testing/fake-bff.ts'
import { settle, usePhone } from './testing/phone.ts'

let bff: ReturnType<typeof createFakeBff>
let troubles: Trouble[]

beforeEach(() => {
  bff = createFakeBff()
  troubles = []
  usePhone(bff)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function open() {
  const clock = createClock()
  const online = createCell(true)
  const onTrouble = (trouble: Trouble) => void troubles.push(trouble)
  const session = createSessionKeeper(bff.session, clock, onTrouble)
  return { api: createApi(BASE_URL, session, clock, online, onTrouble), clock, online }
}

test('a request carries token and proof, and nothing of them in its address', async () => {
  const { api } = open()
  const fetched = vi.spyOn(bff, 'fetch')
  vi.stubGlobal('fetch', bff.fetch)
  expect(await api.call('getCard', {})).toMatchObject({ ok: true, value: { status: 'active' } })
  const [url, init] = fetched.mock.calls[0] ?? []
  expect(url).toBe('https://bff.test/v1/me/card')
  expect(init).toMatchObject({ credentials: 'omit', cache: 'no-store', redirect: 'error' })
  expect(bff.requests[0]?.headers.get('authorization')).toBe('DPoP session-1')
})

test('path and query are filled in and escaped', async () => {
  const { api } = open()
  bff.on('GET /bill', () => ({ month: '2026-09', outFen: 0, inFen: 0, entries: [], next: null }))
  await api.call('getBill', { query: { month: '2026-09', cursor: 'a&b' } })
  expect(String(bff.requests[0]?.query)).toBe('month=2026-09&cursor=a%26b')
  await api.call('removeDevice', { deviceId: 'a/b?c' })
  expect(bff.requests[1]?.route).toBe('DELETE /devices/a%2Fb%3Fc')
})

test.each(['SESSION_EXPIRED', 'SESSION_INVALID'] as const)(
  '%s is answered by a new session and one more attempt',
  async (refusal) => {
    const { api } = open()
    let first = true
    bff.on('GET /card', () => {
      const refused = first && bff.refuse(refusal)
      first = false
      return refused || bff.card
    })
    expect(await api.call('getCard', {})).toMatchObject({ ok: true })
    expect(bff.sessionsOpened).toBe(2)
    expect(troubles).toEqual([])
  },
)

test('a session that stays refused is reported after the second attempt', async () => {
  const { api } = open()
  bff.on('GET /card', () => bff.refuse('SESSION_INVALID'))
  expect(await api.call('getCard', {})).toMatchObject({
    ok: false,
    trouble: { code: 'SESSION_INVALID', status: 401, requestId: 'request-1' },
  })
  expect(bff.count('GET /card')).toBe(2)
  expect(troubles).toHaveLength(1)
})

test.each([-3_600_000, 3_600_000])(
  'a phone that is wrong by %d ms corrects itself by the answer and passes',
  async (aheadMs) => {
    bff.aheadMs = aheadMs
    const { api, clock } = open()
    expect(await api.call('getCard', {})).toMatchObject({ ok: true })
    expect(bff.count('GET /card')).toBe(2)
    expect(Math.abs(clock.now() - bff.now())).toBeLessThan(1_500)
  },
)

test('a proof that was used already, because the network repeated it, is made anew', async () => {
  const { api } = open()
  let first = true
  bff.on('GET /card', () => {
    const refused = first && bff.refuse('PROOF_REPLAYED')
    first = false
    return refused || bff.card
  })
  expect(await api.call('getCard', {})).toMatchObject({ ok: true })
})

test('a refusal comes with its sentences and is not repeated', async () => {
  const { api } = open()
  bff.on('POST /codes', () => bff.refuse('CARD_LOCKED'))
  const answer = await api.call('issueCode', { body: { account: 'wallet', revealed: false } })
  expect(answer).toMatchObject({
    ok: false,
    trouble: {
      code: 'CARD_LOCKED',
      status: 403,
      retryable: false,
      sentences: { 'zh-CN': expect.any(String), en: expect.any(String) },
    },
  })
  expect(bff.count('POST /codes')).toBe(1)
})

test('a lost network is told once, as is its return', async () => {
  const { api, online } = open()
  await api.call('getCard', {})
  bff.online = false
  expect(await api.call('getCard', {})).toMatchObject({ trouble: { code: 'NETWORK_LOST' } })
  expect(await api.call('getCard', {})).toMatchObject({ trouble: { retryable: true, status: 0 } })
  expect(online.value).toBe(false)
  expect(troubles.map(({ code }) => code)).toEqual(['NETWORK_LOST'])
  bff.online = true
  await api.call('getCard', {})
  expect(online.value).toBe(true)
})

test('an answer that does not come is given up after ten seconds, and its request ended', async () => {
  const { api } = open()
  let ended = false
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    init.signal?.addEventListener('abort', () => {
      ended = true
    })
    return new Promise(() => {})
  })
  const answer = api.call('getCard', {})
  await settle()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await answer).toMatchObject({ trouble: { code: 'NETWORK_LOST' } })
  expect(ended).toBe(true)
})

test.each([
  [200, 'NETWORK_LOST'],
  [404, 'BAD_REQUEST'],
  [502, 'CORE_UNREACHABLE'],
] as const)('a page of somebody in between, with status %d, is %s', async (status, code) => {
  const { api } = open()
  bff.on('GET /card', () => new Response('<html>sign in to the Wi-Fi</html>', { status }))
  expect(await api.call('getCard', {})).toMatchObject({ ok: false, trouble: { code } })
})
