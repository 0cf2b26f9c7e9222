// @vitest-environment happy-dom
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SignedIn } from '../ecode.ts'

const BFF = 'https://pay.school.edu'
const PAGE = 'https://www.school.edu/card?from=menu'
const WECHAT = 'https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1#wechat_redirect'
const TICKET = `1001${'t'.repeat(43)}`
const THUMBPRINT = 'p'.repeat(43)
const phones = {
  wechat: 'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.68',
  miniProgram: 'Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0.68 miniProgram/wx1',
  browser: 'Mozilla/5.0 (Linux; Android 14) Chrome/142.0 Mobile Safari/537.36',
}

/** What the BFF is asked, and what it says to it. */
let asked: { path: string; body: Record<string, string> }[]
let answers: Record<string, (body: Record<string, string>) => [status: number, body: object]>
let left: string[]
let stored: Map<string, string> | undefined

/** A page that has just been loaded at this address: nothing of an earlier one but the tab's storage. */
async function load(address = PAGE): Promise<() => Promise<SignedIn>> {
  vi.resetModules()
  history.replaceState(null, '', address)
  const { signIn } = await import('./sign-in.ts')
  return () => signIn({ school: '1001', baseUrl: BFF })
}

const here = (phone: keyof typeof phones) =>
  vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue(phones[phone])
const isLeft = () => expect.poll(() => left.length).toBeGreaterThan(0)
const paths = () => asked.map(({ path }) => path)
const refusal = (code: string, status = 403): [number, object] => [
  status,
  { code, retryable: false, message: { en: code, 'zh-CN': code }, requestId: 'r1' },
]

beforeEach(() => {
  const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
  happyDOM.setURL(PAGE)
  asked = []
  left = []
  stored = new Map()
  answers = {
    '/v1/sign-ins/wechat': () => [201, { authoriseUrl: WECHAT, expiresAt: '' }],
    '/v1/tickets/redeem': () => [200, { subject: 'person-1', refreshToken: 'first' }],
    '/v1/sessions/refresh': ({ refreshToken }) => [
      200,
      { token: 'token', expiresAt: '2026-11-23T12:00:00Z', refreshToken: `${refreshToken}+` },
    ],
  }
  vi.stubGlobal('fetch', async (url: string, { body }: { body: string }) => {
    const path = url.replace(BFF, '')
    asked.push({ path, body: JSON.parse(body) })
    const [status, answer] = answers[path]?.(JSON.parse(body)) ?? [404, {}]
    return new Response(JSON.stringify(answer), { status })
  })
  vi.stubGlobal('sessionStorage', {
    getItem(key: string) {
      if (!stored) throw new DOMException('blocked', 'SecurityError')
      return stored.get(key) ?? null
    },
    setItem(key: string, value: string) {
      if (!stored) throw new DOMException('blocked', 'SecurityError')
      stored.set(key, value)
    },
  })
  vi.spyOn(location, 'replace').mockImplementation((url) => void left.push(String(url)))
  vi.spyOn(location, 'reload').mockImplementation(() => void left.push('reload'))
  here('browser')
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a ticket in the address', () => {
  test('is taken out of it before anything is asked, and redeemed with a verifier', async () => {
    const signIn = await load(`${PAGE}#t=${TICKET}`)
    answers['/v1/tickets/redeem'] = () => {
      expect(location.href).toBe(PAGE)
      return [200, { subject: 'person-1', refreshToken: 'first' }]
    }
    const { subject } = await signIn()
    expect(subject).toBe('person-1')
    expect(asked).toEqual([
      {
        path: '/v1/tickets/redeem',
        body: { ticket: TICKET, verifier: expect.stringMatching(/^[\w-]{43}$/) },
      },
    ])
  })

  test('leaves the rest of the fragment where it is', async () => {
    await (await load(`${PAGE}#/home&t=${TICKET}&ecode-host=x`))()
    expect(location.href).toBe(`${PAGE}#/home&ecode-host=x`)
  })

  test('that is none is the page’s own', async () => {
    const signIn = await load(`${PAGE}#t=1:30`)
    await expect(signIn()).rejects.toMatchObject({ code: 'SIGN_IN_IMPOSSIBLE' })
    expect(location.hash).toBe('#t=1:30')
  })

  test('is asked for once, however often the page signs in', async () => {
    const signIn = await load(`${PAGE}#t=${TICKET}`)
    const [one, two] = await Promise.all([signIn(), signIn()])
    expect(one).toBe(two)
    expect(paths()).toEqual(['/v1/tickets/redeem'])
  })

  test('survives a reload within its minute, with the same verifier', async () => {
    await (await load(`${PAGE}#t=${TICKET}`))()
    await (await load())()
    expect(asked[1]).toEqual(asked[0])
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000)
    await expect((await load())()).rejects.toMatchObject({ code: 'SIGN_IN_IMPOSSIBLE' })
  })

  test('is redeemed where the page has no storage', async () => {
    stored = undefined
    await expect((await load(`${PAGE}#t=${TICKET}`))()).resolves.toMatchObject({
      subject: 'person-1',
    })
  })

  test('whose answer is lost is redeemed again by the same verifier', async () => {
    let lost = 1
    answers['/v1/tickets/redeem'] = () => {
      if (lost--) throw new TypeError('Failed to fetch')
      return [200, { subject: 'person-1', refreshToken: 'first' }]
    }
    await (await load(`${PAGE}#t=${TICKET}`))()
    expect(asked[1]).toEqual(asked[0])
  })

  test('that is used or too old fails outside WeChat, with what finds it in the logs', async () => {
    answers['/v1/tickets/redeem'] = () => refusal('TICKET_INVALID')
    await expect((await load(`${PAGE}#t=${TICKET}`))()).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
      retryable: false,
      requestId: 'r1',
    })
  })

  test('of another school is not redeemed', async () => {
    await expect((await load(`${PAGE}#t=1002${TICKET.slice(4)}`))()).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
    })
    expect([asked, location.hash]).toEqual([[], ''])
  })

  test('that comes to a page which is open loads it anew', async () => {
    await (await load(`${PAGE}#t=${TICKET}`))()
    history.replaceState(null, '', `${PAGE}#t=${TICKET}`)
    window.dispatchEvent(new Event('hashchange'))
    // By each page that this test file has loaded into its one window.
    expect(new Set(left)).toEqual(new Set(['reload']))
  })
})

describe('in WeChat', () => {
  beforeEach(() => void here('wechat'))

  test('the page is left once, and comes back with a ticket that only it can redeem', async () => {
    void (await load(`${PAGE}#/home`))()
    await isLeft()
    expect(left).toEqual([WECHAT])
    // Whatever the page's own policy: without its origin the core leads nobody on.
    expect(document.querySelector<HTMLMetaElement>('meta[name=referrer]')?.content).toBe('origin')
    const [begun] = asked
    expect(begun?.body).toMatchObject({ schoolId: '1001', returnTo: PAGE })

    const { subject } = await (await load(`${PAGE}#t=${TICKET}`))()
    expect(subject).toBe('person-1')
    const { verifier } = asked[1]?.body ?? {}
    const challenge = createHash('sha256').update(String(verifier)).digest('base64url')
    expect(begun?.body.challenge).toBe(challenge)
    // Where a page's own router was.
    expect(location.href).toBe(`${PAGE}#/home`)
  })

  test('what comes back to the page for paying is there for the widget, and not kept (R27)', async () => {
    const token = 'T'.repeat(43)
    // Back from WeChat, a minute after signing in: signed in anew, by the same way.
    void (await load(`${PAGE}#/card?wechat=${token}`))()
    await isLeft()
    await (await load(`${PAGE}#t=${TICKET}`))()
    expect(location.href).toBe(`${PAGE}#/card?wechat=${token}`)
    expect([...(stored?.values() ?? [])].join()).not.toContain(token)
    await (await load(`${PAGE}#t=${TICKET}`))()
    expect(location.href).toBe(PAGE)
  })

  test('the password page’s “cancel” is told, and the next attempt begins anew', async () => {
    const signIn = await load(`${PAGE}#t=cancelled`)
    await expect(signIn()).rejects.toMatchObject({ code: 'SIGN_IN_FAILED', retryable: true })
    expect([asked, location.hash]).toEqual([[], ''])
    void signIn()
    await isLeft()
  })

  test('“unavailable” is told, “again” begins anew', async () => {
    await expect((await load(`${PAGE}#t=unavailable`))()).rejects.toMatchObject({ retryable: true })
    void (await load(`${PAGE}#t=again`))()
    await isLeft()
    expect(paths()).toEqual(['/v1/sign-ins/wechat'])
  })

  test('it goes round twice at most, then says so, and can be asked again', async () => {
    for (const round of [1, 2]) {
      void (await load())()
      await expect.poll(() => left).toHaveLength(round)
    }
    const signIn = await load()
    await expect(signIn()).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' })
    expect(left).toHaveLength(2)
    void signIn()
    await expect.poll(() => left).toHaveLength(3)
  })

  test('a ticket that is used or too old begins anew', async () => {
    answers['/v1/tickets/redeem'] = () => refusal('TICKET_INVALID')
    void (await load(`${PAGE}#t=${TICKET}`))()
    await isLeft()
    expect(paths()).toEqual(['/v1/tickets/redeem', '/v1/sign-ins/wechat'])
  })

  test('a page that keeps nothing does not set out: it would go round for ever', async () => {
    stored = undefined
    await expect((await load())()).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
      retryable: false,
    })
    expect([left, asked]).toEqual([[], []])
  })

  test('a school without it says so', async () => {
    answers['/v1/sign-ins/wechat'] = () => refusal('WECHAT_SIGN_IN_NOT_OFFERED')
    await expect((await load())()).rejects.toMatchObject({ code: 'SIGN_IN_IMPOSSIBLE' })
  })

  test('no network fails, and may be tried again', async () => {
    answers['/v1/sign-ins/wechat'] = () => {
      throw new TypeError('Failed to fetch')
    }
    await expect((await load())()).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
      retryable: true,
    })
  })

  test('a page that was kept whole and is gone back to fails, and may be tried again', async () => {
    const pending = (await load())()
    const settled = expect(pending).rejects.toMatchObject({ retryable: true })
    await isLeft()
    const shown = (persisted: boolean) =>
      window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }))
    shown(false)
    shown(true)
    await settled
  })

  test('without WebCrypto it says that the page must be on https', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    await expect((await load())()).rejects.toMatchObject({ code: 'ENGINE_UNSUPPORTED' })
  })
})

describe('elsewhere', () => {
  test.each(['browser', 'miniProgram'] as const)(
    '%s: there is no way without a ticket',
    async (phone) => {
      here(phone)
      await expect((await load())()).rejects.toMatchObject({
        code: 'SIGN_IN_IMPOSSIBLE',
        retryable: false,
      })
      expect(asked).toEqual([])
    },
  )

  test('options that cannot work are refused', async () => {
    vi.resetModules()
    const { signIn } = await import('./sign-in.ts')
    for (const options of [{ school: '1' }, { school: '1001', baseUrl: 'pay' }]) {
      await expect(signIn(options)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' })
    }
  })
})

describe('sessions', () => {
  test('are refreshed one at a time, each with what the one before brought', async () => {
    const { session } = await (await load(`${PAGE}#t=${TICKET}`))()
    const [one, two] = await Promise.all([session(THUMBPRINT), session(THUMBPRINT)])
    await session(THUMBPRINT)
    expect(one).toEqual({ token: 'token', expiresAt: '2026-11-23T12:00:00Z' })
    expect(two).toBe(one)
    expect(asked.slice(1)).toEqual([
      { path: '/v1/sessions/refresh', body: { refreshToken: 'first', thumbprint: THUMBPRINT } },
      { path: '/v1/sessions/refresh', body: { refreshToken: 'first+', thumbprint: THUMBPRINT } },
    ])
  })

  test('nothing of them is written anywhere', async () => {
    const { session } = await (await load(`${PAGE}#t=${TICKET}`))()
    await session(THUMBPRINT)
    expect([...(stored?.values() ?? [])].join()).not.toMatch(/first|token/)
  })

  test('no network leaves the sign-in as it is', async () => {
    const { session } = await (await load(`${PAGE}#t=${TICKET}`))()
    const refresh = answers['/v1/sessions/refresh']
    answers['/v1/sessions/refresh'] = () => {
      throw new TypeError('Failed to fetch')
    }
    await expect(session(THUMBPRINT)).rejects.toThrow('Failed to fetch')
    answers['/v1/sessions/refresh'] = refresh as never
    await expect(session(THUMBPRINT)).resolves.toMatchObject({ token: 'token' })
  })

  test('whose first answer was lost are opened by redeeming the ticket again, within its minute', async () => {
    const { session } = await (await load(`${PAGE}#t=${TICKET}`))()
    let spent = false
    answers['/v1/tickets/redeem'] = () => [200, { subject: 'person-1', refreshToken: 'second' }]
    answers['/v1/sessions/refresh'] = ({ refreshToken }) => {
      if (refreshToken !== 'first') return [200, { token: 't2', expiresAt: '', refreshToken: 'x' }]
      // The BFF has taken it, and the network lost what it said.
      if (spent) return refusal('SIGN_IN_ENDED', 401)
      spent = true
      throw new TypeError('Failed to fetch')
    }
    await expect(session(THUMBPRINT)).rejects.toThrow('Failed to fetch')
    await expect(session(THUMBPRINT)).resolves.toMatchObject({ token: 't2' })
    expect(asked[3]).toEqual(asked[0])
  })

  test('end, and are not asked for again; in WeChat they can begin anew', async () => {
    here('wechat')
    const { session } = await (await load(`${PAGE}#t=${TICKET}`))()
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000)
    answers['/v1/sessions/refresh'] = () => refusal('SIGN_IN_ENDED', 401)
    const [ended] = await Promise.allSettled([session(THUMBPRINT)])
    await expect(session(THUMBPRINT)).rejects.toMatchObject({ code: 'SIGN_IN_ENDED' })
    expect(paths().filter((path) => path.endsWith('refresh'))).toHaveLength(1)
    ;(ended as PromiseRejectedResult).reason.signInAgain()
    await isLeft()
    expect(left).toEqual([WECHAT])
  })

  test('that ended elsewhere leave it to the host', async () => {
    const { session } = await (await load(`${PAGE}#t=${TICKET}`))()
    answers['/v1/tickets/redeem'] = () => refusal('TICKET_INVALID')
    answers['/v1/sessions/refresh'] = () => refusal('SIGN_IN_ENDED', 401)
    await expect(session(THUMBPRINT)).rejects.toMatchObject({
      code: 'SIGN_IN_ENDED',
      signInAgain: undefined,
    })
  })
})
