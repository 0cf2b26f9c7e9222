import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readPortCalls } from '../testing/read-port-calls.ts'
import { createFakeWechat, makeFakeKey } from '../wechat-pay/testing/fake-wechat.ts'
import { createMiniProgram } from './create-mini-program.ts'
import { createOfficialAccount } from './create-official-account.ts'
import type { MiniProgram, OfficialAccount } from './wechat-app.ts'

const app = { appId: 'wx0123456789abcdef', appSecret: 'a1'.repeat(16) }
const NOWHERE = 'http://127.0.0.1:1'
const logged: string[] = []
const log = pino({ level: 'info' }, { write: (line) => void logged.push(line) })
let wechat: Awaited<ReturnType<typeof createFakeWechat>>
let account: OfficialAccount
let mini: MiniProgram
const opened: { close(): Promise<void> }[] = []
beforeAll(async () => {
  wechat = await createFakeWechat(makeFakeKey('1'))
  account = openAccount(wechat.url)
  mini = createMiniProgram({ ...app, apiUrl: `${wechat.url}/proxy/`, log })
  opened.push(mini)
})
beforeEach(() => {
  wechat.requests.length = 0
  logged.length = 0
})
afterAll(async () => {
  for (const each of [...opened, wechat]) await each.close()
})

function openAccount(apiUrl: string): OfficialAccount {
  const authoriseUrl = 'https://open.weixin.qq.com/connect/oauth2/authorize'
  const made = createOfficialAccount({ ...app, apiUrl, authoriseUrl, log })
  opened.push(made)
  return made
}
const say = (content: object) =>
  wechat.onRequest(() => ({ body: JSON.stringify(content), key: null }))

describe('an official account', () => {
  it('sends people to WeChat in the order of parameters that WeChat wants', () => {
    expect(account.authoriseUrl('https://pay.school.example/wechat/sign-in', '1001abc')).toBe(
      'https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef' +
        '&redirect_uri=https%3A%2F%2Fpay.school.example%2Fwechat%2Fsign-in' +
        '&response_type=code&scope=snsapi_base&state=1001abc#wechat_redirect',
    )
  })

  it('exchanges a code once, also for two who come with it at once', async () => {
    say({ access_token: 't', openid: 'o-1', scope: 'snsapi_base' })
    const both = await Promise.all([account.findOpenid('code1'), account.findOpenid('code1')])
    expect(both).toEqual([{ openid: 'o-1' }, { openid: 'o-1' }])
    expect(wechat.requests.map(({ target }) => target)).toEqual([
      `/sns/oauth2/access_token?appid=${app.appId}&secret=${app.appSecret}&code=code1&grant_type=authorization_code`,
    ])
  })

  it.each([
    [{ errcode: 40029 }, 'invalid'],
    [{ errcode: 42003 }, 'invalid'],
    [{ errcode: 40163 }, 'used'],
    [{ errcode: -1 }, 'unavailable'],
    [{ errcode: 40125 }, 'unavailable'],
    [{ openid: 'o-1', is_snapshotuser: 1 }, 'snapshot'],
    [{ nothing: true }, 'unavailable'],
  ])('signs nobody in after %j: %s', async (content, failed) => {
    say(content)
    expect(await account.findOpenid('code2')).toEqual({ failed })
  })

  it('says which number WeChat refuses with, and no secret', async () => {
    say({ errcode: 40125, errmsg: `invalid appsecret ${app.appSecret}` })
    await account.findOpenid('code-of-somebody')
    expect(logged.join()).toContain('"errcode":40125')
    const away = openAccount(NOWHERE)
    expect(await away.findOpenid('code-of-somebody')).toEqual({ failed: 'unavailable' })
    expect(await away.fetchToken()).toEqual({ failed: { reason: 'not_sent' } })
    wechat.onRequest(() => 'silence')
    expect(await account.fetchToken()).toEqual({ failed: { reason: 'unknown' } })
    for (const secret of [app.appSecret, 'code-of-somebody']) {
      expect(logged.join()).not.toContain(secret)
    }
  })

  it('asks for a stable token with its secret in the body, and by force only when told', async () => {
    say({ access_token: 'token', expires_in: 7_200 })
    expect(await account.fetchToken()).toEqual({ value: 'token', expiresInSeconds: 7_200 })
    await account.fetchToken(true)
    const [first, second] = wechat.requests
    expect(first).toMatchObject({ method: 'POST', target: '/cgi-bin/stable_token' })
    const body = { grant_type: 'client_credential', appid: app.appId, secret: app.appSecret }
    expect(JSON.parse(first?.body ?? '')).toEqual({ ...body, force_refresh: false })
    expect(JSON.parse(second?.body ?? '')).toEqual({ ...body, force_refresh: true })
  })

  it('asks for a ticket of the page signature', async () => {
    say({ errcode: 0, errmsg: 'ok', ticket: 'ticket', expires_in: 7_200 })
    expect(await account.fetchTicket('token')).toEqual({ value: 'ticket', expiresInSeconds: 7_200 })
    expect(wechat.requests[0]?.target).toBe(
      '/cgi-bin/ticket/getticket?access_token=token&type=jsapi',
    )
  })

  it.each([40001, 40014, 42001])('knows by %d that the token is gone', async (errcode) => {
    say({ errcode })
    expect(await account.fetchTicket('token')).toEqual({ failed: { reason: 'token_gone' } })
  })

  const message = {
    openid: 'o-1',
    templateId: 'TM1',
    data: { thing1: { value: '第一食堂' } },
    messageId: 'm1',
    url: undefined,
  }

  it('sends a template message under a number of its own', async () => {
    say({ errcode: 0, errmsg: 'ok', msgid: 200_228_332 })
    expect(await account.sendTemplate('token', { ...message, url: 'https://bff.example/' })).toBe(
      'sent',
    )
    const [request] = wechat.requests
    expect(request?.target).toBe('/cgi-bin/message/template/send?access_token=token')
    expect(JSON.parse(request?.body ?? '')).toEqual({
      touser: 'o-1',
      template_id: 'TM1',
      url: 'https://bff.example/',
      data: { thing1: { value: '第一食堂' } },
      client_msg_id: 'm1',
    })
  })

  it.each([
    [{ errcode: 43004 }, { reason: 'refused', errcode: 43004 }],
    [{ errcode: 43101 }, { reason: 'refused', errcode: 43101 }],
    [{ errcode: 43117 }, { reason: 'refused', errcode: 43117 }],
    [{ errcode: 40037 }, { reason: 'refused', errcode: 40037 }],
    [{ errcode: 48001 }, { reason: 'refused', errcode: 48001 }],
    [{ errcode: -1 }, { reason: 'busy' }],
    [{ errcode: 40001 }, { reason: 'token_gone' }],
    [{ said: 'nothing' }, { reason: 'unknown' }],
  ])('tells that a message was not taken: %j', async (content, failed) => {
    say(content)
    expect(await account.sendTemplate('token', message)).toEqual({ failed })
  })
})

describe('figures for Prometheus', () => {
  it.each<[string, object | undefined]>([
    ['answered', { openid: 'o-1' }],
    ['REFUSED', { errcode: 40029 }],
    ['REFUSED', { errcode: 40001 }],
    ['UNKNOWN', { errcode: -1 }],
    ['UNKNOWN', undefined],
  ])('count a question as %s, which EcodeOutsideSilent reads: %j', async (outcome, content) => {
    if (content) say(content)
    else wechat.onRequest(() => 'silence')
    const before = await readPortCalls('wechat_app')
    await account.findOpenid('a-code')
    await mini.findOpenid('a-code')
    const after = await readPortCalls('wechat_app')
    expect(after).toEqual({ ...before, [outcome]: (before[outcome] ?? 0) + 2 })
  })
})

describe('a mini-program', () => {
  it('finds whose code it is, below a path, and does not keep the session key', async () => {
    say({ openid: 'o-2', session_key: 'key', unionid: 'u-1' })
    expect(await mini.findOpenid('code')).toEqual({ openid: 'o-2' })
    expect(wechat.requests[0]?.target).toBe(
      `/proxy/sns/jscode2session?appid=${app.appId}&secret=${app.appSecret}&js_code=code&grant_type=authorization_code`,
    )
  })

  it.each([
    [{ errcode: 40029 }, 'invalid'],
    [{ errcode: 40163 }, 'used'],
    [{ errcode: 40226 }, 'risky'],
    [{ errcode: 45011 }, 'too_often'],
    [{ errcode: -1 }, 'unavailable'],
    [{ errcode: 40013 }, 'unavailable'],
    [{ errcode: 0 }, 'unavailable'],
  ])('signs nobody in after %j: %s', async (content, failed) => {
    say(content)
    expect(await mini.findOpenid('code')).toEqual({ failed })
  })
})
