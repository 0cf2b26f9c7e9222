import { randomInt } from 'node:crypto'
import type { Debit, DebitRefund } from '@campus-ecode/protocol/debit-port'
import type { PortAnswer } from '../ports/debit-port.ts'
import type {
  MiniProgram,
  MiniProgramSignIn,
  OfficialAccount,
  TemplateMessage,
  WechatFailure,
  WechatSignIn,
} from '../ports/wechat-app/wechat-app.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'

/** Silent: it neither acts nor answers. Late refund: it accepts refunds and decides later. */
export type WechatFault = 'none' | 'down' | 'silent' | 'drop_answer' | 'decline' | 'late_refund'

/** WeChat in memory: people with codes, charges that may ask for a password, refunds; with faults. */
export function createKnownWechat() {
  const codes = new Map<string, { openid: string; used: boolean }>()
  const signIns = new Map<string, WechatSignIn>()
  const charges = new Map<string, Debit & { openid: string }>()
  const refunds = new Map<string, DebitRefund>()
  const miniSignIns = new Map<string, MiniProgramSignIn>()
  const messages: TemplateMessage[] = []
  const calls: string[] = []
  let tokens = 1
  let sendFailure: WechatFailure | undefined
  let fault: WechatFault = 'none'
  let asksPassword = false

  async function answer<T>(call: string, act: () => PortAnswer<T>): Promise<PortAnswer<T>> {
    calls.push(call)
    if (fault === 'down') return { ok: false, reason: 'NOT_SENT' }
    if (fault === 'silent') return { ok: false, reason: 'UNKNOWN' }
    const result = act()
    return fault === 'drop_answer' ? { ok: false, reason: 'UNKNOWN' } : result
  }
  const at = () => new Date().toISOString()
  const notFound = { ok: false, reason: 'REFUSED', error: 'NOT_FOUND' } as const
  function look(reference: string): PortAnswer<Debit> {
    const charge = charges.get(reference)
    if (!charge) return notFound
    const { openid: _, ...value } = charge
    return { ok: true, value }
  }

  const port: WechatPort = {
    async findPayer(authCode) {
      calls.push('findPayer')
      if (fault === 'down' || fault === 'silent') return { failed: 'unavailable' }
      const code = codes.get(authCode)
      if (!code) return { failed: 'invalid' }
      return code.used ? { failed: 'expired' } : { openid: code.openid }
    },
    charge: ({ reference, amountFen, authCode }) =>
      answer('charge', () => {
        const code = codes.get(authCode)
        const declined = !code || code.used || fault === 'decline'
        if (code) code.used = true
        const status = declined ? 'DECLINED' : asksPassword ? 'PROCESSING' : 'SUCCEEDED'
        const declineReason = declined ? 'OTHER' : null
        const openid = code?.openid ?? ''
        charges.set(reference, { reference, status, amountFen, declineReason, at: at(), openid })
        return look(reference)
      }),
    query: (reference) => answer('query', () => look(reference)),
    reverse: (reference) =>
      answer('reverse', () => {
        const charge = charges.get(reference)
        if (charge && charge.status !== 'DECLINED') charge.status = 'REVERSED'
        return look(reference)
      }),
    refund: (reference, { refundReference, amountFen }) =>
      answer('refund', () => {
        if (!charges.has(reference)) return notFound
        const status =
          fault === 'decline' ? 'DECLINED' : fault === 'late_refund' ? 'PROCESSING' : 'SUCCEEDED'
        const value = refunds.get(refundReference) ?? {
          ...{ reference, refundReference, amountFen, at: at() },
          status,
        }
        refunds.set(refundReference, value)
        return { ok: true, value }
      }),
    queryRefund: (_, refundReference) =>
      answer('queryRefund', () => {
        const value = refunds.get(refundReference)
        return value ? { ok: true, value } : notFound
      }),
    downloadBill: async () => ({ rows: [], totalFen: 0, refundTotalFen: 0 }),
    readNotice: async () => undefined,
    close: async () => {},
  }

  const account: OfficialAccount = {
    appId: 'wx0123456789abcdef',
    authoriseUrl: (redirectUri, state) =>
      `https://wechat.example/authorize?redirect_uri=${encodeURIComponent(redirectUri)}&state=${state}#wechat_redirect`,
    async findOpenid(code) {
      calls.push('findOpenid')
      const found = signIns.get(code) ?? { failed: 'invalid' as const }
      signIns.set(code, { failed: 'used' })
      return found
    },
    async fetchToken(force = false) {
      calls.push(force ? 'fetchToken by force' : 'fetchToken')
      if (fault === 'down') return { failed: { reason: 'not_sent' } }
      if (force) tokens += 1
      return { value: `token-${tokens}`, expiresInSeconds: 7_200 }
    },
    async fetchTicket(token) {
      calls.push('fetchTicket')
      if (fault === 'down') return { failed: { reason: 'not_sent' } }
      if (token !== `token-${tokens}`) return { failed: { reason: 'token_gone' } }
      return { value: `ticket-of-${token}`, expiresInSeconds: 7_200 }
    },
    async sendTemplate(token, message) {
      calls.push('sendTemplate')
      if (fault === 'down') return { failed: { reason: 'not_sent' } }
      if (token !== `token-${tokens}`) return { failed: { reason: 'token_gone' } }
      if (sendFailure) return { failed: sendFailure }
      messages.push(message)
      return fault === 'drop_answer' ? { failed: { reason: 'unknown' } } : 'sent'
    },
    close: async () => {},
  }

  const miniProgram: MiniProgram = {
    appId: 'wxfedcba9876543210',
    async findOpenid(code) {
      const found = miniSignIns.get(code) ?? { failed: 'invalid' as const }
      miniSignIns.set(code, { failed: 'used' })
      return found
    },
    close: async () => {},
  }

  return {
    ...port,
    account,
    miniProgram,
    calls,
    /** Template messages that WeChat took. */
    messages,
    /** What WeChat answers to those that follow; undefined: it takes them. */
    refuseMessages(failure: WechatFailure | undefined) {
      sendFailure = failure
    },
    /** Somebody else has had a new token made: the one before is gone. */
    endToken() {
      tokens += 1
    },
    /** What `wx.login` gives somebody. */
    logIn(found: MiniProgramSignIn): string {
      const code = `login${randomInt(10 ** 12)}`
      miniSignIns.set(code, found)
      return code
    },
    /** The code on somebody's phone, which pays once. */
    showCode(openid: string): string {
      const code = `13${String(randomInt(10 ** 12)).padStart(16, '0')}`
      codes.set(code, { openid, used: false })
      return code
    },
    /** What WeChat sends somebody back with. */
    signIn(found: WechatSignIn): string {
      const code = `oauth${randomInt(10 ** 12)}`
      signIns.set(code, found)
      return code
    },
    setFault(next: WechatFault) {
      fault = next
    },
    /** From now on WeChat asks for its password before it takes anything. */
    askPassword(asks: boolean) {
      asksPassword = asks
    },
    /** The payer decides all that wait, or WeChat does, whatever they were before. */
    settle(status: Debit['status'], from: Debit['status'] = 'PROCESSING') {
      for (const charge of charges.values()) if (charge.status === from) charge.status = status
    },
    settleRefunds(status: DebitRefund['status']) {
      for (const refund of refunds.values()) {
        if (refund.status === 'PROCESSING') refund.status = status
      }
    },
    /** What somebody has paid and not got back, in fen. */
    netFen(openid: string): number {
      const own = [...charges.values()].filter((charge) => charge.openid === openid)
      const paid = own.filter(({ status }) => status === 'SUCCEEDED')
      const references = new Set(own.map(({ reference }) => reference))
      const returned = [...refunds.values()].filter(
        ({ reference, status }) => status === 'SUCCEEDED' && references.has(reference),
      )
      const sum = (all: { amountFen: number | null }[]) =>
        all.reduce((total, { amountFen }) => total + (amountFen ?? 0), 0)
      return sum(paid) - sum(returned)
    },
  }
}
export type KnownWechat = ReturnType<typeof createKnownWechat>
