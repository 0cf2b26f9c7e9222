import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { HandledCall } from '../answer-call.ts'
import type { Fault, Faults } from '../faults.ts'
import type { Journal } from '../journal.ts'
import { limitBody } from '../signed-calls.ts'
import { createAccountApp, type WechatApp } from './account-app.ts'
import { isAuthorised } from './check-authorization.ts'
import { createPhoneApp, type MenuEntry } from './phone-app.ts'
import type { WechatKeyMaterial } from './school-keys.ts'
import { encryptResource, makeStranger, signMessage } from './sign-answer.ts'
import { createSignInApp } from './sign-in-app.ts'
import { createTemplateMessages, type TemplateMessage } from './template-messages.ts'
import { templates } from './templates.ts'
import { writeTradeBill } from './trade-bill.ts'
import type { Trade, TradeBook, TradeRefund } from './trade-book.ts'
import { createUsers } from './users.ts'
import { answerV2, readV2 } from './v2-message.ts'
import { type PayOperation, takeWechatFault } from './wechat-faults.ts'

/** As WeChat knows its merchant. */
export interface WechatAccount {
  appId: string
  appSecret: string
  mchId: string
  apiV3Key: string
  apiV2Key: string
}

interface Env {
  Bindings: HttpBindings
}
type Answer = { status: number; body: object | null }

/** Above this WeChat asks for the password, however often one has paid without. */
const PASSWORD_ABOVE_FEN = 100_000
const REFUND_TAKES_MS = 400
const SILENT_MS = 120_000
const CALLS_MAX = 1_000

const chargeSchema = z.object({
  appid: z.string(),
  mchid: z.string(),
  description: z.string().refine((text) => Buffer.byteLength(text) <= 127),
  out_trade_no: z.string().regex(/^[\w|*-]{6,32}$/),
  payer: z.object({ auth_code: z.string() }),
  amount: z.object({ total: z.int().min(1), currency: z.literal('CNY') }),
  scene_info: z.object({
    device_id: z.string().max(32).optional(),
    store_info: z.object({ out_id: z.string().max(32) }),
  }),
})
const refundSchema = z.object({
  out_trade_no: z.string(),
  out_refund_no: z.string().regex(/^[\w|*@-]{1,64}$/),
  notify_url: z.url().optional(),
  amount: z.object({
    refund: z.int().min(1),
    total: z.int().min(1),
    currency: z.literal('CNY'),
  }),
})

/**
 * WeChat as far as a campus meets it: WeChat Pay V3 and the one call of V2, its sign-in, and the phones
 * of the people who have it. Every signature is recomputed, and every answer signed.
 */
export function createWechatApp({
  account,
  miniProgram,
  keys,
  book,
  messageJournal,
  domains,
  readMenu,
  calls,
  faults,
  origin,
  stopping,
}: {
  account: WechatAccount
  miniProgram: WechatApp | undefined
  keys: WechatKeyMaterial
  book: TradeBook
  messageJournal: Journal<TemplateMessage>
  /** Hosts that the account has registered at WeChat. */
  domains: readonly string[]
  /** What the account's menu leads to. */
  readMenu: () => Promise<MenuEntry[]>
  calls: HandledCall[]
  faults: Faults
  origin: () => string
  stopping: AbortSignal
}): Hono<Env> {
  const { appId, mchId, apiV3Key } = account
  const users = createUsers(appId)
  const miniProgramUsers = createUsers(miniProgram?.appId ?? '')
  const messages = createTemplateMessages({
    ...{ journal: messageJournal, templates, isFollowing: users.isFollowing },
    miniProgramAppId: miniProgram?.appId,
  })
  const stranger = makeStranger(keys.byCertificate.serial)
  let answered = 0

  /** By which key: the one that was asked for or, while a merchant is moved from one to the other, either. */
  function keyFor(wanted: string | undefined, { fault }: Fault) {
    answered++
    if (fault === 'wrong_signature') return stranger
    if (fault === 'mixed_serials') return answered % 2 ? keys.byCertificate : keys.byPublicKey
    return wanted === keys.byPublicKey.serial ? keys.byPublicKey : keys.byCertificate
  }

  function note(operation: string, reference: string, outcome: string) {
    calls.push({ at: new Date().toISOString(), operation, reference, outcome })
    if (calls.length > CALLS_MAX) calls.shift()
  }

  /** One call of V3, with whatever goes wrong at the moment. */
  async function answerV3(
    c: Context<Env>,
    { operation, reference }: { operation: PayOperation; reference: string },
    act: (body: unknown, fault: Fault) => Answer,
  ): Promise<Response> {
    const text = await c.req.text()
    const { pathname, search } = new URL(c.req.url)
    const call = { method: c.req.method, target: pathname + search, body: text }
    if (!isAuthorised(c.req.header('authorization') ?? '', keys, mchId, call)) {
      return c.json({ code: 'SIGN_ERROR', message: '签名错误' }, 401)
    }
    const fault = takeWechatFault(faults, operation)
    if (fault.fault === 'silent') {
      await sleep(SILENT_MS, undefined, { ref: false, signal: stopping }).catch(() => {})
      return cut(c)
    }
    let answer = act(parseJson(text), fault)
    if (fault.fault === 'twice') answer = act(parseJson(text), fault)
    note(operation, reference, outcomeOf(answer))
    if (fault.fault === 'debit_then_drop') return cut(c)
    if (fault.fault === 'system_error') answer = refuse(500, 'SYSTEM_ERROR')
    if (fault.fault === 'slow') await sleep(fault.delayMs)
    const body = answer.body === null ? '' : JSON.stringify(answer.body)
    const headers = signMessage(keyFor(c.req.header('wechatpay-serial'), fault), body)
    const type = { 'content-type': 'application/json; charset=utf-8' }
    return new Response(body, { status: answer.status, headers: { ...headers, ...type } })
  }

  const app = new Hono<Env>()
  app.use(limitBody)
  app.get('/readyz', (c) => c.json({ ok: true }))

  app.post('/v3/pay/transactions/codepay', (c) =>
    answerV3(c, { operation: 'codepay', reference: '' }, (body, fault) => {
      const order = chargeSchema.safeParse(body)
      if (!order.success) return refuse(400, 'PARAM_ERROR')
      const { appid, mchid, out_trade_no: outTradeNo, payer, amount, description } = order.data
      if (appid !== appId || mchid !== mchId) return refuse(400, 'APPID_MCHID_NOT_MATCH')
      if (book.find(outTradeNo)) return refuse(400, 'OUT_TRADE_NO_USED')
      const openid = users.readCode(payer.auth_code)
      if (typeof openid !== 'string') {
        return refuse(400, openid.error === 'expired' ? 'AUTH_CODE_EXPIRED' : 'AUTH_CODE_INVALID')
      }
      users.spendCode(payer.auth_code)
      const charge = { outTradeNo, openid, amountFen: amount.total, description }
      if (fault.fault === 'decline') {
        book.charge(charge, 'PAYERROR')
        return refuse(403, 'NOT_ENOUGH')
      }
      const asks = fault.fault === 'ask_password' || amount.total > PASSWORD_ABOVE_FEN
      const trade = book.charge(charge, asks ? 'USERPAYING' : 'SUCCESS')
      return asks ? refuse(202, 'USERPAYING') : { status: 200, body: toAnswer(trade) }
    }),
  )
  app.get('/v3/pay/transactions/out-trade-no/:no', (c) => {
    const reference = c.req.param('no')
    return answerV3(c, { operation: 'query', reference }, () => {
      const trade = c.req.query('mchid') === mchId ? book.find(reference) : undefined
      return trade ? { status: 200, body: toAnswer(trade) } : refuse(404, 'ORDER_NOT_EXIST')
    })
  })
  app.post('/v3/pay/transactions/out-trade-no/:no/reverse', (c) => {
    const reference = c.req.param('no')
    return answerV3(c, { operation: 'reverse', reference }, (_, fault) => {
      const trade = book.reverse(reference, fault.fault)
      if (!trade) return refuse(404, 'ORDER_NOT_EXIST')
      return { status: 200, body: { appid: appId, mchid: mchId, out_trade_no: reference } }
    })
  })

  app.post('/v3/refund/domestic/refunds', (c) =>
    answerV3(c, { operation: 'refund', reference: '' }, (body, fault) => {
      const wanted = refundSchema.safeParse(body)
      if (!wanted.success) return refuse(400, 'PARAM_ERROR')
      const { out_trade_no: outTradeNo, out_refund_no: outRefundNo, amount } = wanted.data
      const trade = book.find(outTradeNo)
      if (trade && trade.amountFen !== amount.total) return refuse(400, 'PARAM_ERROR')
      const known = book.findRefund(outRefundNo)
      const refund = book.refund({
        ...{ outTradeNo, outRefundNo, amountFen: amount.refund },
        notifyUrl: wanted.data.notify_url ?? null,
      })
      if (typeof refund === 'string')
        return refuse(refund === 'ORDER_NOT_EXIST' ? 404 : 403, refund)
      if (!known) {
        const waitMs = fault.fault === 'processing' ? fault.delayMs : REFUND_TAKES_MS
        void settleLater(refund, fault.fault === 'decline' ? 'CLOSED' : 'SUCCESS', waitMs)
      }
      return { status: 200, body: toRefundAnswer(refund) }
    }),
  )
  app.get('/v3/refund/domestic/refunds/:no', (c) => {
    const reference = c.req.param('no')
    return answerV3(c, { operation: 'query-refund', reference }, () => {
      const refund = book.findRefund(reference)
      return refund
        ? { status: 200, body: toRefundAnswer(refund) }
        : refuse(404, 'RESOURCE_NOT_EXISTS')
    })
  })
  for (const refund of book.listOpenRefunds()) void settleLater(refund, 'SUCCESS', REFUND_TAKES_MS)

  async function settleLater(refund: TradeRefund, state: 'SUCCESS' | 'CLOSED', waitMs: number) {
    await sleep(waitMs, undefined, { ref: false, signal: stopping }).catch(() => {})
    if (stopping.aborted) return
    const settled = book.settleRefund(refund.outRefundNo, state)
    if (settled?.notifyUrl) await tell(settled, settled.notifyUrl)
  }

  /** Once: it is asked about anyway. */
  async function tell(refund: TradeRefund, url: string) {
    const content = {
      ...{ mchid: mchId, out_trade_no: refund.outTradeNo, out_refund_no: refund.outRefundNo },
      ...{ refund_id: refund.refundId, refund_status: refund.state },
      amount: { refund: refund.amountFen },
    }
    const body = JSON.stringify({
      id: refund.refundId,
      create_time: new Date().toISOString(),
      resource_type: 'encrypt-resource',
      event_type: `REFUND.${refund.state}`,
      resource: encryptResource(content, apiV3Key),
      summary: '退款',
    })
    const headers = {
      ...signMessage(keyFor(keys.byPublicKey.serial, faults.get('wechat')), body),
      'content-type': 'application/json',
    }
    const told = await fetch(url, { method: 'POST', headers, body, signal: stopping }).catch(
      () => {},
    )
    note('refund-notice', refund.outRefundNo, String(told?.status ?? 'lost'))
  }

  app.get('/v3/bill/tradebill', (c) =>
    answerV3(c, { operation: 'tradebill', reference: '' }, () => {
      const day = c.req.query('bill_date') ?? ''
      const isAll = c.req.query('bill_type') === 'ALL' && c.req.query('tar_type') === 'GZIP'
      if (!/^\d{4}-\d\d-\d\d$/.test(day) || !isAll) return refuse(400, 'PARAM_ERROR')
      const bill = writeBill(day)
      if (bill === undefined) return refuse(400, 'NO_STATEMENT_EXIST')
      const hash = createHash('sha1').update(bill).digest('hex')
      const download = `${origin()}/v3/billdownload/file?token=${day}`
      return { status: 200, body: { hash_type: 'SHA1', hash_value: hash, download_url: download } }
    }),
  )
  app.get('/v3/billdownload/file', (c) => {
    const { pathname, search } = new URL(c.req.url)
    const call = { method: 'GET', target: pathname + search, body: '' }
    if (!isAuthorised(c.req.header('authorization') ?? '', keys, mchId, call)) {
      return c.json({ code: 'SIGN_ERROR', message: '签名错误' }, 401)
    }
    // Alone of all answers this one is not signed.
    const bill = writeBill(c.req.query('token') ?? '')
    return bill === undefined ? c.notFound() : c.body(new Uint8Array(gzipSync(bill)), 200)
  })
  function writeBill(day: string): string | undefined {
    const drifts = faults.get('wechat').fault === 'bill_drift'
    return writeTradeBill(book, { appId, mchId, day, drifts })
  }

  app.post('/tools/authcodetoopenid', async (c) => {
    const fault = takeWechatFault(faults, 'authcodetoopenid')
    if (fault.fault === 'silent') {
      await sleep(SILENT_MS, undefined, { ref: false, signal: stopping }).catch(() => {})
      return cut(c)
    }
    if (fault.fault === 'slow') await sleep(fault.delayMs)
    const asked = readV2(await c.req.text(), account.apiV2Key)
    const xml = (fields: Record<string, string>) =>
      c.body(answerV2(fields, account.apiV2Key, asked?.signType ?? 'MD5'), 200, {
        'content-type': 'text/xml; charset=utf-8',
      })
    if (!asked) return xml({ return_code: 'FAIL', return_msg: '签名错误' })
    if (asked.fields.appid !== appId || asked.fields.mch_id !== mchId) {
      return xml({ return_code: 'FAIL', return_msg: 'appid and mch_id not match' })
    }
    const openid = users.readCode(asked.fields.auth_code ?? '')
    const head = { return_code: 'SUCCESS', return_msg: 'OK', appid: appId, mch_id: mchId }
    note('authcodetoopenid', '', typeof openid === 'string' ? 'SUCCESS' : openid.error)
    if (typeof openid === 'string') return xml({ ...head, result_code: 'SUCCESS', openid })
    const code = openid.error === 'expired' ? 'AUTHCODEEXPIRE' : 'AUTH_CODE_INVALID'
    return xml({ ...head, result_code: 'FAIL', err_code: code })
  })

  const official = { account, miniProgram, users, miniProgramUsers, messages, domains }
  app.route('/', createAccountApp({ ...official, faults, note, origin, stopping }))
  app.route('/', createSignInApp({ appId, domains, users, faults }))
  app.route('/', createPhoneApp({ users, miniProgramUsers, book, messages, readMenu }))
  return app

  function toAnswer(trade: Trade) {
    const { outTradeNo, transactionId, state, amountFen, paidAt, openid } = trade
    return {
      ...{ appid: appId, mchid: mchId, out_trade_no: outTradeNo, transaction_id: transactionId },
      ...{ trade_type: 'MICROPAY', trade_state: state, trade_state_desc: state },
      ...(paidAt !== null && { success_time: new Date(paidAt).toISOString() }),
      payer: { openid },
      amount: { total: amountFen, payer_total: amountFen, currency: 'CNY' },
    }
  }
  function toRefundAnswer(refund: TradeRefund) {
    const { outTradeNo, outRefundNo, refundId, amountFen, state } = refund
    return {
      ...{ refund_id: refundId, out_refund_no: outRefundNo, out_trade_no: outTradeNo },
      ...{ channel: 'ORIGINAL', status: state, create_time: new Date(refund.at).toISOString() },
      amount: { refund: amountFen, total: book.find(outTradeNo)?.amountFen, currency: 'CNY' },
    }
  }
}

function refuse(status: number, code: string): Answer {
  return { status, body: { code, message: code } }
}

function outcomeOf({ status, body }: Answer): string {
  if (body && 'code' in body) return String(body.code)
  if (body && 'trade_state' in body) return String(body.trade_state)
  return body && 'status' in body ? String(body.status) : String(status)
}

function cut(c: Context<Env>): Response {
  c.env.incoming.socket.destroy()
  return new Response(null)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
