import { allScopes, type Session } from '@campus-ecode/protocol/sessions'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createSessionSeal } from './session-seal.ts'
import { createPageKey, createSession, expectProblem, pageOrigin, school } from './testing/page.ts'
import { personId, sessionKey, startTestBff, type TestBff } from './testing/test-bff.ts'

let bff: TestBff
let thumbprint: string
beforeAll(async () => {
  bff = await startTestBff()
  thumbprint = (await createPageKey()).jkt
})
afterAll(() => bff.close())

const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}` })

describe('opening a session', () => {
  it('seals the person that the core resolved, for ten minutes (R2a)', async () => {
    const before = Date.now()
    const response = await createSession(bff.url, { thumbprint })
    expect(response.status).toBe(201)
    const { token, expiresAt, scopes } = (await response.json()) as Session
    expect(scopes).toEqual(allScopes)
    const seconds = (Date.parse(expiresAt) - before) / 1000
    expect(seconds).toBeGreaterThan(590)
    expect(seconds).toBeLessThanOrEqual(601)
    const opened = await (await createSessionSeal(sessionKey)).open(token, Date.now())
    expect(opened).toMatchObject({
      ok: true,
      schoolId: school.id,
      personId,
      jkt: thumbprint,
      scopes: allScopes,
      origins: [pageOrigin],
    })
    for (const secret of [school.secret, personId, '20230417']) expect(token).not.toContain(secret)
  })

  it('asks the core with the secret in the body, never in the address', async () => {
    await createSession(bff.url, { thumbprint })
    const call = bff.core.forwarded().at(-1)
    expect(call?.target).toBe('/v1/schools/1001/subjects')
    expect(JSON.parse(call?.body ?? '')).toEqual({
      secret: school.secret,
      cardNo: '20230417',
      scopes: allScopes,
    })
  })

  it('narrows the scopes when told', async () => {
    const response = await createSession(bff.url, { thumbprint, scopes: ['bill'] })
    const { token, scopes } = (await response.json()) as Session
    const opened = await (await createSessionSeal(sessionKey)).open(token, Date.now())
    expect(opened).toMatchObject({ scopes: ['bill'] })
    // So that the page need not offer what it cannot do.
    expect(scopes).toEqual(['bill'])
  })

  it('refuses a page that holds the secret, in words the page can read', async () => {
    const response = await createSession(bff.url, { thumbprint }, { origin: pageOrigin })
    expect(response.headers.get('access-control-allow-origin')).toBe(pageOrigin)
    await expectProblem(response, 'ORIGIN_NOT_ALLOWED')
  })

  it.each([
    ['no credentials', { authorization: '' }],
    ['another scheme', { authorization: `Bearer ${school.secret}` }],
    ['no colon', basic('1001')],
    ['a school id that is none', basic(`10011:${school.secret}`)],
    ['a secret too short to be one', basic('1001:short')],
    ['not base64', { authorization: 'Basic %%%' }],
  ])('refuses %s without asking the core', async (_, headers) => {
    const asked = bff.core.calls.length
    const response = await createSession(bff.url, { thumbprint }, headers)
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /)
    await expectProblem(response, 'SCHOOL_CREDENTIALS_INVALID')
    expect(bff.core.calls.length).toBe(asked)
  })

  it("passes on the core's refusals", async () => {
    const wrong = await createSession(bff.url, { thumbprint }, basic('1001:not-the-school-secret'))
    await expectProblem(wrong, 'SCHOOL_CREDENTIALS_INVALID')
    const unknown = await createSession(bff.url, { thumbprint, subject: { cardNo: '404' } })
    await expectProblem(unknown, 'SUBJECT_UNKNOWN')
  })

  it.each([
    [{}, ['thumbprint']],
    [{ thumbprint: 'short' }, ['thumbprint']],
    [{ thumbprint: 'A'.repeat(43), subject: {} }, ['subject.cardNo']],
    [{ thumbprint: 'A'.repeat(43), scopes: ['transfer'] }, ['scopes.0']],
    [{ thumbprint: 'A'.repeat(43), ttl: 9999 }, ['ttl']],
    [{ thumbprint: 'A'.repeat(43), 'a secret, say': 1 }, ['body']],
  ])('names what is wrong in %j', async (body, fields) => {
    const problem = await expectProblem(await createSession(bff.url, body), 'BAD_REQUEST')
    expect(problem.fields).toEqual(fields)
  })

  it('refuses a subject of another school than the one that asked', async () => {
    const handle = bff.core.handle
    bff.core.handle = () => ({
      status: 200,
      json: { schoolId: '1002', personId, origins: [] },
    })
    await expectProblem(await createSession(bff.url, { thumbprint }), 'CORE_UNREACHABLE')
    bff.core.handle = handle
  })
})

describe('limits of a school', () => {
  it('slows down guesses, but not the school they guess at', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const own = await startTestBff()
    expect((await createSession(own.url, { thumbprint })).status).toBe(201)
    const guesses = await Promise.all(
      Array.from({ length: 230 }, (_, i) =>
        createSession(own.url, { thumbprint }, basic(`1001:guess-number-${i}-of-a-secret`)),
      ),
    )
    const limited = guesses.filter(({ status }) => status === 429)
    // 200 at once, of which the school's own first call was one.
    expect(limited.length).toBe(31)
    for (const refused of limited.slice(0, 1)) {
      expect(refused.headers.get('retry-after')).toBe('1')
      expect((await expectProblem(refused, 'RATE_LIMITED')).retryAfterSeconds).toBe(1)
    }
    expect((await createSession(own.url, { thumbprint })).status).toBe(201)
    vi.useRealTimers()
    await own.close()
  })
})
