import { createHash, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Debit, DebitRefund } from '@campus-ecode/protocol/debit-port'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { PortAnswer } from '../debit-port.ts'
import { type CodeOwner, referenceOfLateRefund } from '../foreign-code-port.ts'
import { watchCall } from '../watch-call.ts'
import { openResource, resourceSchema } from './open-resource.ts'
import { parseTradeBill } from './trade-bill.ts'
import { isSignedV2, readV2, signV2, writeV2 } from './v2-message.ts'
import {
  createV3Client,
  isPutOff,
  parseJson,
  type V3Answer,
  WECHAT_PAY,
  WechatHosts,
} from './v3-client.ts'
import { isSignedBy, type MerchantKey, readSignatureHeaders } from './v3-signature.ts'
import type { WechatKeys } from './wechat-keys.ts'
import type { WechatPort } from './wechat-port.ts'

export interface WechatPortOptions {
  appId: string
  merchant: MerchantKey
  keys: WechatKeys
  apiV3Key: string
  apiV2Key: string
  /** `https://api.mch.weixin.qq.com`, and the one to use when that is away. */
  payUrls: string[]
  /** Where WeChat tells what became of refunds; they are queried anyway. */
  refundNoticeUrl: string | undefined
  now(): number
  log: Logger
}

/** WeChat takes its time over a payer's limits and bank. */
const CHARGE_DEADLINE_MS = 8_000

const NOT_FOUND = new Set(['ORDER_NOT_EXIST', 'ORDERNOTEXIST', 'RESOURCE_NOT_EXISTS', 'NOT_FOUND'])

/** The payer's account there was closed: what else they refuse may pass, as too little on the merchant's. */
const PAYER_GONE = 'USER_ACCOUNT_ABNORMAL'

const statusOfState = {
  SUCCESS: 'SUCCEEDED',
  NOTPAY: 'PROCESSING',
  USERPAYING: 'PROCESSING',
  ACCEPT: 'PROCESSING',
  REFUND: 'REVERSED',
  REVOKED: 'REVERSED',
  CLOSED: 'DECLINED',
  PAYERROR: 'DECLINED',
} as const

const tradeSchema = z.object({
  out_trade_no: z.string(),
  trade_state: z.enum(Object.keys(statusOfState) as [keyof typeof statusOfState]),
  amount: z.object({ total: z.int() }).optional(),
})
const refundSchema = z.object({
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  status: z.enum(['SUCCESS', 'PROCESSING', 'CLOSED', 'ABNORMAL']),
  amount: z.object({ refund: z.int() }),
})
const errorSchema = z.object({ code: z.string() })
const billSchema = z.object({
  hash_type: z.literal('SHA1'),
  hash_value: z.string(),
  download_url: z.url(),
})
const noticeSchema = z.object({ event_type: z.string(), resource: resourceSchema })

/** The real WeChat Pay, or what stands in for it at the same addresses' forms. */
export function createWechatPort(options: WechatPortOptions): WechatPort {
  const { appId, merchant, keys, apiV3Key, apiV2Key, now, log } = options
  const { mchId } = merchant
  const hosts = new WechatHosts(options.payUrls)
  const v3 = createV3Client({ hosts, merchant, keys, now, log })

  async function queryTrade(reference: string): Promise<V3Answer> {
    const path = `/v3/pay/transactions/out-trade-no/${encodeURIComponent(reference)}`
    return v3.call({ method: 'GET', target: `${path}?mchid=${mchId}` })
  }

  async function query(reference: string): Promise<PortAnswer<Debit>> {
    const answer = await queryTrade(reference)
    const debit = readTrade(answer, reference)
    if (!debit.ok || !isReturned(answer)) return debit
    // WeChat says so as soon as it has accepted a refund. Where that is our own it has to be through.
    const late = await queryRefund(reference, referenceOfLateRefund(reference))
    if (isNotFound(late)) return debit
    if (!late.ok) return { ok: false, reason: 'UNKNOWN' }
    if (late.value.status === 'PROCESSING') {
      return { ok: true, value: { ...debit.value, status: 'PROCESSING' } }
    }
    if (late.value.status === 'DECLINED') {
      log.error({ reference }, 'alarm: a charge that came to nothing could not be returned')
    }
    return debit
  }

  async function queryRefund(
    reference: string,
    refundReference: string,
  ): Promise<PortAnswer<DebitRefund>> {
    const target = `/v3/refund/domestic/refunds/${encodeURIComponent(refundReference)}`
    return readRefund(await v3.call({ method: 'GET', target }), reference, refundReference)
  }

  function readTrade(answer: V3Answer, reference: string): PortAnswer<Debit> {
    if (!answer.ok) return answer
    const trade = tradeSchema.safeParse(answer.body)
    // A charge that waits for the password may say so with 202.
    if (answer.status < 300 && trade.success && trade.data.out_trade_no === reference) {
      const { trade_state: state, amount } = trade.data
      const amountFen = amount?.total ?? null
      return { ok: true, value: { ...debitOf(reference, statusOfState[state]), amountFen } }
    }
    const code = readCode(answer)
    if (code === 'USERPAYING' || code === 'USER_PAYING') {
      return { ok: true, value: debitOf(reference, 'PROCESSING') }
    }
    return refused(answer, code)
  }

  const isReturned = (answer: V3Answer) =>
    answer.ok && tradeSchema.safeParse(answer.body).data?.trade_state === 'REFUND'

  function readRefund(
    answer: V3Answer,
    reference: string,
    refundReference: string,
  ): PortAnswer<DebitRefund> {
    if (!answer.ok) return answer
    const refund = refundSchema.safeParse(answer.body)
    if (answer.status !== 200 || !refund.success) return refused(answer, readCode(answer))
    const { out_trade_no: ofTrade, out_refund_no: ofRefund, status, amount } = refund.data
    if (ofTrade !== reference || ofRefund !== refundReference)
      return { ok: false, reason: 'UNKNOWN' }
    if (status === 'ABNORMAL') {
      // The payer's card is gone: staff choose another way on WeChat's own pages, and it goes on.
      log.error({ refundReference }, 'alarm: WeChat Pay needs help with a refund')
    }
    return {
      ok: true,
      value: {
        reference,
        refundReference,
        status:
          status === 'SUCCESS' ? 'SUCCEEDED' : status === 'CLOSED' ? 'DECLINED' : 'PROCESSING',
        amountFen: amount.refund,
        at: new Date(now()).toISOString(),
      },
    }
  }

  /** What is not understood is not known. */
  function refused(answer: V3Answer & { ok: true }, code: string | undefined): PortAnswer<never> {
    const { status } = answer
    if (status === 404 && code && NOT_FOUND.has(code)) {
      return { ok: false, reason: 'REFUSED', error: 'NOT_FOUND' }
    }
    // WeChat's words are fixed; they name nobody.
    if (status === 401) {
      // Every call will be: the merchant's certificate is over or was changed, or our clock is wrong.
      log.error({ status, code }, 'alarm: WeChat Pay does not take our signature')
    } else log.warn({ status, code }, 'WeChat Pay refuses a call')
    return status >= 400 && !isPutOff(answer)
      ? { ok: false, reason: 'REFUSED', error: 'BAD_REQUEST' }
      : { ok: false, reason: 'UNKNOWN' }
  }

  function debitOf(reference: string, status: Debit['status']): Debit {
    const declineReason = status === 'DECLINED' ? 'OTHER' : null
    return { reference, status, amountFen: null, declineReason, at: new Date(now()).toISOString() }
  }

  async function findPayer(authCode: string): Promise<CodeOwner> {
    const fields = {
      appid: appId,
      mch_id: mchId,
      auth_code: authCode,
      nonce_str: randomBytes(16).toString('hex'),
      sign_type: 'HMAC-SHA256',
    }
    const sign = signV2(fields, apiV2Key, 'HMAC-SHA256')
    const answer = await hosts.send({
      method: 'POST',
      path: '/tools/authcodetoopenid',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: writeV2({ ...fields, sign }),
    })
    const said = typeof answer === 'string' ? undefined : readV2(answer.body.toString('utf8'))
    if (said?.return_code !== 'SUCCESS') {
      // Here WeChat says what is wrong with the call itself, and does not sign.
      if (said) log.error({ message: said.return_msg }, 'alarm: WeChat Pay refuses to name payers')
      return { failed: 'unavailable' }
    }
    // It signs as it was asked to, but older installations do so with MD5 whatever was asked.
    const isSigned = (['HMAC-SHA256', 'MD5'] as const).some((type) =>
      isSignedV2(said, apiV2Key, type),
    )
    const isOurs = said.appid === appId && said.mch_id === mchId
    if (!isSigned || !isOurs) {
      log.error({ call: 'authcodetoopenid' }, 'alarm: an answer of WeChat Pay does not verify')
      return { failed: 'unavailable' }
    }
    if (said.result_code === 'SUCCESS' && said.openid) return { openid: said.openid }
    switch (said.err_code) {
      case 'AUTHCODEEXPIRE':
      case 'AUTH_CODE_EXPIRED':
        return { failed: 'expired' }
      case 'AUTH_CODE_ERROR':
      case 'AUTH_CODE_INVALID':
        return { failed: 'invalid' }
      default:
        log.warn({ code: said.err_code }, 'WeChat Pay does not say whose a code is')
        return { failed: 'unavailable' }
    }
  }

  return {
    query,
    queryRefund,

    findPayer: (authCode) =>
      watchCall(
        WECHAT_PAY,
        () => findPayer(authCode),
        (owner) => ('failed' in owner && owner.failed === 'unavailable' ? 'UNKNOWN' : 'answered'),
      ),

    async charge({ reference, amountFen, description, authCode, terminalId, merchantId }) {
      const answer = await v3.call({
        method: 'POST',
        target: '/v3/pay/transactions/codepay',
        body: {
          appid: appId,
          mchid: mchId,
          description: cut(description, DESCRIPTION_BYTES_MAX),
          out_trade_no: reference,
          payer: { auth_code: authCode },
          amount: { total: amountFen, currency: 'CNY' },
          scene_info: {
            device_id: terminalId.replaceAll('-', ''),
            store_info: { out_id: merchantId.replaceAll('-', '') },
          },
        },
        deadlineMs: CHARGE_DEADLINE_MS,
      })
      const debit = readTrade(answer, reference)
      const isNo = !debit.ok && debit.reason === 'REFUSED'
      if (!isNo) return debit
      // It may be the answer to a repeat that the network made, so it is asked whether there is an order.
      const seen = await query(reference)
      if (isNotFound(seen)) return { ok: true, value: debitOf(reference, 'DECLINED') }
      // The question was not sent; the charge was.
      return seen.ok || seen.reason === 'REFUSED' ? seen : { ok: false, reason: 'UNKNOWN' }
    },

    async reverse(reference) {
      const path = `/v3/pay/transactions/out-trade-no/${encodeURIComponent(reference)}/reverse`
      const body = { appid: appId, mchid: mchId }
      const answer = await v3.call({ method: 'POST', target: path, body })
      if (!answer.ok) return answer
      // To be told "yes" is not to see it done; nor is it not done when WeChat finds it done already.
      const debit = await query(reference)
      if (!debit.ok || debit.value.status !== 'SUCCEEDED') return debit
      if (isPutOff(answer)) return { ok: false, reason: 'UNKNOWN' }
      return answer.status < 300
        ? { ok: true, value: debitOf(reference, 'PROCESSING') }
        : { ok: false, reason: 'REFUSED', error: 'NOT_REVERSIBLE' }
    },

    async refund(reference, { refundReference, amountFen }) {
      const before = await queryRefund(reference, refundReference)
      if (!isNotFound(before)) return before
      const debit = readTrade(await queryTrade(reference), reference)
      if (!debit.ok) return debit
      const { amountFen: totalFen } = debit.value
      if (totalFen === null) return { ok: false, reason: 'UNKNOWN' }
      const answer = await v3.call({
        method: 'POST',
        target: '/v3/refund/domestic/refunds',
        body: {
          out_trade_no: reference,
          out_refund_no: refundReference,
          ...(options.refundNoticeUrl && { notify_url: options.refundNoticeUrl }),
          amount: { refund: amountFen, total: totalFen, currency: 'CNY' },
        },
      })
      if (!answer.ok || readCode(answer) !== PAYER_GONE) {
        return readRefund(answer, reference, refundReference)
      }
      // As with a charge, it may be the answer to a repeat.
      const seen = await queryRefund(reference, refundReference)
      if (!isNotFound(seen)) return seen
      const at = new Date(now()).toISOString()
      return { ok: true, value: { reference, refundReference, status: 'DECLINED', amountFen, at } }
    },

    async downloadBill(day) {
      const announced = await v3.call({
        method: 'GET',
        target: `/v3/bill/tradebill?bill_date=${day}&bill_type=ALL&tar_type=GZIP`,
        deadlineMs: 30_000,
      })
      // Of a day without trades WeChat writes none.
      const isNone = announced.ok && readCode(announced) === 'NO_STATEMENT_EXIST'
      if (isNone && isBillDue(day, now())) return { rows: [], totalFen: 0, refundTotalFen: 0 }
      const file = billSchema.safeParse(announced.ok && announced.body)
      if (!file.success) throw new Error('WeChat Pay has no bill of that day')
      const { pathname, search } = new URL(file.data.download_url)
      const bytes = await promisify(gunzip)(await v3.download(pathname + search))
      const hash = createHash('sha1').update(bytes).digest('hex')
      if (hash !== file.data.hash_value.toLowerCase()) {
        throw new Error('the bill is not the one that WeChat Pay has announced')
      }
      return parseTradeBill(bytes.toString('utf8'))
    },

    async readNotice(headers, body) {
      const signed = readSignatureHeaders(headers)
      const key = signed && (await keys.find(signed.serial))
      if (!signed || !key || !isSignedBy(key, signed, body, now())) return undefined
      const notice = noticeSchema.safeParse(parseJson(Buffer.from(body)))
      if (!notice.success || !notice.data.event_type.startsWith('REFUND.')) return undefined
      const content = JSON.parse(openResource(notice.data.resource, apiV3Key)) as unknown
      const refund = z.object({ out_refund_no: z.string() }).parse(content)
      return { refundReference: refund.out_refund_no }
    },

    close: () => hosts.close(),
  }
}

const DESCRIPTION_BYTES_MAX = 127

/** No longer than WeChat takes, and no character cut in two. */
function cut(text: string, bytesMax: number): string {
  let short = text
  while (Buffer.byteLength(short) > bytesMax) short = [...short].slice(0, -1).join('')
  return short
}

/** From ten of the next day, for the three months for which WeChat keeps them. */
function isBillDue(day: string, nowMs: number): boolean {
  const fromMs = Date.parse(`${day}T10:00:00+08:00`) + DAY_MS
  return nowMs >= fromMs && nowMs < fromMs + 85 * DAY_MS
}
const DAY_MS = 86_400_000

function readCode({ body }: { body: unknown }): string | undefined {
  const error = errorSchema.safeParse(body)
  return error.success ? error.data.code : undefined
}

function isNotFound(answer: PortAnswer<unknown>): boolean {
  return !answer.ok && answer.reason === 'REFUSED' && answer.error === 'NOT_FOUND'
}
