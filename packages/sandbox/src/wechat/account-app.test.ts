import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../sandbox.ts'
import { templates } from './templates.ts'

const account = { appid: 'wx0123456789abcdef', secret: 'a'.repeat(32) }
const miniProgram = { appid: 'wxfedcba9876543210', secret: 'b'.repeat(32) }

const dir = mkdtempSync(join(tmpdir(), 'sandbox-account-'))
let sandbox: Sandbox
beforeAll(async () => {
  writeFileSync(join(dir, 'accounts.json'), '{"bank":[],"oneCard":[]}')
  sandbox = await startSandbox({
    ...{ HOST: '127.0.0.1', DATA_DIR: dir, PORT_KEY_ID: 'core-1' },
    ...{ SANDBOX_PORT: 0, BANK_PORT: 0, ONE_CARD_PORT: 0, UTILITY_PORT: 0, WECHAT_PORT: 0 },
    PORT_KEY_SECRET: Buffer.alloc(32, 7).toString('base64url'),
    ACCOUNTS_FILE: join(dir, 'accounts.json'),
    ...{ WECHAT_APP_ID: account.appid, WECHAT_APP_SECRET: account.secret },
    ...{ WECHAT_MP_APP_ID: miniProgram.appid, WECHAT_MP_APP_SECRET: miniProgram.secret },
    ...{ WECHAT_MCH_ID: '1900000109', WECHAT_API_V3_KEY: 'c'.repeat(32) },
    ...{ WECHAT_API_V2_KEY: 'd'.repeat(32), WECHAT_KEYS_DIR: join(dir, 'school') },
  })
})
afterEach(async () => {
  vi.useRealTimers()
  await setFault('none')
})
afterAll(async () => {
  await sandbox.stop()
  rmSync(dir, { recursive: true })
})

interface Said {
  errcode?: number
  errmsg?: string
  access_token?: string
  expires_in?: number
  ticket?: string
  openid?: string
  msgid?: number
}

async function ask(
  path: string,
  query: Record<string, string> = {},
  body?: unknown,
): Promise<Said> {
  const response = await fetch(`${sandbox.wechatUrl}${path}?${new URLSearchParams(query)}`, {
    ...(body !== undefined && {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Said
}

async function setFault(fault: string, count?: number) {
  const answer = await fetch(`${sandbox.url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ service: 'wechat', fault, ...(count && { count }) }),
  })
  expect(answer.status).toBe(200)
}

const askToken = (more: object = {}) =>
  ask('/cgi-bin/stable_token', {}, { grant_type: 'client_credential', ...account, ...more })
const askTicket = (token: string, type = 'jsapi') =>
  ask('/cgi-bin/ticket/getticket', { access_token: token, type })

async function passTime(ms: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
}

describe('the stable token', () => {
  it('stays the same for everybody until five minutes before its end; then both are good', async () => {
    const first = await askToken()
    expect(first.expires_in).toBeGreaterThan(7_190)
    expect((await askToken()).access_token).toBe(first.access_token)
    await passTime(6_890_000)
    const same = await askToken()
    expect(same.access_token).toBe(first.access_token)
    expect(same.expires_in).toBeGreaterThanOrEqual(300)
    await passTime(20_000)
    const next = await askToken()
    expect(next.access_token).not.toBe(first.access_token)
    for (const { access_token: token = '' } of [first, next]) {
      expect((await askTicket(token)).errcode).toBe(0)
    }
    await passTime(300_000)
    expect((await askTicket(first.access_token ?? '')).errcode).toBe(42001)
    expect((await askTicket(next.access_token ?? '')).errcode).toBe(0)
  })

  it('is another by force, 30 s apart and twenty times a day, and the one before is gone', async () => {
    await passTime(86_400_000)
    const first = await askToken()
    const second = await askToken({ force_refresh: true })
    expect(second.access_token).not.toBe(first.access_token)
    expect((await askTicket(first.access_token ?? '')).errcode).toBe(40001)
    expect((await askToken({ force_refresh: true })).access_token).toBe(second.access_token)
    for (let i = 1; i < 20; i++) {
      await passTime(30_000)
      expect((await askToken({ force_refresh: true })).errcode).toBeUndefined()
    }
    await passTime(30_000)
    expect((await askToken({ force_refresh: true })).errcode).toBe(45009)
    expect((await askToken()).errcode).toBeUndefined()
  })

  it.each([
    [40002, { grant_type: 'password' }],
    [40013, { appid: 'wx0000000000000000' }],
    [40013, { appid: miniProgram.appid, secret: miniProgram.secret }],
    [40125, { secret: 'wrong' }],
    [41002, { appid: '' }],
    [41004, { secret: '' }],
    [47001, { grant_type: 1 }],
  ])('is refused with %i for %j', async (errcode, more) => {
    expect((await askToken(more)).errcode).toBe(errcode)
  })

  it('is not given to a GET', async () => {
    expect((await ask('/cgi-bin/stable_token')).errcode).toBe(43002)
  })
})

describe('the ticket that pages are signed with', () => {
  it('stays the same, for who has a token', async () => {
    const { access_token: token = '' } = await askToken()
    const { ticket, expires_in: seconds } = await askTicket(token)
    expect(seconds).toBeGreaterThan(300)
    expect((await askTicket(token)).ticket).toBe(ticket)
    expect((await askTicket(token, 'wx_card')).errcode).toBe(40097)
    expect((await askTicket('')).errcode).toBe(41001)
    expect((await askTicket('made-up')).errcode).toBe(40001)
  })

  it('lies in what is served as the JS-SDK, which is the published one', async () => {
    const { access_token: token = '' } = await askToken()
    const { ticket = '' } = await askTicket(token)
    const response = await fetch(`${sandbox.wechatUrl}/open/js/jweixin-1.6.0.js`)
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const text = await response.text()
    expect(text).toContain(ticket)
    expect(text).toContain('preVerifyJSAPI')
    expect(text).toContain('window.jWeixin = window.wx')
  })
})

describe('a code of wx.login', () => {
  const login = async (user = 'linxia') => {
    const answer = await fetch(`${sandbox.wechatUrl}/phones/${user}/login-codes`, {
      method: 'POST',
    })
    return ((await answer.json()) as { code: string }).code
  }
  const exchange = (code: string, more: Record<string, string> = {}) =>
    ask('/sns/jscode2session', {
      ...miniProgram,
      js_code: code,
      grant_type: 'authorization_code',
      ...more,
    })

  it('names the person once, within five minutes, by another name than the account does', async () => {
    const code = await login()
    const { openid } = await exchange(code)
    expect(openid).toMatch(/^o[\w-]{27}$/)
    expect((await exchange(code)).errcode).toBe(40163)
    expect((await exchange(await login())).openid).toBe(openid)
    const old = await login()
    await passTime(300_001)
    expect((await exchange(old)).errcode).toBe(40029)
  })

  it('is worth nothing to another app, nor without the secret', async () => {
    expect((await exchange(await login(), { ...account })).errcode).toBe(40013)
    expect((await exchange(await login(), { secret: 'wrong' })).errcode).toBe(40125)
    expect((await exchange(await login(), { grant_type: 'code' })).errcode).toBe(40002)
  })

  it('is taken a hundred times a minute from one person', async () => {
    for (let i = 0; i < 100; i++) expect((await exchange(await login('busy'))).openid).toBeTruthy()
    expect((await exchange(await login('busy'))).errcode).toBe(45011)
    expect((await exchange(await login('calm'))).openid).toBeTruthy()
  })
})

describe('a template message', () => {
  const [template = { id: '', title: '', fields: {} }] = templates
  const data = {
    thing1: { value: '第一食堂' },
    amount2: { value: '¥12.50' },
    time3: { value: '2026-11-23 12:00' },
    character_string4: { value: 'A1' },
  }
  let openid: string
  beforeAll(async () => {
    openid = await openidOf('linxia')
  })

  /** As a sign-in tells it. */
  async function openidOf(user: string): Promise<string> {
    const redirectUri = encodeURIComponent('http://127.0.0.1:1/back')
    const back = await fetch(
      `${sandbox.wechatUrl}/connect/oauth2/authorize?appid=${account.appid}&redirect_uri=${redirectUri}&response_type=code&scope=snsapi_base&state=a`,
      {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ user, act: 'allow' }),
      },
    )
    const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? ''
    const query = { ...account, code, grant_type: 'authorization_code' }
    return (await ask('/sns/oauth2/access_token', query)).openid ?? ''
  }

  async function send(more: object = {}): Promise<Said> {
    const { access_token: token = '' } = await askToken()
    const message = { touser: openid, template_id: template.id, data, ...more }
    return ask('/cgi-bin/message/template/send', { access_token: token }, message)
  }
  const listMessages = async (user = 'linxia') => {
    const answer = await fetch(`${sandbox.wechatUrl}/phones/${user}/messages`)
    return (await answer.json()) as { msgId: number; lines: { label: string; value: string }[] }[]
  }

  it('arrives on the phone, once for its number, and is noted', async () => {
    const sent = await send({ client_msg_id: 'm1', url: 'https://a.example/bill' })
    expect(sent).toMatchObject({ errcode: 0, errmsg: 'ok' })
    expect((await send({ client_msg_id: 'm1' })).msgid).toBe(sent.msgid)
    const messages = await listMessages()
    expect(messages.filter(({ msgId }) => msgId === sent.msgid)).toHaveLength(1)
    expect(messages[0]?.lines[1]).toEqual({ label: '付款金额', value: '¥12.50' })
    const page = await (await fetch(`${sandbox.wechatUrl}/phones/linxia`)).text()
    expect(page).toContain('https://a.example/bill')
    expect(await listMessages('another')).toEqual([])
  })

  it.each([
    [40003, { touser: 'nobody' }],
    [40037, { template_id: 'sandbox-nothing-0000000000000000' }],
    [40013, { miniprogram: { appid: 'wx0000000000000000' } }],
    [40066, { url: 'javascript:alert(1)' }],
    [47001, { data: 'text' }],
    [47003, { data: {} }],
    [47003, { data: { ...data, thing1: { value: '一'.repeat(21) } } }],
    [47003, { data: { ...data, thing1: { value: '' } } }],
    [47003, { data: { ...data, amount2: { value: '很多' } } }],
    [47003, { data: { ...data, amount2: { value: '¥12345678901' } } }],
    [47003, { data: { ...data, time3: { value: '昨天' } } }],
    [47003, { data: { ...data, character_string4: { value: '单号' } } }],
  ])('is refused with %i for %j', async (errcode, more) => {
    const before = (await listMessages()).length
    expect((await send(more)).errcode).toBe(errcode)
    expect(await listMessages()).toHaveLength(before)
  })

  it('does not reach who has left the account', async () => {
    const follow = (act: string) =>
      fetch(`${sandbox.wechatUrl}/phones/linxia/follow`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ act }),
      })
    await follow('leave')
    expect((await send()).errcode).toBe(43004)
    await follow('follow')
    expect((await send()).errcode).toBe(0)
  })
})

describe('what goes wrong at WeChat', () => {
  it.each([
    ['busy', -1, ['stable_token', 'getticket', 'jscode2session', 'access_token']],
    ['token_invalid', 40001, ['getticket']],
    ['token_expired', 42001, ['getticket']],
    ['quota', 45009, ['stable_token', 'getticket']],
    ['no_permission', 48001, ['getticket']],
    ['ip_unlisted', 40164, ['stable_token']],
    ['risky_user', 40226, ['jscode2session']],
  ])('is %s: %i', async (fault, errcode, operations) => {
    const { access_token: token = '' } = await askToken()
    const calls: Record<string, () => Promise<Said>> = {
      stable_token: () => askToken(),
      getticket: () => askTicket(token),
      jscode2session: () => ask('/sns/jscode2session', {}),
      access_token: () => ask('/sns/oauth2/access_token', {}),
    }
    for (const [name, call] of Object.entries(calls)) {
      await setFault(fault, 1)
      const struck = (await call()).errcode === errcode
      expect(struck, name).toBe(operations.includes(name))
    }
  })

  it('is noted with its number', async () => {
    await setFault('busy', 1)
    await askToken()
    const calls = (await (await fetch(`${sandbox.url}/wechat/calls`)).json()) as object[]
    expect(calls.at(-1)).toMatchObject({ operation: 'stable_token', outcome: '-1' })
  })
})

describe('the authorise page', () => {
  const authorise = (
    changes: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) => {
    const query = Object.entries({
      appid: account.appid,
      redirect_uri: 'http://127.0.0.1:1/back',
      response_type: 'code',
      scope: 'snsapi_base',
      state: 'abc',
      ...changes,
    }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    const url = `${sandbox.wechatUrl}/connect/oauth2/authorize?${query.join('&')}`
    const ofWechat = { 'user-agent': 'MicroMessenger/8.0.68' }
    return fetch(url, { redirect: 'manual', headers: { ...ofWechat, ...headers } })
  }

  it.each([
    ['10003', { redirect_uri: 'https://evil.example/back' }],
    ['10003', { redirect_uri: 'javascript:alert(1)' }],
    ['10005', { scope: 'snsapi_userinfo' }],
    ['10016', { state: 'a'.repeat(129) }],
    ['10016', { appid: 'wx0000000000000000' }],
  ])('says %s for %j', async (code, changes) => {
    const answer = await authorise(changes)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(`<h1>${code}</h1>`)
  })

  it('asks nothing of a browser that is somebody’s phone', async () => {
    const phone = await fetch(`${sandbox.wechatUrl}/phones/linxia`)
    const [cookie = ''] = (phone.headers.get('set-cookie') ?? '').split(';')
    const silent = await authorise({}, { cookie })
    expect(silent.status).toBe(302)
    expect(silent.headers.get('location')).toMatch(
      /^http:\/\/127\.0\.0\.1:1\/back\?code=\w+&state=abc$/,
    )
    await setFault('old_code', 1)
    const old = new URL((await authorise({}, { cookie })).headers.get('location') ?? '')
    const code = old.searchParams.get('code') ?? ''
    const query = { ...account, code, grant_type: 'authorization_code' }
    expect((await ask('/sns/oauth2/access_token', query)).errcode).toBe(40163)
  })
})
