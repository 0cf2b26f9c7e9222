import { createHash, randomBytes } from 'node:crypto'
import { allScopes, type Scope } from '@campus-ecode/protocol/sessions'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createRefreshSeal, type RefreshClaims } from './refresh-seal.ts'
import { answerAt, post } from './testing/entry.ts'
import { coreProblem } from './testing/fake-core.ts'
import {
  bffOrigin,
  createPage,
  createPageKey,
  expectProblem,
  pageOrigin,
  school,
} from './testing/page.ts'
import {
  answerSubjects,
  otherSessionKey,
  personId,
  sessionKey,
  startTestBff,
  type TestBff,
} from './testing/test-bff.ts'

const person = `/people/${personId}`
const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')
const ticket = school.id + randomBytes(32).toString('base64url')
const fromPage = { origin: pageOrigin }
const returnTo = `${pageOrigin}/card?screen=pay`
const expiresAt = '2026-11-23T12:00:00.000Z'
/** As the core calls what a sign-in hangs on. */
const binding = '1795430000000000'

let bff: TestBff
let thumbprint: string
beforeAll(async () => {
  bff = await startTestBff()
  thumbprint = (await createPageKey()).jkt
})
afterAll(() => bff.close())
afterEach(() => {
  vi.useRealTimers()
  bff.core.handle = answerSubjects
})

const startSignIn = (body: object = {}, headers: Record<string, string> = fromPage) =>
  post(
    `${bff.url}/v1/sign-ins/wechat`,
    { schoolId: school.id, challenge, returnTo, ...body },
    headers,
  )
const redeem = (body: object = {}, headers: Record<string, string> = fromPage, at = bff) =>
  post(`${at.url}/v1/tickets/redeem`, { ticket, verifier, ...body }, headers)
const refresh = (body: object, headers: Record<string, string> = fromPage) =>
  post(`${bff.url}/v1/sessions/refresh`, { thumbprint, ...body }, headers)

function letTicketsBeGood(channel = 'wechat', origins = [pageOrigin], scopes: Scope[] = allScopes) {
  answerAt(bff.core, '/tickets/redeem', {
    status: 200,
    json: { personId, origins, channel, binding },
  })
  answerAt(bff.core, `${person}/sign-ins/check`, {
    ...{ status: 200, json: { personId, origins, scopes } },
  })
}

interface Refreshed {
  token: string
  expiresAt: string
  refreshToken: string
  scopes: Scope[]
}

async function signIn(at = bff): Promise<{ subject: string; refreshToken: string }> {
  const response = await redeem({}, fromPage, at)
  expect(response.status).toBe(200)
  return (await response.json()) as { subject: string; refreshToken: string }
}

describe('a sign-in by WeChat', () => {
  it('asks the core where to go, for a page that brings the person back to itself (R2b)', async () => {
    const authoriseUrl =
      'https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1#wechat_redirect'
    answerAt(bff.core, '/sign-ins/wechat', { status: 201, json: { authoriseUrl, expiresAt } })
    const response = await startSignIn()
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ authoriseUrl, expiresAt })
    expect(response.headers.get('access-control-allow-origin')).toBe(pageOrigin)
    const body = JSON.parse(bff.core.forwarded().at(-1)?.body ?? '')
    expect(body).toEqual({ challenge, returnTo, bffOrigin })
  })

  it.each([
    ['to another page than itself', { returnTo: 'https://evil.example/' }, fromPage],
    ['from no page at all', {}, {}],
    ['from a page without an origin', {}, { origin: 'null' }],
  ])('brings nobody back %s', async (_, body, headers) => {
    const before = bff.core.calls.length
    await expectProblem(await startSignIn(body, headers), 'ORIGIN_NOT_ALLOWED')
    expect(bff.core.calls.length).toBe(before)
  })

  it.each(['WECHAT_SIGN_IN_NOT_OFFERED', 'RETURN_ADDRESS_NOT_ALLOWED', 'RATE_LIMITED'] as const)(
    'says what the core refuses: %s',
    async (code) => {
      answerAt(bff.core, '/sign-ins/wechat', coreProblem(code))
      await expectProblem(await startSignIn(), code)
    },
  )

  it.each([
    ['returnTo', { returnTo: 'javascript:alert(1)' }],
    ['challenge', { challenge: 'short' }],
    ['schoolId', { schoolId: '../1' }],
  ])('names %s when its form is wrong', async (field, body) => {
    const problem = await expectProblem(await startSignIn(body), 'BAD_REQUEST')
    expect(problem.fields).toEqual([field])
  })

  it('believes no answer but a documented one', async () => {
    answerAt(bff.core, '/sign-ins/wechat', { status: 201, json: { authoriseUrl: 'x' } })
    await expectProblem(await startSignIn(), 'CORE_UNREACHABLE')
  })
})

describe('a ticket', () => {
  it('becomes a name for the person and a refresh token that nobody can read', async () => {
    letTicketsBeGood()
    const { subject, refreshToken } = await signIn()
    expect(subject).toMatch(/^[\w-]{22}$/)
    expect((await signIn()).subject).toBe(subject)
    for (const secret of [personId, ticket, verifier]) {
      expect(subject + refreshToken).not.toContain(secret)
      expect(Buffer.from(refreshToken, 'base64url').toString('latin1')).not.toContain(secret)
    }
    const body = JSON.parse(bff.core.forwarded().at(-1)?.body ?? '')
    expect(body).toEqual({ ticket, verifier })
  })

  it('gets a page elsewhere nothing, and is spent', async () => {
    letTicketsBeGood()
    await expectProblem(await redeem({}, { origin: 'https://evil.example' }), 'ORIGIN_NOT_ALLOWED')
    expect(bff.core.forwarded().at(-1)?.target).toBe('/v1/schools/1001/tickets/redeem')
  })

  it("is redeemed by the BFF's own page too", async () => {
    letTicketsBeGood('school', [])
    expect((await redeem({}, { origin: bffOrigin })).status).toBe(200)
  })

  it.each(['TICKET_INVALID', 'RATE_LIMITED'] as const)('is refused with %s', async (code) => {
    answerAt(bff.core, '/tickets/redeem', coreProblem(code))
    await expectProblem(await redeem(), code)
  })

  it('is not asked about when it is none', async () => {
    const before = bff.core.calls.length
    for (const body of [
      { ticket: 'x' },
      { verifier: `${verifier}A` },
      { ticket: `10a1${ticket}` },
    ]) {
      await expectProblem(await redeem(body), 'BAD_REQUEST')
    }
    expect(bff.core.calls.length).toBe(before)
  })

  it('has no use without the core', async () => {
    answerAt(bff.core, '/tickets/redeem', { status: 200, json: { personId: 'nobody' } })
    await expectProblem(await redeem(), 'CORE_UNREACHABLE')
  })
})

describe('a refresh token', () => {
  it('opens a session for the key that asks, and is asked of the core each time', async () => {
    letTicketsBeGood()
    const key = await createPageKey()
    const { refreshToken } = await signIn()
    const response = await refresh({ refreshToken, thumbprint: key.jkt })
    expect(response.status).toBe(200)
    const session = (await response.json()) as Refreshed
    const seconds = (Date.parse(session.expiresAt) - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(590)
    expect(seconds).toBeLessThanOrEqual(601)
    const page = createPage(bff.url, key, session.token)
    expect((await page.call({ path: '/v1/me/card' })).status).toBe(200)
    const again = await refresh({ refreshToken: session.refreshToken, thumbprint: key.jkt })
    expect(again.status).toBe(200)
    const asked = bff.core.forwarded().filter(({ target }) => target.endsWith('/check'))
    expect(asked.slice(-2).map(({ body }) => JSON.parse(body))).toEqual([
      { channel: 'wechat', binding, scopes: allScopes },
      { channel: 'wechat', binding, scopes: allScopes },
    ])
  })

  it('opens a session for what the core grants and nothing more, and asks anew each time (R24)', async () => {
    const granted = allScopes.filter((scope) => scope !== 'collection')
    const key = await createPageKey()
    const resolve = async ({ token }: Refreshed) =>
      createPage(bff.url, key, token).call({
        ...{ method: 'POST', path: '/v1/me/collections/resolve', body: { number: '1372012247' } },
      })
    const refreshBy = async ({ refreshToken }: { refreshToken: string }) =>
      (await (await refresh({ refreshToken, thumbprint: key.jkt })).json()) as Refreshed
    letTicketsBeGood('wechat', [pageOrigin], granted)
    const narrow = await refreshBy(await signIn())
    expect(narrow.scopes).toEqual(granted)
    const before = bff.core.calls.length
    await expectProblem(await resolve(narrow), 'COLLECTION_NOT_HERE')
    expect(bff.core.calls.length).toBe(before)
    letTicketsBeGood('wechat', [pageOrigin], allScopes)
    const wide = await refreshBy(narrow)
    expect(wide.scopes).toEqual(allScopes)
    expect((await resolve(wide)).status).toBe(200)
    letTicketsBeGood('wechat', [pageOrigin], granted)
    await expectProblem(await resolve(await refreshBy(wide)), 'COLLECTION_NOT_HERE')
  })

  it('opens nothing where the core does not say what for', async () => {
    letTicketsBeGood()
    const { refreshToken } = await signIn()
    const json = { personId, origins: [pageOrigin] }
    answerAt(bff.core, `${person}/sign-ins/check`, { status: 200, json })
    await expectProblem(await refresh({ refreshToken }), 'CORE_UNREACHABLE')
  })

  it('of a sign-in lets the core remember it, so that it is good once for any key', async () => {
    letTicketsBeGood()
    const first = (await (await refresh(await signIn().then(pickToken))).json()) as Refreshed
    const once = bff.core.forwarded().at(-1)?.headers['ecode-proof-jti']
    expect(once).toMatch(/^[\w-]{22}$/)
    await refresh({ refreshToken: first.refreshToken })
    expect(bff.core.forwarded().at(-1)?.headers['ecode-proof-jti']).toBeUndefined()
    const { refreshToken } = await signIn()
    answerAt(bff.core, `${person}/sign-ins/check`, coreProblem('PROOF_REPLAYED'))
    await expectProblem(await refresh({ refreshToken }), 'SIGN_IN_ENDED')
  })

  it('takes no other key later on', async () => {
    letTicketsBeGood()
    const first = (await (await refresh(await signIn().then(pickToken))).json()) as Refreshed
    const { jkt } = await createPageKey()
    const stolen = await refresh({ refreshToken: first.refreshToken, thumbprint: jkt })
    await expectProblem(stolen, 'SIGN_IN_ENDED')
  })

  it('lives a minute at first, and then as long as the sign-in: half a day by WeChat', async () => {
    letTicketsBeGood()
    vi.useFakeTimers({ toFake: ['Date'] })
    const own = await startTestBff({}, bff.core)
    letTicketsBeGood()
    const refreshAt = (refreshToken: string) =>
      post(`${own.url}/v1/sessions/refresh`, { refreshToken, thumbprint }, fromPage)
    // There, where the clock is ours.
    const late = await signIn(own)
    const { refreshToken } = await signIn(own)
    const first = (await (await refreshAt(refreshToken)).json()) as Refreshed
    vi.setSystemTime(Date.now() + 61_000)
    await expectProblem(await refreshAt(late.refreshToken), 'SIGN_IN_ENDED')
    vi.setSystemTime(Date.now() + 12 * 3_600_000 - 62_000 - 300_000)
    const near = (await (await refreshAt(first.refreshToken)).json()) as Refreshed
    // No session outlives its sign-in.
    expect(Date.parse(near.expiresAt) - Date.now()).toBeLessThanOrEqual(301_000)
    vi.setSystemTime(Date.now() + 302_000)
    for (const token of [first.refreshToken, near.refreshToken]) {
      await expectProblem(await refreshAt(token), 'SIGN_IN_ENDED')
    }
    vi.useRealTimers()
    await own.close()
  })

  it.each([
    ['mini_program', 3600],
    ['school', 3600],
  ])('of %s lasts %i seconds', async (channel, seconds) => {
    letTicketsBeGood(channel)
    const { refreshToken } = await signIn()
    const opened = await (await createRefreshSeal(sessionKey)).open(refreshToken, Date.now())
    const { until } = (opened as { claims: RefreshClaims }).claims
    expect(Math.abs(until - Date.now() / 1000 - seconds)).toBeLessThan(5)
  })

  it.each([
    ['is made up', () => 'made-up'],
    [
      'is a session',
      async () =>
        ((await (await refresh(await signIn().then(pickToken))).json()) as Refreshed).token,
    ],
    [
      'is sealed by somebody else',
      async () => {
        const claims: RefreshClaims = {
          ...{ schoolId: school.id, personId, channel: 'wechat', binding },
          until: Date.now() / 1000 + 60,
          bound: { jkt: thumbprint },
        }
        return (await createRefreshSeal(otherSessionKey)).seal(claims, claims.until)
      },
    ],
  ])('opens nothing when it %s', async (_, make) => {
    letTicketsBeGood()
    await expectProblem(await refresh({ refreshToken: await make() }), 'SIGN_IN_ENDED')
  })

  it('is no session', async () => {
    letTicketsBeGood()
    const key = await createPageKey()
    const { refreshToken } = await signIn()
    const page = createPage(bff.url, key, refreshToken)
    await expectProblem(await page.call({ path: '/v1/me/card' }), 'SESSION_INVALID')
  })

  it('opens nothing for a page elsewhere, nor once the core says that it is over', async () => {
    letTicketsBeGood()
    const elsewhere = await refresh(await signIn().then(pickToken), {
      origin: 'https://evil.example',
    })
    await expectProblem(elsewhere, 'ORIGIN_NOT_ALLOWED')
    const { refreshToken } = await signIn()
    answerAt(bff.core, `${person}/sign-ins/check`, coreProblem('SIGN_IN_ENDED'))
    await expectProblem(await refresh({ refreshToken }), 'SIGN_IN_ENDED')
  })

  it('is of nobody else, whatever the core says', async () => {
    letTicketsBeGood()
    const { refreshToken } = await signIn()
    const other = personId.replace(/.$/, '0')
    answerAt(bff.core, `${person}/sign-ins/check`, {
      ...{ status: 200, json: { personId: other, origins: [pageOrigin], scopes: allScopes } },
    })
    await expectProblem(await refresh({ refreshToken }), 'CORE_UNREACHABLE')
  })
})

describe('limits for who is not signed in', () => {
  it('count by address behind our proxy, and by school', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const own = await startTestBff({ proxyCount: 1 }, bff.core)
    answerAt(bff.core, '/tickets/redeem', coreProblem('TICKET_INVALID'))
    const redeemFrom = (address: string) =>
      post(
        `${own.url}/v1/tickets/redeem`,
        { ticket, verifier },
        { 'x-forwarded-for': `203.0.113.99, ${address}` },
      )
    const send = (count: number, addressAt: (i: number) => string) =>
      Promise.all(Array.from({ length: count }, (_, i) => redeemFrom(addressAt(i))))
    const limitedOf = (answers: Response[]) => answers.filter(({ status }) => status === 429)
    const one = limitedOf(await send(620, () => '192.0.2.7'))
    expect(one.length).toBe(20)
    expect((await expectProblem(one[0] as Response, 'RATE_LIMITED')).retryAfterSeconds).toBe(1)
    expect((await redeemFrom('192.0.2.8')).status).toBe(403)
    const many = limitedOf(await send(1_450, (i) => `198.51.${i >> 8}.${i & 255}`))
    // 2,000 of the school, of which 601 were used.
    expect(many.length).toBe(51)
    vi.useRealTimers()
    await own.close()
  })

  it('count what one person refreshes', async () => {
    letTicketsBeGood()
    vi.useFakeTimers({ toFake: ['Date'] })
    const own = await startTestBff({}, bff.core)
    letTicketsBeGood()
    const seal = await createRefreshSeal(sessionKey)
    const until = Math.floor(Date.now() / 1000) + 600
    const refreshToken = await seal.seal(
      {
        schoolId: school.id,
        personId,
        channel: 'wechat',
        binding,
        until,
        bound: { jkt: thumbprint },
      },
      until,
    )
    const answers = await Promise.all(
      Array.from({ length: 103 }, () =>
        post(`${own.url}/v1/sessions/refresh`, { refreshToken, thumbprint }, fromPage),
      ),
    )
    expect(answers.filter(({ status }) => status === 429).length).toBe(3)
    vi.useRealTimers()
    await own.close()
  })
})

it('writes no ticket, code or token into its log (R42)', async () => {
  letTicketsBeGood()
  const { refreshToken } = await signIn()
  const { token } = (await (await refresh({ refreshToken })).json()) as Refreshed
  await redeem({ ticket: `${ticket}A` })
  await refresh({ refreshToken: `${refreshToken}A` })
  const log = bff.log()
  expect(log).toContain('"route":"redeemTicket"')
  for (const secret of [ticket, verifier, challenge, refreshToken, token, thumbprint, returnTo]) {
    expect(log).not.toContain(secret)
  }
})

function pickToken({ refreshToken }: { refreshToken: string }) {
  return { refreshToken }
}
