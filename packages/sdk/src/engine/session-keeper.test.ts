import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../options.ts'
import type { Trouble } from './answer.ts'
import { createClock, type ServerClock } from './clock.ts'
import { createSessionKeeper } from './session-keeper.ts'
import { settle, until, watchCrypto } from './testing/phone.ts'

let clock: ServerClock
let troubles: Trouble[]
let opened: number

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  watchCrypto()
  clock = createClock()
  clock.observe(Date.now(), Date.now(), Date.now(), 1)
  troubles = []
  opened = 0
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function provide(): Promise<Session> {
  opened++
  return { token: `t${opened}`, expiresAt: new Date(clock.now() + 600_000).toISOString() }
}

function keep(provider: (thumbprint: string) => Promise<Session>) {
  return createSessionKeeper(provider, clock, (trouble) => void troubles.push(trouble))
}

async function tokenOf(keeper: ReturnType<typeof keep>) {
  const answer = await keeper.credentials()
  return answer.ok ? answer.value.token : answer.trouble.code
}

test('one renewal serves everybody who waits, and the provider learns the thumbprint', async () => {
  const provider = vi.fn(provide)
  const keeper = keep(provider)
  expect(keeper.state.value).toEqual({ kind: 'opening' })
  expect(await Promise.all([tokenOf(keeper), tokenOf(keeper), tokenOf(keeper)])).toEqual([
    't1',
    't1',
    't1',
  ])
  expect(provider).toHaveBeenCalledTimes(1)
  expect(provider).toHaveBeenCalledWith(expect.stringMatching(/^[\w-]{43}$/))
  expect(keeper.state.value).toEqual({ kind: 'open' })
})

test('says what each session may do, as its provider passed it on (R24)', async () => {
  let scopes: readonly string[] | undefined = ['pay']
  const keeper = keep(async () => ({ ...(await provide()), scopes }))
  await tokenOf(keeper)
  expect(keeper.state.value).toEqual({ kind: 'open', scopes: ['pay'] })
  scopes = ['pay', 'collection']
  keeper.renew()
  await until(() => opened === 2)
  await settle()
  expect(keeper.state.value).toEqual({ kind: 'open', scopes })
})

test('a session is renewed in the last minute without anybody waiting', async () => {
  const keeper = keep(provide)
  await tokenOf(keeper)
  vi.setSystemTime(Date.now() + 535_000)
  expect(await tokenOf(keeper)).toBe('t1')
  expect(opened).toBe(1)
  vi.setSystemTime(Date.now() + 10_000)
  expect(await tokenOf(keeper)).toBe('t1')
  await until(() => opened === 2)
  await settle()
  expect(await tokenOf(keeper)).toBe('t2')
  expect(keeper.state.value).toEqual({ kind: 'open' })
})

test('an expired session is not sent; the next is waited for', async () => {
  const keeper = keep(provide)
  await tokenOf(keeper)
  vi.setSystemTime(Date.now() + 596_000)
  expect(await tokenOf(keeper)).toBe('t2')
})

test('a token the server no longer takes is dropped, and only that one', async () => {
  const keeper = keep(provide)
  await tokenOf(keeper)
  keeper.drop('another')
  expect(await tokenOf(keeper)).toBe('t1')
  keeper.drop('t1')
  expect(await tokenOf(keeper)).toBe('t2')
})

test('a phone whose clock is an hour fast does not renew for ever', async () => {
  clock = createClock()
  const keeper = keep(async () => {
    opened++
    return { token: `t${opened}`, expiresAt: new Date(Date.now() - 3_000_000).toISOString() }
  })
  await tokenOf(keeper)
  expect(await tokenOf(keeper)).toBe('t1')
  expect(opened).toBe(1)
})

describe('a provider that fails', () => {
  const broken: [string, (thumbprint: string) => Promise<Session>][] = [
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['answers nothing', (async () => undefined) as never],
    ['answers without a token', (async () => ({ expiresAt: '2026-09-01T00:00:00Z' })) as never],
    ['answers no instant', async () => ({ token: 't', expiresAt: 'soon' })],
  ]
  test.each(broken)(
    'because it %s is reported once and not asked in a loop',
    async (_, provider) => {
      const asked = vi.fn(provider)
      const keeper = keep(asked)
      expect(await tokenOf(keeper)).toBe('SESSION_PROVIDER_FAILED')
      expect(await tokenOf(keeper)).toBe('SESSION_PROVIDER_FAILED')
      expect(asked).toHaveBeenCalledTimes(1)
      expect(keeper.state.value).toMatchObject({
        kind: 'lost',
        problem: { code: 'SESSION_PROVIDER_FAILED' },
      })
      expect(troubles).toHaveLength(1)
      expect(troubles[0]?.cause).toBeInstanceOf(Error)
    },
  )

  test('by hanging is given up after fifteen seconds', async () => {
    const keeper = keep(() => new Promise(() => {}))
    const token = tokenOf(keeper)
    await settle()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(await token).toBe('SESSION_PROVIDER_FAILED')
  })

  test('is asked again after a while, longer each time, or at once by the person', async () => {
    const provider = vi.fn(() => Promise.reject(new Error('no')))
    const keeper = keep(provider)
    await tokenOf(keeper)
    vi.setSystemTime(Date.now() + 4_000)
    await tokenOf(keeper)
    vi.setSystemTime(Date.now() + 4_000)
    await tokenOf(keeper)
    expect(provider).toHaveBeenCalledTimes(2)
    keeper.use(provide)
    keeper.renew()
    expect(keeper.state.value).toEqual({ kind: 'opening' })
    await until(() => keeper.state.value.kind === 'open')
    expect(await tokenOf(keeper)).toBe('t1')
  })

  test('while the old session lives takes nothing from the person', async () => {
    const keeper = keep(provide)
    await tokenOf(keeper)
    keeper.use(() => Promise.reject(new Error('no')))
    vi.setSystemTime(Date.now() + 550_000)
    expect(await tokenOf(keeper)).toBe('t1')
    await settle()
    expect(keeper.state.value).toEqual({ kind: 'open' })
    expect(troubles).toEqual([])
    vi.setSystemTime(Date.now() + 60_000)
    expect(await tokenOf(keeper)).toBe('SESSION_PROVIDER_FAILED')
    expect(keeper.state.value.kind).toBe('lost')
  })

  test.each(['Failed to fetch', 'Load failed', 'NetworkError when attempting to fetch resource.'])(
    'for want of a network (%s) says so and loses no session',
    async (message) => {
      const keeper = keep(() => Promise.reject(new TypeError(message)))
      expect(await tokenOf(keeper)).toBe('NETWORK_LOST')
      expect(keeper.state.value).toEqual({ kind: 'opening' })
      expect(troubles).toEqual([])
    },
  )
})

test('after sign-out there are no credentials, also for a renewal under way', async () => {
  let finish = (_: Session) => {}
  const keeper = keep(
    () =>
      new Promise((resolve) => {
        finish = resolve
      }),
  )
  const token = tokenOf(keeper)
  await settle()
  keeper.end()
  finish({ token: 't', expiresAt: new Date(Date.now() + 600_000).toISOString() })
  expect(await token).toBe('SESSION_MISSING')
  expect(await tokenOf(keeper)).toBe('SESSION_MISSING')
  keeper.renew()
  expect(keeper.state.value).toEqual({ kind: 'signed_out' })
})
