import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Approval, ApprovalAction } from '@campus-ecode/protocol/approvals'
import type { KeypadPage } from '@campus-ecode/protocol/keypad'
import { request } from 'undici'
import { readPageToken } from '../approvals/page-token.ts'
import { createHttpServer } from '../http/http-server.ts'
import { createKeypadApp } from '../keypad/keypad-app.ts'
import { keypadLimits } from '../keypad/keypad-limits.ts'
import { sealPerson } from '../people/open-person.ts'
import { SCHOOL } from './campus.ts'
import type { HttpCore } from './http-core.ts'
import { aadOf, sealDigits } from './seal-digits.ts'

export const KEYPAD_ORIGIN = 'https://keypad.example'
export const SCHOOL_PAGE = 'https://school.example/wallet?tab=1'
const PHONE = '13800138000'

/** The keypad of a core behind a real socket, and a person's hands on it. */
export async function createTestKeypad(
  core: HttpCore,
  { services = core.services, proxyCount = 0, limits = keypadLimits({ proxyCount }) } = {},
) {
  const asset = (name: string) => ({
    path: `/keypad/${name}`,
    type: 'text/x',
    body: Buffer.from(name),
  })
  const assets = { script: asset('keypad-1.js'), style: asset('keypad-2.css') }
  const app = createKeypadApp(services, { origin: KEYPAD_ORIGIN, proxyCount }, assets)
  const server: Server = createHttpServer(app, services, limits)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await services.db.pool.query('update schools set origins = $1', [['https://school.example']])

  async function send(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string> = {},
    body: string | null = null,
  ) {
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { host: 'keypad.example', ...headers },
      body,
    })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  }

  /** Starts an approval by the API. */
  async function ask(personId: string, action: ApprovalAction): Promise<Approval> {
    const body = { action, returnTo: SCHOOL_PAGE }
    return (await core.call('startApproval', { params: { personId }, body })).body
  }

  /** Opens the page as a form does. */
  async function open(ticket: string, more: Record<string, string> = {}) {
    const form = new URLSearchParams({ ticket, ...more }).toString()
    const type = 'application/x-www-form-urlencoded'
    const answer = await send('POST', '/keypad', { 'content-type': type }, form)
    const [, data] = / data-page="([^"]*)"/.exec(answer.text) ?? []
    const json = data?.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    return { ...answer, page: json === undefined ? undefined : (JSON.parse(json) as KeypadPage) }
  }

  async function openPage(personId: string, action: ApprovalAction): Promise<KeypadPage> {
    const { page } = await open((await ask(personId, action)).ticket)
    if (!page) throw new Error('the page did not open')
    return page
  }

  async function seal(page: KeypadPage, digits: string): Promise<string> {
    const challenge = Buffer.from(page.challenge, 'base64url')
    const aad = aadOf(page.approvalId, challenge, JSON.parse(page.action))
    const sealed = await sealDigits(Buffer.from(page.publicKey, 'base64url'), aad, digits)
    return Buffer.from(sealed).toString('base64url')
  }

  async function post(
    path: string,
    secret: string,
    content: unknown,
    headers: Record<string, string> = {},
  ) {
    const {
      status,
      text,
      headers: answered,
    } = await send(
      'POST',
      path,
      {
        origin: KEYPAD_ORIGIN,
        'content-type': 'application/json',
        'ecode-keypad': secret,
        ...headers,
      },
      JSON.stringify(content),
    )
    const body = JSON.parse(text) as { status?: string; code?: string; triesLeft?: number }
    return { status, headers: answered, text, body, code: body.code ?? body.status }
  }

  /** Types digits and has them sent. */
  async function enter(page: KeypadPage, digits: string, phrase?: string) {
    const sealed = await seal(page, digits)
    return post('/keypad/entries', page.secret, { sealed, ...(phrase !== undefined && { phrase }) })
  }

  /** A person with a phone that the school knows. */
  async function addPerson(options: Parameters<HttpCore['addPerson']>[0] = {}): Promise<string> {
    const { personId, cardNo } = await core.addPerson(options)
    const details = { name: '林半夏', cardNo, phone: PHONE }
    await services.db.pool.query('update people set sealed = $2 where person_id = $1', [
      personId,
      await sealPerson(services, SCHOOL, personId, details),
    ])
    return personId
  }

  /** A confirmed verification by the school's phone. */
  async function verify(personId: string): Promise<string> {
    const params = { personId }
    const started = await core.call('startVerification', {
      params,
      body: { means: 'school_phone' },
    })
    const { verificationId } = started.body
    const smsCode = core.messages.at(-1)?.params.code ?? ''
    await core.call('confirmVerification', {
      params: { personId, verificationId },
      body: { smsCode },
    })
    return verificationId
  }

  return {
    port,
    send,
    ask,
    open,
    openPage,
    seal,
    post,
    enter,
    addPerson,
    verify,
    /** A person who has set a first password as people do. */
    async addPersonWithPassword(
      digits = '417290',
      options: Parameters<HttpCore['addPerson']>[0] = {},
    ): Promise<string> {
      const personId = await addPerson(options)
      const verificationId = await verify(personId)
      const page = await openPage(personId, { kind: 'set_password', verificationId })
      const { status, text } = await enter(page, digits, '窗外有棵银杏树')
      if (status !== 200) throw new Error(text)
      return personId
    },
    async stateOf(personId: string, page: KeypadPage): Promise<string> {
      const params = { personId, approvalId: page.approvalId }
      return (await core.call('getApproval', { params })).body.status
    },
    async passwordRow(personId: string) {
      const { rows } = await services.db.pool.query(
        'select hash, wrong_count, locked_at from payment_passwords where person_id = $1',
        [personId],
      )
      return rows[0] as { hash: string; wrong_count: number; locked_at: Date | null } | undefined
    },
    /** As if time had passed for this page's approval. */
    async expire(page: KeypadPage) {
      await services.db.pool.query(
        'update approvals set expires_at = now() where approval_id = $1',
        [readPageToken(page.secret)?.approvalId],
      )
    },
    async changesOf(personId: string): Promise<string[]> {
      const { rows } = await services.db.pool.query(
        `select detail ->> 'change' as change from events
          where person_id = $1 and kind = 'wallet' order by tx, event_id`,
        [personId],
      )
      return rows.map(({ change }) => change)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
export type TestKeypad = Awaited<ReturnType<typeof createTestKeypad>>
