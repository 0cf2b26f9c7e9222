import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSite } from './site.ts'

const opened = { token: 'a-token', expiresAt: '2026-09-01T08:00:00.000Z' }
let bff: Server
let site: ReturnType<typeof createSite>
let bffUrl: string
let status: number
let calls: { url: string | undefined; headers: IncomingMessage['headers']; body: string }[]

beforeAll(async () => {
  bff = createServer(async (request, answer) => {
    const { url, headers } = request
    calls.push({ url, headers, body: await text(request) })
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(opened))
  })
  await new Promise<void>((done) => bff.listen(0, '127.0.0.1', done))
  bffUrl = `http://127.0.0.1:${(bff.address() as AddressInfo).port}`
  site = createSite({ id: '1001', secret: 'the-school-secret', bffUrl })
})
afterAll(() => {
  bff.close()
})
beforeEach(() => {
  calls = []
  status = 201
})

describe('a school’s site', () => {
  it('asks who is there, then shows the widget of that person', async () => {
    expect(await (await site.request('/')).text()).toContain('action="/sign-in"')
    const cookie = await signIn('2023010417')
    const page = await (await site.request('/', { headers: { cookie } })).text()
    expect(page).toContain(`src="${bffUrl}/v1/ecode.js"`)
    expect(page).toContain('data-school="1001"')
    expect(page).not.toContain('2023010417')
    expect(page).not.toContain('the-school-secret')
  })

  it('names a person by the same opaque subject each time, and others by others', async () => {
    const first = await subjectOf('2023010417')
    expect(await subjectOf('2023010417')).toBe(first)
    expect(await subjectOf('2023010562')).not.toBe(first)
  })

  it('opens a session for whoever is signed in, whatever the page says', async () => {
    const answer = await ask(
      { thumbprint: 'the-thumbprint', cardNo: '1' },
      await signIn('20110036'),
    )
    expect(answer.status).toBe(201)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toEqual(opened)
    expect(calls).toHaveLength(1)
    expect(calls[0]?.url).toBe('/v1/sessions')
    expect(calls[0]?.headers.authorization).toBe(`Basic ${btoa('1001:the-school-secret')}`)
    expect(calls[0]?.headers.origin).toBeUndefined()
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      subject: { cardNo: '20110036' },
      thumbprint: 'the-thumbprint',
    })
  })

  it('opens none for a stranger, nor for a cookie that it did not sign', async () => {
    expect((await ask({ thumbprint: 'x' }, '')).status).toBe(401)
    const cookie = (await signIn('20110036')).replace('20110036', '20110037')
    expect((await ask({ thumbprint: 'x' }, cookie)).status).toBe(401)
    expect(calls).toEqual([])
  })

  it('opens none for a form of another site', async () => {
    const cookie = await signIn('20110036')
    const answer = await ask({ thumbprint: 'x' }, cookie, 'text/plain')
    expect(answer.status).toBe(415)
    expect(calls).toEqual([])
  })

  it.each([400, 404, 503])('passes a refusal on to the page: %i', async (refused) => {
    status = refused
    const answer = await ask({}, await signIn('20110036'))
    expect(answer.status).toBe(refused)
  })

  it('forgets the person at sign-out', async () => {
    const answer = await site.request('/sign-out', { method: 'POST' })
    expect(answer.headers.get('set-cookie')).toMatch(/^card_no=; Max-Age=0/)
  })

  it('allows no inline script, and no one but itself and the BFF', async () => {
    const answer = await site.request('/', { headers: { cookie: await signIn('20110036') } })
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain(`script-src 'self' ${bffUrl};`)
    expect(policy).not.toContain('unsafe')
    expect(await answer.text()).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
  })
})

async function signIn(cardNo: string): Promise<string> {
  const body = new URLSearchParams({ cardNo })
  const answer = await site.request('/sign-in', { method: 'POST', body })
  expect(answer.status).toBe(303)
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/)
  return cookie.split(';')[0] ?? ''
}

async function subjectOf(cardNo: string): Promise<string | undefined> {
  const page = await site.request('/', { headers: { cookie: await signIn(cardNo) } })
  return /data-subject="([\w-]+)"/.exec(await page.text())?.[1]
}

function ask(body: object, cookie: string, type = 'application/json') {
  return site.request('/ecode-session', {
    method: 'POST',
    headers: { cookie, 'content-type': type },
    body: JSON.stringify(body),
  })
}

describe('the few lines', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
  /** Lines from the one that begins with `first` to the first that is `last`. */
  const count = (source: string, first: string, last: string) => {
    const lines = source.split('\n')
    const from = lines.findIndex((line) => line.startsWith(first))
    return lines.indexOf(last, from) - from + 1
  }

  it('are as few as the README says', () => {
    const page = count(read('../page/ecode.js'), 'const place', 'ecode.mount(place)')
    const route = count(read('site.ts'), "  site.post('/ecode-session'", '  })')
    const call = count(read('open-session.ts'), 'export function openSession', '}')
    expect(read('../README.md')).toContain(
      `${page} lines in the page, ${route + call} on the server`,
    )
  })
})
