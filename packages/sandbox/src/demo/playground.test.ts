import type { Demo } from '@campus-ecode/protocol/demo'
import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { addPlayground } from './playground.ts'

const BFF = 'http://127.0.0.1:8080'
const LIN = '01990000-0000-7000-8000-000000000001'
const demo: Demo = {
  bffUrl: BFF,
  coreUrl: 'http://127.0.0.1:8081',
  demoUrl: 'http://127.0.0.1:8082',
  school: { id: '1001', secret: 'the-school-secret' },
  people: [{ id: LIN, cardNo: '2023010417', name: '林知夏', class: 'student', tokens: [] }],
  merchants: [],
  terminals: [],
  gates: [],
}
let answer: () => Response | Promise<Response>
let sent: RequestInit | undefined
const app = new Hono()
addPlayground(app, {
  readDemo: async () => demo,
  fetchBff: async (_, init) => {
    sent = init
    return answer()
  },
  bffUrl: BFF,
  pageHeaders: async (_, next) => next(),
})
beforeEach(() => {
  answer = () => Response.json({ token: 'a-token', expiresAt: 'then' }, { status: 201 })
})

const ask = async (wish: object) => {
  const response = await app.request('/playground/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  })
  const body = (await response.json()) as { session: unknown; exchange: unknown }
  return { status: response.status, body }
}

it('is a page with the widget, its settings and nothing inline', async () => {
  const page = await (await app.request('/playground')).text()
  expect(page).toContain(`src="${BFF}/v1/ecode.js"`)
  for (const name of [
    'screens',
    'screen',
    'locale',
    'scheme',
    'care',
    'accent',
    'radius',
    'width',
  ]) {
    expect(page).toContain(`name="${name}"`)
  }
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
  expect(page).not.toContain('the-school-secret')
})

describe('what it tells of the session call', () => {
  it('is the exact request and answer, with secret and token masked', async () => {
    const { status, body } = await ask({ person: LIN, thumbprint: 'a-thumbprint' })
    expect(status).toBe(201)
    expect(body.session).toEqual({ token: 'a-token', expiresAt: 'then' })
    expect(body.exchange).toEqual({
      request: `POST ${BFF}/v1/sessions`,
      headers: { authorization: 'Basic ••••••••', 'content-type': 'application/json' },
      body: JSON.parse(String(sent?.body)),
      status: 201,
      answer: { token: '••••••••', expiresAt: 'then' },
    })
    const told = JSON.stringify(body.exchange)
    expect(told).not.toMatch(/a-token|the-school-secret/)
    expect(told).not.toContain(btoa('1001:the-school-secret'))
  })

  it('is the refusal as it came, or that nothing came', async () => {
    answer = () => Response.json({ code: 'SUBJECT_UNKNOWN' }, { status: 404 })
    expect(await ask({ person: LIN, thumbprint: 't' })).toMatchObject({
      status: 502,
      body: { exchange: { status: 404, answer: { code: 'SUBJECT_UNKNOWN' } } },
    })
    answer = () => Promise.reject(new TypeError('fetch failed'))
    expect(await ask({ person: LIN, thumbprint: 't' })).toMatchObject({
      status: 502,
      body: { exchange: { status: null, answer: null } },
    })
  })

  it('is nothing for somebody who is not of the demo', async () => {
    const stranger = LIN.replace(/1$/, '2')
    expect(await ask({ person: stranger, thumbprint: 't' })).toMatchObject({ status: 400 })
  })
})
