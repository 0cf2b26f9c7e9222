import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createCoreOpenApi } from '@campus-ecode/protocol/openapi'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { createHttpServer } from './server.ts'
import {
  bffOrigin,
  createPageKey,
  createSession,
  expectProblem,
  openPage,
  type Page,
  pageOrigin,
  school,
} from './testing/page.ts'
import { sendRaw } from './testing/raw-request.ts'
import { answerSubjects, startTestBff, type TestBff } from './testing/test-bff.ts'

let bff: TestBff
let page: Page
beforeAll(async () => {
  bff = await startTestBff()
  page = await openPage(bff.url)
})
afterAll(() => bff.close())
afterEach(() => {
  bff.core.handle = answerSubjects
})

const code = (body: string) => (JSON.parse(body) as { code: string }).code

describe('request targets and Host', () => {
  it.each([
    ['an absolute-form target', 'GET http://evil.example/v1/me/card HTTP/1.1', 'Host: a.example'],
    ['one that names us', `GET ${bffOrigin}/healthz HTTP/1.1`, 'Host: a.example'],
    ['an authority as the path', 'GET //evil.example/healthz HTTP/1.1', 'Host: a.example'],
    ['dot segments', 'GET /v1/assets/../healthz HTTP/1.1', 'Host: a.example'],
    ['hidden dot segments', 'GET /v1/%2e%2e/healthz HTTP/1.1', 'Host: a.example'],
    ['a backslash', 'GET /v1\\healthz HTTP/1.1', 'Host: a.example'],
    ['two Hosts', 'GET /healthz HTTP/1.1', 'Host: a.example\r\nHost: b.example'],
    ['a Host that is none', 'GET /healthz HTTP/1.1', 'Host: a.example/path?'],
    ['an empty Host', 'GET /healthz HTTP/1.1', 'Host:'],
    ['credentials in Host', 'GET /healthz HTTP/1.1', 'Host: a@b.example'],
    ['two proofs', 'GET /healthz HTTP/1.1', 'Host: a.example\r\nDPoP: a\r\nDPoP: b'],
  ])('refuses %s', async (_, line, headers) => {
    const asked = bff.core.calls.length
    const answer = await sendRaw(bff.url, `${line}\r\n${headers}\r\nConnection: close\r\n\r\n`)
    expect(answer.status).toBe(400)
    expect(code(answer.body)).toBe('TARGET_INVALID')
    expect(answer.head).toMatch(/ecode-request-id: [\w-]{36}/)
    expect(bff.core.calls.length).toBe(asked)
  })

  it('takes any one Host, because balancers rewrite it and nothing is built from it', async () => {
    for (const host of ['10.0.0.7:8080', 'Bff.Internal', '[::1]:80', 'localhost']) {
      const text = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      expect((await sendRaw(bff.url, text)).status, host).toBe(200)
    }
  })
})

describe('limits of a request', () => {
  it('refuses a body that says it is too large, before anything is read', async () => {
    const body = JSON.stringify({ account: 'wallet', filler: 'x'.repeat(17_000) })
    const response = await page.call({ method: 'POST', path: '/v1/me/codes', body })
    await expectProblem(response, 'BODY_TOO_LARGE')
  })

  it('refuses a body that turns out too large', async () => {
    const headers = await page.headersFor({ method: 'POST', path: '/v1/me/codes' })
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `POST /v1/me/codes HTTP/1.1\r\nHost: a\r\n${lines.join('')}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`
    const answer = await sendRaw(bff.url, head + chunk.repeat(4))
    expect(answer.status).toBe(413)
    expect(code(answer.body)).toBe('BODY_TOO_LARGE')
  })

  it('refuses headers without end', async () => {
    const text = `GET /healthz HTTP/1.1\r\nHost: a\r\nx-filler: ${'x'.repeat(20_000)}\r\n\r\n`
    const answer = await sendRaw(bff.url, text)
    expect(answer.status).toBe(400)
    expect(code(answer.body)).toBe('BAD_REQUEST')
  })

  it('refuses what is not HTTP', async () => {
    const answer = await sendRaw(bff.url, 'hello\r\n\r\n')
    expect(answer.status).toBe(400)
    expect(code(answer.body)).toBe('BAD_REQUEST')
  })

  it('gives up on headers and bodies that do not arrive', { timeout: 20_000 }, async () => {
    const headers = await page.headersFor({ method: 'POST', path: '/v1/me/codes' })
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const slowBody = `POST /v1/me/codes HTTP/1.1\r\nHost: a\r\n${lines.join('')}content-type: application/json\r\ncontent-length: 20\r\n\r\n{"acc`
    const answers = await Promise.all([
      sendRaw(bff.url, 'GET /healthz HTTP/1.1\r\nHost: a\r\n'),
      sendRaw(bff.url, slowBody),
    ])
    for (const answer of answers) {
      expect(answer.status).toBe(408)
      expect(code(answer.body)).toBe('REQUEST_TIMEOUT')
    }
    // The page whose body was slow can read why.
    expect(answers[1]?.head).toContain(`access-control-allow-origin: ${pageOrigin}`)
  })

  it('is as fast as before after all that', async () => {
    const startedAt = performance.now()
    expect((await page.call({ path: '/v1/me/card' })).status).toBe(200)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})

describe('answers to browsers', () => {
  it('answers preflights of any origin, without credentials', async () => {
    const response = await fetch(`${bff.url}/v1/me/codes`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe('https://a.example')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT')
    const allowed = response.headers.get('access-control-allow-headers')
    for (const name of ['authorization', 'dpop', 'content-type', 'last-event-id']) {
      expect(allowed).toContain(name)
    }
    expect(response.headers.get('vary')).toContain('origin')
  })

  it('lets pages read what they need, and keeps answers out of caches and frames', async () => {
    const { headers } = await page.call({ path: '/v1/me/card' })
    expect(headers.get('access-control-expose-headers')).toBe('ecode-request-id, date, retry-after')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('strict-transport-security')).toMatch(/max-age=\d+/)
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })
})

describe('the other addresses', () => {
  it('publishes the OpenAPI document of this API', async () => {
    const response = await fetch(`${bff.url}/openapi.json`)
    const document = (await response.json()) as { openapi: string; paths: object }
    expect(document.openapi).toBe('3.1.0')
    expect(document.paths).toHaveProperty('/v1/me/codes')
    expect(document.paths).not.toHaveProperty(Object.keys(createCoreOpenApi().paths ?? {})[0] ?? '')
  })

  it('is healthy while it runs and ready while the core answers', async () => {
    const lonely = await startTestBff({ coreOrigin: 'http://127.0.0.1:1' }, bff.core)
    expect((await fetch(`${lonely.url}/healthz`)).status).toBe(200)
    await expectProblem(await fetch(`${lonely.url}/readyz`), 'UNAVAILABLE')
    await lonely.close()
    expect((await fetch(`${bff.url}/readyz`)).status).toBe(200)
    const asked = bff.core.calls.length
    await Promise.all(Array.from({ length: 20 }, () => fetch(`${bff.url}/readyz`)))
    expect(bff.core.calls.length - asked).toBeLessThanOrEqual(1)
  })
})

it('answers a fault of its own without a word about it, and logs it', async () => {
  let logged = ''
  const log = pino(
    {},
    {
      write: (line: string) => {
        logged += line
      },
    },
  )
  const core = {
    call: () => Promise.reject(new Error('wires crossed')),
    close: () => Promise.resolve(),
  }
  const app = await createApp(bff.config, {
    ...{ core, sdkFiles: new Map(), hostedFiles: new Map(), log },
  })
  const server = createHttpServer(app, { origin: bffOrigin, log })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { jkt } = await createPageKey()
  const response = await createSession(url, { thumbprint: jkt })
  const problem = await expectProblem(response, 'INTERNAL')
  expect(JSON.stringify(problem)).not.toContain('wires')
  expect(logged).toContain('wires crossed')
  expect(logged).toContain(problem.requestId)
  app.streams.stop()
  server.close()
})

it('says what every answer says in less than a kilobyte', async () => {
  const headers = await page.headersFor({ path: '/v1/me/card' })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const { status, head } = await sendRaw(
    bff.url,
    `GET /v1/me/card HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines.join('')}\r\n`,
  )
  expect(status).toBe(200)
  expect(head.length).toBeLessThan(1024)
})

describe('the log', () => {
  it('has a line per request that support can find, and no secret', async () => {
    const own = await startTestBff()
    const visitor = await openPage(own.url)
    own.core.handle = () => ({ status: 200, json: { cardNo: 'PLANTED-IN-ANSWER' } })
    const shown = await visitor.call({
      path: '/v1/me/card/number',
      headers: { 'user-agent': 'PLANTED-IN-HEADER', 'x-forwarded-for': '203.0.113.77' },
    })
    await visitor.call({ path: '/v1/me/card?planted=PLANTED-IN-QUERY' })
    await visitor.call({ path: '/v1/me/PLANTED-IN-PATH' })
    await visitor.call({ method: 'POST', path: '/v1/me/codes', body: '{"PLANTED-IN-BODY": ' })
    await visitor.call({ method: 'POST', path: '/v1/me/codes', body: { 'PLANTED-IN-BODY': 1 } })
    await createSession(own.url, { subject: { cardNo: 'PLANTED-CARD-NO' }, thumbprint: 'x' })
    await createSession(own.url, {}, { authorization: 'Basic PLANTED0' })
    await createSession(own.url, {}, { authorization: `Basic ${btoa('1001:PLANTED-SECRET-xx')}` })
    await sendRaw(
      own.url,
      'GET http://PLANTED-HOST/ HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n',
    )
    own.core.respondRaw = (response) => response.writeHead(500).end('PLANTED-IN-FAULT')
    await visitor.call({ path: '/v1/me/card' })
    const requestId = shown.headers.get('ecode-request-id')
    await own.close()

    const log = own.log()
    expect(log).not.toMatch(/PLANTED|127\.0\.0\.1|203\.0\.113|::1/)
    for (const secret of [
      school.secret,
      visitor.token,
      visitor.key.jkt,
      String(visitor.key.jwk.x),
      own.config.sessionKey,
      own.config.coreKey.secret,
      '20230417',
      btoa(`${school.id}:${school.secret}`),
    ]) {
      expect(log).not.toContain(secret)
    }
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.find((line) => line.requestId === requestId)).toMatchObject({
      route: 'getCardNumber',
      method: 'GET',
      status: 200,
      schoolId: school.id,
      ms: expect.any(Number),
    })
  })
})

describe('stopping', () => {
  it('finishes what is under way, ends streams, takes no more', async () => {
    const own = await startTestBff()
    const visitor = await openPage(own.url)
    const stream = await visitor.call({ path: '/v1/me/event-stream' })
    let arrived = () => {}
    const underWay = new Promise<void>((resolve) => {
      arrived = resolve
    })
    own.core.handle = async ({ target }) => {
      if (!target.endsWith('/card')) return undefined
      arrived()
      await new Promise((resolve) => setTimeout(resolve, 300))
      return { status: 200, json: { status: 'active' } }
    }
    const slow = visitor.call({ path: '/v1/me/card' })
    await underWay
    const startedAt = performance.now()
    const stopped = own.stop()
    await stream.text()
    const answer = await slow
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ status: 'active' })
    await stopped
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    await expect(visitor.call({ path: '/v1/me/card' })).rejects.toThrow()
    await own.close()
  })
})
