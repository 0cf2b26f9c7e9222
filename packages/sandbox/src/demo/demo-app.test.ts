import { readFileSync } from 'node:fs'
import { campusSchema } from '@campus-ecode/protocol/campus'
import type { Demo } from '@campus-ecode/protocol/demo'
import { beforeEach, describe, expect, it } from 'vitest'
import { createDemoApp } from './demo-app.ts'
import { personNotes, readBindableCards } from './person-notes.ts'

const BFF = 'http://127.0.0.1:8080'
const THUMBPRINT = 'Pq3J9kYV0b1dN2hY7xJm5rQ8wT4uZ6sC1eB3fG7iK9o'
const LIN = '01990000-0000-7000-8000-000000000001'
const demo: Demo = {
  bffUrl: BFF,
  coreUrl: 'http://127.0.0.1:8081',
  demoUrl: 'http://127.0.0.1:8082',
  school: { id: '1001', secret: 'the-school-secret' },
  people: [
    { id: LIN, cardNo: '2023010417', name: '林知夏', class: 'student', tokens: [] },
    {
      id: '01990000-0000-7000-8000-000000000002',
      cardNo: '20110036',
      name: '<b>沈</b>',
      class: 'teacher',
      tokens: [],
    },
  ],
  merchants: [],
  terminals: [],
  gates: [],
}
const config = {
  host: '127.0.0.1',
  port: 8082,
  demoFile: 'demo.json',
  bffUrl: BFF,
  sandboxUrl: 'http://127.0.0.1:8083',
  posUrl: 'http://127.0.0.1:8084',
  gateUrl: 'http://127.0.0.1:8090',
  showerUrl: 'http://127.0.0.1:8092',
  orderingUrl: 'http://127.0.0.1:8091',
  consoleUrl: 'http://127.0.0.1:8096',
  consoleFile: 'console.json',
  wechatUrl: 'http://127.0.0.1:8089',
  keypadUrl: 'http://127.0.0.1:8088',
}
const opened = { token: 'a-token', expiresAt: '2026-09-01T08:00:00.000Z', scopes: ['card'] }

let calls: { url: string; init: RequestInit | undefined }[]
let bffAnswer: () => Response
const fetchBff: typeof fetch = async (url, init) => {
  calls.push({ url: String(url), init })
  return bffAnswer()
}
const app = createDemoApp(config, { readDemo: async () => demo, fetchBff })

beforeEach(() => {
  calls = []
  bffAnswer = () => Response.json(opened, { status: 201 })
})

describe('GET /', () => {
  it('shows the phone beside the till, and the way to all else that runs', async () => {
    const page = await (await app.request('/')).text()
    expect(page).toContain(`src="/phone?person=${LIN}"`)
    expect(page).toContain(`src="${config.posUrl}/"`)
    for (const address of [
      ...[`${config.sandboxUrl}/inbox`, `${config.sandboxUrl}/faults`],
      ...[`${config.gateUrl}/`, `${config.orderingUrl}/`, `${config.showerUrl}/`],
      '/office',
      ...[`${config.wechatUrl}/phones/linxia`, `${BFF}/h5/1001`],
    ]) {
      expect(page).toContain(`href="${address}"`)
    }
  })

  it('offers each screen of the widget alone', async () => {
    const page = await (await app.request('/')).text()
    for (const screen of ['pay', 'card', 'access', 'wallet']) {
      expect(page).toContain(`name="screen" value="${screen}"`)
    }
  })

  it('writes names as text', async () => {
    const page = await (await app.request('/')).text()
    expect(page).toContain('&lt;b&gt;沈&lt;/b&gt;')
    expect(page).not.toContain('<b>沈</b>')
  })

  it('says what each person of the demo campus is there to show', () => {
    const file = new URL('../../demo/campus.json', import.meta.url)
    const { people } = campusSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    expect(Object.keys(personNotes).sort()).toEqual(people.map(({ cardNo }) => cardNo).sort())
  })

  it('says what to type to bind a card: those not bound yet, by their holder', async () => {
    const page = await (await app.request('/')).text()
    const cards = readBindableCards().get('2023010417') ?? []
    expect(cards.map(({ status }) => status).sort()).toEqual(['active', 'active', 'closed'])
    for (const { cardNo, idNumber, phone } of cards) {
      for (const text of [cardNo, idNumber, phone]) expect(page).toContain(`<dd>${text}</dd>`)
    }
    expect(cards.every(({ cardNo }) => !cardNo.endsWith('1234'))).toBe(true)
  })

  it('asks for patience while the demo is being seeded', async () => {
    const early = createDemoApp(config, { readDemo: async () => undefined, fetchBff })
    expect((await early.request('/')).status).toBe(503)
    expect((await early.request('/phone')).status).toBe(503)
    expect((await early.request('/readyz')).status).toBe(503)
    expect((await early.request('/healthz')).status).toBe(200)
  })
})

describe('GET /phone', () => {
  it('holds only the widget of the person asked for', async () => {
    const answer = await app.request(`/phone?person=${LIN}&screen=pay&locale=en&scheme=dark&care=1`)
    const page = await answer.text()
    expect(page).toContain(`src="${BFF}/v1/ecode.js"`)
    for (const [name, value] of Object.entries({
      school: '1001',
      person: LIN,
      screen: 'pay',
      locale: 'en',
      scheme: 'dark',
      care: '1',
    })) {
      expect(page).toContain(`data-${name}="${value}"`)
    }
  })

  it('runs under a policy that allows nothing inline and nobody but itself and the BFF', async () => {
    const answer = await app.request('/phone')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src 'self' ${BFF};`)
    expect(policy).toContain(`connect-src 'self' ${BFF};`)
    expect(policy).toContain("style-src 'self';")
    expect(policy).toContain(`frame-src ${config.keypadUrl};`)
    expect(policy).toContain(`form-action 'self' ${config.keypadUrl} ${config.sandboxUrl};`)
    expect(policy).not.toContain('unsafe')
    const page = await answer.text()
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
  })

  it('writes what stands in the address as text', async () => {
    const page = await (await app.request('/phone?screen="><script>x</script>')).text()
    expect(page).not.toContain('<script>x')
  })

  it('knows only the people of the demo', async () => {
    expect((await app.request('/phone?person=somebody')).status).toBe(404)
  })
})

describe('POST /session', () => {
  const ask = (body: unknown, type = 'application/json') =>
    app.request('/session', {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify(body),
    })

  it('opens a session at the BFF in the name of the school, for this page’s key', async () => {
    const answer = await ask({ person: LIN, thumbprint: THUMBPRINT })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toEqual(opened)
    const [call] = calls
    expect(call?.url).toBe(`${BFF}/v1/sessions`)
    expect(new Headers(call?.init?.headers).get('authorization')).toBe(
      `Basic ${btoa('1001:the-school-secret')}`,
    )
    expect(JSON.parse(String(call?.init?.body))).toEqual({
      subject: { cardNo: '2023010417' },
      thumbprint: THUMBPRINT,
    })
  })

  it('passes on why the BFF refused, and nothing else of its answer', async () => {
    bffAnswer = () => Response.json({ code: 'SUBJECT_UNKNOWN', requestId: 'x' }, { status: 404 })
    const answer = await ask({ person: LIN, thumbprint: THUMBPRINT })
    expect(answer.status).toBe(502)
    expect(await answer.json()).toEqual({ error: 'SUBJECT_UNKNOWN' })
  })

  it('says that the card system is unreachable when the BFF is gone or makes no sense', async () => {
    for (const broken of [
      () => Response.error(),
      () => Response.json({ token: 1 }, { status: 201 }),
      () => {
        throw new TypeError('fetch failed')
      },
    ]) {
      bffAnswer = broken
      const answer = await ask({ person: LIN, thumbprint: THUMBPRINT })
      expect(await answer.json()).toEqual({ error: 'CORE_UNREACHABLE' })
    }
  })

  it.each([
    ['an unknown person', { person: LIN.replace(/1$/, '9'), thumbprint: THUMBPRINT }, 404],
    ['no thumbprint', { person: LIN }, 400],
    ['a card number of the page’s own', { person: LIN, thumbprint: THUMBPRINT, cardNo: '1' }, 400],
    ['text', 'x', 400],
    ['too much', { person: LIN, thumbprint: 'x'.repeat(2_000) }, 413],
  ])('refuses %s without asking the BFF', async (_what, body, status) => {
    const answer = await ask(body)
    expect(answer.status).toBe(status)
    expect(calls).toEqual([])
  })

  it('refuses a form that another site’s page could send', async () => {
    const answer = await ask({ person: LIN, thumbprint: THUMBPRINT }, 'text/plain')
    expect(answer.status).toBe(415)
    expect(calls).toEqual([])
  })
})

describe('GET /readyz', () => {
  it('is ready when the BFF is', async () => {
    expect((await app.request('/readyz')).status).toBe(200)
    expect(calls[0]?.url).toBe(`${BFF}/readyz`)
    bffAnswer = () => Response.json({}, { status: 503 })
    expect((await app.request('/readyz')).status).toBe(503)
  })
})
