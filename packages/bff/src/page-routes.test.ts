import { randomUUID } from 'node:crypto'
import { pageRoutes } from '@campus-ecode/protocol/bff-api'
import { allScopes } from '@campus-ecode/protocol/sessions'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createSessionSeal } from './session-seal.ts'
import { coreProblem } from './testing/fake-core.ts'
import {
  bffOrigin,
  createPage,
  createPageKey,
  expectProblem,
  openPage,
  type Page,
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

let bff: TestBff
let page: Page
beforeAll(async () => {
  bff = await startTestBff()
})
afterAll(() => bff.close())
afterEach(() => {
  bff.core.handle = answerSubjects
  bff.core.respondRaw = undefined
})

const person = `/v1/schools/${school.id}/people/${personId}`
const deviceId = randomUUID()
const grantId = randomUUID()
const claims = {
  schoolId: school.id,
  personId,
  scopes: ['card' as const, 'pay' as const, 'bill' as const],
  origins: [pageOrigin],
}

beforeAll(async () => {
  page = await openPage(bff.url)
})

describe('forwarding', () => {
  it('signs the call, addressed by the session, and hands the answer on as it is', async () => {
    const json = { status: 'active', unknownToUs: '林*夏' }
    bff.core.handle = () => ({ status: 200, json })
    const response = await page.call({ path: '/v1/me/card' })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(json)
    const call = bff.core.forwarded().at(-1)
    expect(call).toMatchObject({ method: 'GET', target: `${person}/card` })
    expect(response.headers.get('ecode-request-id')).toBe(call?.headers['ecode-request-id'])
    expect(call?.headers['ecode-proof-jti']).toBeUndefined()
    expect(call?.headers.authorization).toBeUndefined()
  })

  it('forwards the bytes of a checked body unchanged, with the id of its proof', async () => {
    const body = '{ "account" :"wallet","revealed":false }\n'
    const jti = randomUUID()
    const response = await page.call({
      method: 'POST',
      path: '/v1/me/codes',
      body,
      claims: { jti },
    })
    expect(response.status).toBe(200)
    const call = bff.core.forwarded().at(-1)
    expect(call).toMatchObject({ method: 'POST', target: `${person}/codes`, body })
    expect(call?.headers['ecode-proof-jti']).toBe(jti)
  })

  it('puts checked ids and query keys into the address', async () => {
    await page.call({
      method: 'POST',
      path: `/v1/me/devices/${deviceId}/contact`,
      body: { grantId },
    })
    expect(bff.core.forwarded().at(-1)?.target).toBe(`${person}/devices/${deviceId}/contact`)
    await page.call({ path: '/v1/me/bill?month=2026-07&cursor=a%2Fb' })
    expect(bff.core.forwarded().at(-1)?.target).toBe(`${person}/bill?month=2026-07&cursor=a%2Fb`)
  })

  it('serves every route of the protocol under its own name', async () => {
    for (const [name, route] of Object.entries(pageRoutes)) {
      const path = route.path.replaceAll(/:\w+/g, deviceId)
      const response = await page.call({ method: route.method, path })
      const text = await response.text()
      expect(text, name).not.toMatch(/NOT_FOUND|METHOD_NOT_ALLOWED|INTERNAL/)
      expect(bff.log()).toContain(`"route":"${name}"`)
    }
  })

  it("passes on the core's refusals with their status and wait", async () => {
    bff.core.handle = () => coreProblem('SMS_TOO_SOON', { retryAfterSeconds: 42 })
    const response = await page.call({
      method: 'POST',
      path: '/v1/me/enrolments',
      body: { publicKey: 'B'.repeat(87), label: 'iPhone' },
    })
    expect(response.headers.get('retry-after')).toBe('42')
    await expectProblem(response, 'SMS_TOO_SOON')
    expect(bff.log()).toContain('"code":"SMS_TOO_SOON"')
  })
})

it('lets the core refuse a proof that changed something before', async () => {
  bff.core.handle = () => coreProblem('PROOF_REPLAYED')
  const body = { account: 'wallet' }
  const response = await page.call({ method: 'POST', path: '/v1/me/codes', body })
  await expectProblem(response, 'PROOF_REPLAYED')
})

describe('what is not forwarded', () => {
  const forwardedBy = async (call: () => Promise<unknown>) => {
    const before = bff.core.calls.length
    await call()
    return bff.core.calls.length - before
  }

  it.each([
    ['/v1/me/devices/not-an-id/contact', ['deviceId']],
    ['/v1/me/devices/..%2F..%2Fpeople/contact', ['deviceId']],
    [`/v1/me/devices/${deviceId}%3Fx=1/contact`, ['deviceId']],
  ])('refuses %s', async (path, fields) => {
    const forwarded = await forwardedBy(async () => {
      const response = await page.call({ method: 'POST', path, body: { grantId } })
      expect((await expectProblem(response, 'BAD_REQUEST')).fields).toEqual(fields)
    })
    expect(forwarded).toBe(0)
  })

  it.each([
    ['/v1/me/bill', ['month']],
    ['/v1/me/bill?month=2026-13', ['month']],
    ['/v1/me/bill?month=2026-07&person=other', ['person']],
    ['/v1/me/bill?month=2026-07&month=2026-08', ['query']],
    ['/v1/me/card?as=other', ['query']],
    ['/v1/me/events?after=a%0Ab', ['after']],
  ])('refuses the query of %s', async (path, fields) => {
    const forwarded = await forwardedBy(async () => {
      const problem = await expectProblem(await page.call({ path }), 'BAD_REQUEST')
      expect(problem.fields).toEqual(fields)
    })
    expect(forwarded).toBe(0)
  })

  it.each([
    [{ account: 'gold' }, ['account']],
    [{ account: 'wallet', amountFen: 1 }, ['amountFen']],
    ['{"account":', ['body']],
    ['\ufeff{"account":"wallet"}', ['body']],
    ['null', ['body']],
  ])('refuses the body %j', async (body, fields) => {
    const response = await page.call({ method: 'POST', path: '/v1/me/codes', body })
    expect((await expectProblem(response, 'BAD_REQUEST')).fields).toEqual(fields)
  })

  it('refuses what is not JSON, or packed', async () => {
    const call = { method: 'POST', path: '/v1/me/codes', body: '{"account":"wallet"}' }
    const plain = await page.call({ ...call, headers: { 'content-type': 'text/plain' } })
    await expectProblem(plain, 'MEDIA_TYPE_UNSUPPORTED')
    const packed = await page.call({ ...call, headers: { 'content-encoding': 'gzip' } })
    await expectProblem(packed, 'MEDIA_TYPE_UNSUPPORTED')
  })

  it('knows no other addresses and methods', async () => {
    await expectProblem(await page.call({ path: '/v1/me/nothing' }), 'NOT_FOUND')
    await expectProblem(await page.call({ path: `/v1/schools/1001/subjects` }), 'NOT_FOUND')
    const response = await page.call({ method: 'DELETE', path: '/v1/me/card' })
    expect(response.headers.get('allow')).toBe('GET')
    await expectProblem(response, 'METHOD_NOT_ALLOWED')
    const head = await page.call({ method: 'HEAD', path: '/v1/me/event-stream' })
    expect(head.status).toBe(405)
  })
})

describe('sessions and proofs', () => {
  const path = '/v1/me/card'
  const call = (headers: Record<string, string>) => fetch(bff.url + path, { headers })

  it('wants a session', async () => {
    const response = await fetch(bff.url + path)
    expect(response.headers.get('www-authenticate')).toBe('DPoP algs="ES256"')
    await expectProblem(response, 'SESSION_MISSING')
    const headers = await page.headersFor({ path })
    const bearer = await call({ ...headers, authorization: `Bearer ${page.token}` })
    await expectProblem(bearer, 'SESSION_MISSING')
  })

  it('refuses a token that was changed, cut, or sealed by somebody else', async () => {
    const key = await createPageKey()
    const foreign = await createSessionSeal(otherSessionKey)
    const { token } = await foreign.seal({ ...claims, jkt: key.jkt }, Date.now())
    const middle = Math.floor(page.token.length / 2)
    const changed = page.token.slice(0, middle) + (page.token[middle] === 'A' ? 'B' : 'A')
    for (const wrong of [token, changed + page.token.slice(middle + 1), page.token.slice(0, -4)]) {
      const response = await createPage(bff.url, key, wrong).call({ path })
      await expectProblem(response, 'SESSION_INVALID')
    }
  })

  it('says when a session has expired, also one it has seen alive', async () => {
    const key = await createPageKey()
    const seal = await createSessionSeal(sessionKey)
    const nearlyOver = Date.now() - 598_000
    const { token } = await seal.seal({ ...claims, jkt: key.jkt }, nearlyOver)
    const brief = createPage(bff.url, key, token)
    expect((await brief.call({ path })).status).toBe(200)
    await vi.waitFor(async () => expectProblem(await brief.call({ path }), 'SESSION_EXPIRED'), {
      timeout: 15_000,
      interval: 200,
    })
  })

  it('opens sessions of the other key while keys rotate', async () => {
    const rotated = await startTestBff(
      { sessionKey: otherSessionKey, sessionKeyPrevious: sessionKey },
      bff.core,
    )
    expect((await createPage(rotated.url, page.key, page.token).call({ path })).status).toBe(200)
    const fresh = await openPage(rotated.url)
    const backwards = createPage(bff.url, fresh.key, fresh.token)
    await expectProblem(await backwards.call({ path }), 'SESSION_INVALID')
    await rotated.close()
  })

  it('takes a session of one process at another', async () => {
    const other = await startTestBff({}, bff.core)
    expect((await createPage(other.url, page.key, page.token).call({ path })).status).toBe(200)
    await other.close()
  })

  it.each([
    ['another method', { htm: 'POST' }],
    ['another path', { htu: `${bffOrigin}/v1/me/accounts` }],
    ['the address behind the balancer', { htu: `http://127.0.0.1/v1/me/card` }],
    ['another session', { ath: 'A'.repeat(43) }],
    ['no session', { ath: undefined }],
    ['no id', { jti: undefined }],
    ['a short id', { jti: '123' }],
    ['an endless id', { jti: 'x'.repeat(200) }],
    ['an id that would break a header', { jti: 'aaaaaaaaaaaaaaaa\r\nx: y' }],
    ['no time', { iat: undefined }],
    ['a time that is over', { exp: 1 }],
    ['a time to come', { nbf: 4_000_000_000 }],
    ['a time that is none', { exp: 'soon' }],
  ])('refuses a proof for %s', async (_, wrong) => {
    await expectProblem(await page.call({ path, claims: wrong }), 'PROOF_INVALID')
  })

  it('tells a wrong clock from a wrong proof, and gives the right time', async () => {
    const iat = Math.floor(Date.now() / 1000)
    for (const off of [-62, 62]) {
      const response = await page.call({ path, claims: { iat: iat + off } })
      expect(response.headers.get('date')).toBeTruthy()
      await expectProblem(response, 'PROOF_EXPIRED')
    }
    for (const off of [-58, 58]) {
      expect((await page.call({ path, claims: { iat: iat + off } })).status).toBe(200)
    }
  })

  it('refuses a proof by another key, or with anything but a public key of ours', async () => {
    const { key, token } = page
    const headers = await page.headersFor({ path })
    const proved = { method: 'GET', url: bffOrigin + path, token }
    const stranger = await createPageKey()
    const { privateKey } = await generateKeyPair('ES384', { extractable: true })
    const es384 = await new SignJWT({ htm: 'GET' })
      .setProtectedHeader({ alg: 'ES384', typ: 'dpop+jwt', jwk: key.jwk })
      .sign(privateKey)
    const unsigned = `${btoa('{"alg":"none","typ":"dpop+jwt"}').replaceAll('=', '')}.e30.`
    const proofs = {
      stranger: await stranger.prove(proved),
      strangerWithOurKey: await stranger.prove(proved, { jwk: key.jwk }),
      privateKeyInside: await key.prove(proved, { jwk: { ...key.jwk, d: 'A'.repeat(43) } }),
      noKey: await key.prove(proved, { jwk: undefined }),
      plainJwt: await key.prove(proved, { typ: 'JWT' }),
      extended: await key.prove(proved, { crit: ['purpose'], purpose: 'more' }),
      cut: headers.dpop?.slice(0, -2) ?? '',
      prolonged: `${headers.dpop}.`,
      es384,
      unsigned,
      garbage: 'a.b.c',
      empty: '',
    }
    for (const [name, dpop] of Object.entries(proofs)) {
      const response = await call({ ...headers, dpop })
      expect((await expectProblem(response, 'PROOF_INVALID')).code, name).toBe('PROOF_INVALID')
    }
    const { dpop: _, ...without } = headers
    await expectProblem(await call(without), 'PROOF_INVALID')
  })

  it('keeps a session to the origins of its school, in words the page can read', async () => {
    for (const origin of ['https://evil.example', 'null', `${pageOrigin}.evil.example`]) {
      const response = await page.call({ path, headers: { origin } })
      expect(response.headers.get('access-control-allow-origin')).toBe(origin)
      await expectProblem(response, 'ORIGIN_NOT_ALLOWED')
    }
  })

  it('keeps a session to what it was opened for', async () => {
    const looker = await openPage(bff.url, { scopes: ['card'] })
    expect((await looker.call({ path })).status).toBe(200)
    const body = { account: 'wallet' }
    const response = await looker.call({ method: 'POST', path: '/v1/me/codes', body })
    await expectProblem(response, 'SCOPE_MISSING')
    const payer = await openPage(bff.url, { scopes: ['pay'] })
    await expectProblem(await payer.call({ path: '/v1/me/event-stream' }), 'SCOPE_MISSING')
    // R24: by a word of its own, for whoever stands at a counter.
    for (const [path, body] of [
      ['/v1/me/collections/resolve', { number: '1372012247' }],
      ['/v1/me/collections/payments', {}],
    ] as const) {
      const answer = await payer.call({ method: 'POST', path, body })
      const problem = await expectProblem(answer, 'COLLECTION_NOT_HERE')
      expect(problem.message['zh-CN']).toContain('学校 App')
    }
  })

  describe('and lets it ask for the payment password for that alone (R16)', () => {
    const id = randomUUID()
    const actions = {
      pay: [
        { kind: 'pay', paymentId: id },
        { kind: 'enrol_device', enrolmentId: id },
      ],
      card: [{ kind: 'unlock_card' }],
      wallet: [
        { kind: 'set_password', verificationId: id },
        { kind: 'change_password' },
        { kind: 'top_up', transferId: id, cardId: id, amountFen: 100 },
        { kind: 'withdrawal', transferId: id, cardId: id, amountFen: 100 },
        { kind: 'unbind_card', cardId: id },
        { kind: 'close_wallet' },
        { kind: 'reopen_wallet' },
        { kind: 'raise_limits', singleFen: 1, dailyFen: 1 },
        { kind: 'sign_agreement' },
        { kind: 'export_data' },
        { kind: 'delete_me' },
      ],
      bill: [],
    }
    /** A page of somebody of their own, whom no rate limit knows yet. */
    async function openOwn(session: Parameters<typeof openPage>[1]): Promise<Page> {
      const json = { schoolId: school.id, personId: randomUUID(), origins: [pageOrigin] }
      bff.core.handle = () => ({ status: 200, json })
      return openPage(bff.url, session)
    }
    const cases = Object.entries(actions).flatMap(([scope, of]) =>
      of.map((action) => ({ scope, action, kind: action.kind })),
    )

    it.each(cases)('$kind', async ({ scope: needed, action }) => {
      const state = { approvalId: id, status: 'waiting', action }
      for (const scope of allScopes) {
        const own = await openOwn({ scopes: [scope] })
        bff.core.handle = () => ({ status: 200, json: state })
        const body = { action, returnTo: `${pageOrigin}/` }
        const before = bff.core.calls.length
        const started = await own.call({ method: 'POST', path: '/v1/me/approvals', body })
        const seen = await own.call({ path: `/v1/me/approvals/${id}` })
        if (scope === needed) {
          expect(started.status).toBe(200)
          expect(await seen.json()).toEqual(state)
        } else {
          await expectProblem(started, 'SCOPE_MISSING')
          await expectProblem(seen, 'SCOPE_MISSING')
          // Only the question was asked, whose answer was not handed on.
          expect(bff.core.calls.length - before).toBe(1)
        }
        const ended = await own.call({ method: 'POST', path: `/v1/me/approvals/${id}/cancel` })
        expect(ended.status).toBe(200)
      }
    })

    it('nothing that we do not know, and the core’s refusals as they are', async () => {
      const own = await openOwn({})
      const action = { kind: 'rob_bank' }
      bff.core.handle = () => ({ status: 200, json: { approvalId: id, status: 'waiting', action } })
      const path = `/v1/me/approvals/${id}`
      await expectProblem(await own.call({ path }), 'SCOPE_MISSING')
      bff.core.handle = () => coreProblem('APPROVAL_INVALID')
      await expectProblem(await own.call({ path }), 'APPROVAL_INVALID')
    })
  })

  it('slows down one person without touching others', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const own = await startTestBff()
    const busy = await openPage(own.url)
    const headers = await busy.headersFor({ path })
    const answers = await Promise.all(
      Array.from({ length: 140 }, () => fetch(own.url + path, { headers })),
    )
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited.length).toBe(40)
    for (const refused of limited) {
      expect(refused.headers.get('retry-after')).toBe('1')
      await expectProblem(refused, 'RATE_LIMITED')
    }
    own.core.handle = () => ({
      status: 200,
      json: { schoolId: school.id, personId: randomUUID(), origins: [pageOrigin] },
    })
    const other = await openPage(own.url)
    expect((await other.call({ path })).status).toBe(200)
    vi.useRealTimers()
    await own.close()
  })
})

describe('a core that cannot be believed', () => {
  const path = '/v1/me/card'
  const expectUnreachable = async () => {
    const problem = await expectProblem(await page.call({ path }), 'CORE_UNREACHABLE')
    expect(problem.retryable).toBe(true)
  }

  it('is not reached when it is down', async () => {
    const lonely = await startTestBff({ coreOrigin: 'http://127.0.0.1:1' }, bff.core)
    const response = await createPage(lonely.url, page.key, page.token).call({ path })
    await expectProblem(response, 'CORE_UNREACHABLE')
    await lonely.close()
  })

  it('is not reached when it hangs up', async () => {
    bff.core.respondRaw = (response) => response.socket?.destroy()
    await expectUnreachable()
  })

  it('is not believed without its signature', async () => {
    bff.core.respondRaw = (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"active"}')
    await expectUnreachable()
  })

  it('is not believed when the body is not the one it signed', async () => {
    const json = { status: 'active' }
    bff.core.handle = () => ({ status: 200, json, tampered: '{"status":"locked"}' })
    await expectUnreachable()
    expect(bff.log()).toContain('DIGEST_MISMATCH')
  })

  it('does not tell the page about faults between core and BFF', async () => {
    bff.core.handle = () => coreProblem('SIGNATURE_EXPIRED')
    await expectUnreachable()
    expect(bff.log()).toContain('core refused us: SIGNATURE_EXPIRED')
  })

  it('is not believed when it answers neither JSON nor a problem', async () => {
    bff.core.handle = () => ({ status: 200, json: 'hello', type: 'text/html' })
    await expectUnreachable()
    bff.core.handle = () => ({ status: 503, json: {}, type: 'application/json' })
    await expectUnreachable()
  })

  it('is not believed under another key', async () => {
    const secret = otherSessionKey
    const stranger = await startTestBff({ coreKey: { keyId: 'bff-1', secret } }, bff.core)
    const response = await createPage(stranger.url, page.key, page.token).call({ path })
    await expectProblem(response, 'CORE_UNREACHABLE')
    expect(stranger.log()).toContain('answer 401: SIGNATURE_MISSING')
    await stranger.close()
  })
})
