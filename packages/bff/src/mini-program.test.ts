import { keylessOperations, pageRoutes } from '@campus-ecode/protocol/bff-api'
import { allScopes, type Scope } from '@campus-ecode/protocol/sessions'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSessionSeal } from './session-seal.ts'
import { answerAt, post } from './testing/entry.ts'
import { coreProblem } from './testing/fake-core.ts'
import {
  bffOrigin,
  createPageKey,
  createSession,
  expectProblem,
  openPage,
  pageOrigin,
  school,
} from './testing/page.ts'
import {
  answerSubjects,
  personId,
  sessionKey,
  startTestBff,
  type TestBff,
} from './testing/test-bff.ts'

const id = '0190b6c4-7d3e-7abc-8def-0123456789ac'
const ticket = `${school.id}${'t'.repeat(43)}`
const expiresAt = '2026-11-23T12:00:00.000Z'
/** As the core calls what a sign-in hangs on. */
const binding = '1795430000000000'
const target = `${bffOrigin}/h5/${school.id}?screen=wallet`

let bff: TestBff
beforeAll(async () => {
  bff = await startTestBff()
})
afterAll(() => bff.close())
afterEach(() => {
  bff.core.handle = answerSubjects
})

const signIn = (body: object = {}, headers: Record<string, string> = {}) =>
  post(
    `${bff.url}/v1/sign-ins/mini-program`,
    { schoolId: school.id, code: 'a-code', ...body },
    headers,
  )

function letCodesBeGood(scopes: Scope[] = allScopes) {
  const json = { result: 'signed_in', personId, binding, scopes, origins: [pageOrigin] }
  answerAt(bff.core, '/sign-ins/mini-program', { status: 200, json })
}

async function openMiniProgram(): Promise<string> {
  letCodesBeGood()
  return ((await (await signIn()).json()) as { token: string }).token
}

const call = (
  token: string,
  path: string,
  more: { method?: string; body?: unknown; headers?: object } = {},
) =>
  fetch(bff.url + path, {
    method: more.method ?? 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      ...(more.body !== undefined && { 'content-type': 'application/json' }),
      ...more.headers,
    },
    ...(more.body !== undefined && { body: JSON.stringify(more.body) }),
  })

describe('a mini-program signs in', () => {
  it('by the code of wx.login, for ten minutes and without a key', async () => {
    letCodesBeGood()
    const response = await signIn()
    expect(response.status).toBe(200)
    const said = (await response.json()) as { token: string; expiresAt: string; subject: string }
    expect(said).toMatchObject({
      result: 'signed_in',
      subject: expect.stringMatching(/^[\w-]{22}$/),
    })
    expect(Date.parse(said.expiresAt) - Date.now()).toBeLessThanOrEqual(600_000)
    const opened = await (await createSessionSeal(sessionKey)).open(said.token, Date.now())
    expect(opened).toMatchObject({ ok: true, personId, scopes: allScopes })
    expect(opened).not.toHaveProperty('jkt')
    expect(JSON.parse(bff.core.forwarded().at(-1)?.body ?? '')).toEqual({ code: 'a-code' })
  })

  it('for what the core grants, and is told (R24)', async () => {
    const granted: Scope[] = ['card', 'pay']
    letCodesBeGood(granted)
    const said = (await (await signIn()).json()) as { token: string; scopes: Scope[] }
    expect(said.scopes).toEqual(granted)
    const opened = await (await createSessionSeal(sessionKey)).open(said.token, Date.now())
    expect(opened).toMatchObject({ scopes: granted })
  })

  it('or learns where the WeChat is bound', async () => {
    const json = {
      result: 'unbound',
      bindUrl: 'https://keypad.bank.example/wechat/bind#x',
      expiresAt,
    }
    answerAt(bff.core, '/sign-ins/mini-program', { status: 200, json })
    expect(await (await signIn()).json()).toEqual(json)
  })

  it.each([
    'WECHAT_SIGN_IN_NOT_OFFERED',
    'WECHAT_CODE_INVALID',
    'WECHAT_SIGN_IN_UNAVAILABLE',
    'RATE_LIMITED',
  ] as const)('or is refused: %s', async (code) => {
    answerAt(bff.core, '/sign-ins/mini-program', coreProblem(code))
    await expectProblem(await signIn(), code)
  })

  it('which no page of the web can', async () => {
    letCodesBeGood()
    for (const origin of [pageOrigin, bffOrigin, 'null']) {
      await expectProblem(await signIn({}, { origin }), 'ORIGIN_NOT_ALLOWED')
    }
  })
})

describe('a session without a page key', () => {
  it('may look, show a code and hear what became of it, and nothing else', async () => {
    const token = await openMiniProgram()
    for (const [name, { method, path }] of Object.entries(pageRoutes)) {
      // What a full body would be is not the matter: who may call is looked at first.
      const answer = await call(token, path.replaceAll(/:\w+/g, id), { method })
      const keyless = keylessOperations.some((operation) => operation === name)
      const { code } = (await answer.json()) as { code?: string }
      expect(code === 'SESSION_KEY_MISSING', name).toBe(!keyless)
    }
    const issued = await call(token, '/v1/me/codes', {
      method: 'POST',
      body: { account: 'wallet' },
    })
    expect(issued.status).toBe(200)
    expect(bff.core.forwarded().at(-1)).toMatchObject({
      target: `/v1/schools/${school.id}/people/${personId}/codes`,
      headers: expect.not.objectContaining({ 'ecode-proof-jti': expect.anything() }),
    })
    await expectProblem(await call(token, '/v1/me/event-stream'), 'SESSION_KEY_MISSING')
  })

  it('is never taken from a page', async () => {
    const token = await openMiniProgram()
    for (const origin of [pageOrigin, bffOrigin]) {
      const answer = await call(token, '/v1/me/card', { headers: { origin } })
      await expectProblem(answer, 'ORIGIN_NOT_ALLOWED')
    }
  })

  it('is not made out of one that has a key, nor the other way round', async () => {
    const page = await openPage(bff.url)
    await expectProblem(await call(page.token, '/v1/me/card'), 'SESSION_MISSING')
    const token = await openMiniProgram()
    const key = await createPageKey()
    const proof = await key.prove({ method: 'GET', url: `${bffOrigin}/v1/me/card`, token })
    const asPage = await call(token, '/v1/me/card', {
      headers: { authorization: `DPoP ${token}`, dpop: proof },
    })
    await expectProblem(asPage, 'SESSION_MISSING')
  })
})

describe('a ticket for the page of a web-view', () => {
  const createTicket = (token: string, body: object, headers: object = {}) =>
    call(token, '/v1/me/tickets', { method: 'POST', body, headers })
  const path = `/people/${personId}/tickets`

  it('lies in the fragment of its address', async () => {
    const token = await openMiniProgram()
    answerAt(bff.core, path, { status: 201, json: { ticket, expiresAt } })
    const response = await createTicket(token, { target })
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ url: `${target}#t=${ticket}`, expiresAt })
    expect(JSON.parse(bff.core.forwarded().at(-1)?.body ?? '')).toEqual({
      ...{ target, bffOrigin, channel: 'mini_program', binding },
    })
    expect(bff.log()).not.toContain(ticket)
  })

  it.each(['RETURN_ADDRESS_NOT_ALLOWED', 'SIGN_IN_ENDED', 'RATE_LIMITED'] as const)(
    'is refused with %s',
    async (code) => {
      const token = await openMiniProgram()
      answerAt(bff.core, path, coreProblem(code))
      await expectProblem(await createTicket(token, { target }), code)
    },
  )

  it('takes no fragment away', async () => {
    const token = await openMiniProgram()
    const problem = await expectProblem(
      await createTicket(token, { target: `${target}#/pay` }),
      'BAD_REQUEST',
    )
    expect(problem.fields).toEqual(['target'])
  })

  it('is not made by a page, whose sign-in would have no end', async () => {
    const page = await openPage(bff.url)
    const answer = await page.call({ method: 'POST', path: '/v1/me/tickets', body: { target } })
    await expectProblem(answer, 'SESSION_MISSING')
    const token = await openMiniProgram()
    const fromPage = await createTicket(token, { target }, { origin: pageOrigin })
    await expectProblem(fromPage, 'ORIGIN_NOT_ALLOWED')
  })
})

describe('a page that can have no key', () => {
  it("gets the address of the BFF's own page, with a ticket", async () => {
    answerAt(bff.core, `/people/${personId}/tickets`, { status: 201, json: { ticket, expiresAt } })
    const response = await createSession(bff.url, { thumbprint: 'ticket' })
    expect(response.status).toBe(201)
    const url = `${bffOrigin}/h5/${school.id}`
    expect(await response.json()).toEqual({ url: `${url}#t=${ticket}`, expiresAt })
    expect(JSON.parse(bff.core.forwarded().at(-1)?.body ?? '')).toEqual({
      ...{ target: url, bffOrigin, channel: 'school', binding: '' },
    })
  })

  it('cannot have its scopes narrowed, so is not told that they are', async () => {
    const response = await createSession(bff.url, { thumbprint: 'ticket', scopes: ['card'] })
    expect((await expectProblem(response, 'BAD_REQUEST')).fields).toEqual(['scopes'])
  })

  it('gets none for somebody whom the school does not know', async () => {
    const subject = { cardNo: '404' }
    const response = await createSession(bff.url, { thumbprint: 'ticket', subject })
    await expectProblem(response, 'SUBJECT_UNKNOWN')
  })
})
