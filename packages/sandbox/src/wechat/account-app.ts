import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Faults } from '../faults.ts'
import { createAppCredentials } from './app-credentials.ts'
import { BRIDGE_PATH, JS_SDK_PATH, writeBridge, writeJsSdk } from './js-sdk.ts'
import type { TemplateMessages } from './template-messages.ts'
import type { Users } from './users.ts'
import { type AppOperation, apiErrors, takeWechatFault } from './wechat-faults.ts'

interface Env {
  Bindings: HttpBindings
}

/** An app as WeChat knows it: a service account, a mini-program. */
export interface WechatApp {
  appId: string
  appSecret: string
}

const SILENT_MS = 120_000
const LOGINS_A_MINUTE = 100

const tokenWishSchema = z.object({
  grant_type: z.string(),
  appid: z.string(),
  secret: z.string(),
  force_refresh: z.boolean().optional(),
})

/**
 * WeChat's API for apps (api.weixin.qq.com) and the JS-SDK: whose a code is, tokens and tickets, template
 * messages. Answers 200 and an `errcode`, as WeChat does.
 */
export function createAccountApp({
  account,
  miniProgram,
  users,
  miniProgramUsers,
  messages,
  domains,
  faults,
  note,
  origin,
  stopping,
}: AccountAppOptions): Hono<Env> {
  const credentials = createAppCredentials()
  const app = new Hono<Env>()

  app.get('/sns/oauth2/access_token', (c) =>
    answer(c, 'access_token', (fault) => {
      const { appid, secret, code = '', grant_type: grant } = c.req.query()
      const wrong = refuseApp(account, { appid, secret })
      if (wrong) return wrong
      if (grant !== 'authorization_code') return { errcode: 40002 }
      const openid = users.exchange(code)
      if (typeof openid !== 'string') return openid
      return {
        ...{ access_token: 'sandbox', expires_in: 7200, refresh_token: 'sandbox', openid },
        scope: 'snsapi_base',
        ...(fault === 'snapshot' && { is_snapshotuser: 1 }),
      }
    }),
  )

  const logins = new Map<string, number[]>()
  app.get('/sns/jscode2session', (c) =>
    answer(c, 'jscode2session', () => {
      const { appid, secret, js_code: code = '', grant_type: grant } = c.req.query()
      const wrong = refuseApp(miniProgram, { appid, secret })
      if (wrong) return wrong
      if (grant !== 'authorization_code') return { errcode: 40002 }
      const openid = miniProgramUsers.exchange(code)
      if (typeof openid !== 'string') return openid
      const lately = (logins.get(openid) ?? []).filter((at) => at > Date.now() - 60_000)
      logins.set(openid, [...lately, Date.now()])
      if (lately.length >= LOGINS_A_MINUTE) return { errcode: 45011 }
      return { openid, session_key: Buffer.alloc(16, 1).toString('base64') }
    }),
  )

  app.post('/cgi-bin/stable_token', (c) =>
    answer(c, 'stable_token', async () => {
      const wish = tokenWishSchema.safeParse(await c.req.json().catch(() => undefined))
      if (!wish.success) return { errcode: 47001 }
      const { appid, secret, grant_type: grant, force_refresh: force = false } = wish.data
      if (grant !== 'client_credential') return { errcode: 40002 }
      const wrong = refuseApp(account, { appid, secret })
      if (wrong) return wrong
      const token = credentials.stableToken(force)
      if ('errcode' in token) return token
      return { access_token: token.value, expires_in: token.expiresInSeconds }
    }),
  )
  app.on(['GET', 'PUT'], '/cgi-bin/stable_token', (c) => c.json(describe({ errcode: 43002 })))

  app.get('/cgi-bin/ticket/getticket', (c) =>
    answer(c, 'getticket', () => {
      const wrong = credentials.refuseToken(c.req.query('access_token'))
      if (wrong) return wrong
      if (c.req.query('type') !== 'jsapi') return { errcode: 40097 }
      const { value, expiresInSeconds } = credentials.jsapiTicket()
      return { errcode: 0, errmsg: 'ok', ticket: value, expires_in: expiresInSeconds }
    }),
  )

  app.post('/cgi-bin/message/template/send', (c) =>
    answer(c, 'template', async () => {
      const wrong = credentials.refuseToken(c.req.query('access_token'))
      if (wrong) return wrong
      const sent = messages.send(await c.req.json().catch(() => undefined))
      return 'msgid' in sent ? { errcode: 0, errmsg: 'ok', ...sent } : sent
    }),
  )

  const settings = () => ({
    ...{ appId: account.appId, tickets: credentials.goodTickets(), domains },
    home: `${origin()}/phones`,
  })
  const script = { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' }
  app.get(JS_SDK_PATH, (c) => c.body(writeJsSdk(settings()), 200, script))
  app.get(BRIDGE_PATH, (c) => c.body(writeBridge(settings()), 200, script))
  return app

  /** One call, with whatever goes wrong at the moment. */
  async function answer(
    c: Context<Env>,
    operation: AppOperation,
    act: (fault: string) => object | Promise<object>,
  ): Promise<Response> {
    const { fault, delayMs } = takeWechatFault(faults, operation)
    if (fault === 'silent') {
      await sleep(SILENT_MS, undefined, { ref: false, signal: stopping }).catch(() => {})
      c.env.incoming.socket.destroy()
      return new Response(null)
    }
    if (fault === 'slow') await sleep(delayMs)
    const errcode = apiErrors[fault]
    const said = describe(errcode === undefined ? await act(fault) : { errcode })
    note(operation, '', 'errcode' in said && said.errcode !== 0 ? String(said.errcode) : 'SUCCESS')
    return c.json(said)
  }
}

export interface AccountAppOptions {
  /** The service account. */
  account: WechatApp
  miniProgram: WechatApp | undefined
  users: Users
  miniProgramUsers: Users
  messages: TemplateMessages
  /** Hosts that the account has registered, for sign-ins and for pages with the JS-SDK. */
  domains: readonly string[]
  faults: Faults
  note: (operation: string, reference: string, outcome: string) => void
  origin: () => string
  stopping: AbortSignal
}

function refuseApp(
  app: WechatApp | undefined,
  { appid, secret }: { appid: string | undefined; secret: string | undefined },
): { errcode: number } | undefined {
  if (!appid) return { errcode: 41002 }
  if (!secret) return { errcode: 41004 }
  if (!app || appid !== app.appId) return { errcode: 40013 }
  return secret === app.appSecret ? undefined : { errcode: 40125 }
}

const errorTexts: Record<number, string> = {
  [-1]: 'system error',
  40001: 'invalid credential, access_token is invalid or not latest',
  40002: 'invalid grant_type',
  40003: 'invalid openid',
  40013: 'invalid appid',
  40029: 'invalid code',
  40037: 'invalid template_id',
  40066: 'invalid url',
  40097: 'invalid args',
  40125: 'invalid appsecret',
  40163: 'code been used',
  40164: 'invalid ip, not in whitelist',
  40226: 'code blocked',
  41001: 'access_token missing',
  41002: 'appid missing',
  41004: 'appsecret missing',
  42001: 'access_token expired',
  43002: 'require POST method',
  43004: 'require subscribe',
  45009: 'reach max api daily quota limit',
  45011: 'api minute-quota reach limit, must slower, retry next minute',
  47001: 'data format error',
  48001: 'api unauthorized',
}

function describe(said: object): object {
  if (!('errcode' in said) || 'errmsg' in said) return said
  return { ...said, errmsg: errorTexts[Number(said.errcode)] ?? 'error' }
}
