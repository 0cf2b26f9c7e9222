import type { Logger } from 'pino'
import { z } from 'zod'
import { createWechatApi, oncePerKey } from './call-wechat.ts'
import type { Granted, OfficialAccount, WechatSignIn } from './wechat-app.ts'

/** 40029 no such code, 40163 used, 42003 over. */
const codeErrors = new Map<number, 'invalid' | 'used'>([
  [40029, 'invalid'],
  [42003, 'invalid'],
  [40163, 'used'],
])

const openidSchema = z.object({
  openid: z.string().min(1).max(128),
  is_snapshotuser: z.number().optional(),
})
const grantedTime = z.int().min(1).max(7_200)
const tokenSchema = z.object({
  access_token: z.string().min(1).max(512),
  expires_in: grantedTime,
})
const ticketSchema = z.object({ ticket: z.string().min(1).max(512), expires_in: grantedTime })

/** The service account at WeChat's addresses, or at those of what stands in for it. */
export function createOfficialAccount({
  appId,
  appSecret,
  apiUrl,
  authoriseUrl,
  log,
}: {
  appId: string
  appSecret: string
  apiUrl: string
  authoriseUrl: string
  log: Logger
}): OfficialAccount {
  const api = createWechatApi(apiUrl)

  // WeChat delivers some codes twice at once, and takes each only once.
  const findOpenid = oncePerKey(async (code: string): Promise<WechatSignIn> => {
    const answer = await api.call({
      method: 'GET',
      path: '/sns/oauth2/access_token',
      query: { appid: appId, secret: appSecret, code, grant_type: 'authorization_code' },
      schema: openidSchema,
    })
    if ('value' in answer) {
      const { openid, is_snapshotuser: isSnapshot } = answer.value
      return isSnapshot === 1 ? { failed: 'snapshot' } : { openid }
    }
    const { failed } = answer
    const word = failed.reason === 'refused' ? codeErrors.get(failed.errcode) : undefined
    if (failed.reason === 'refused' && !word) {
      log.error({ errcode: failed.errcode }, 'alarm: WeChat refuses to say who signs in')
    }
    return { failed: word ?? 'unavailable' }
  })

  return {
    appId,
    authoriseUrl(redirectUri, state) {
      // WeChat compares the order with a pattern.
      const query = [
        `appid=${encodeURIComponent(appId)}`,
        `redirect_uri=${encodeURIComponent(redirectUri)}`,
        'response_type=code',
        'scope=snsapi_base',
        `state=${state}`,
      ].join('&')
      return `${authoriseUrl}?${query}#wechat_redirect`
    },
    findOpenid,
    async fetchToken(force = false): Promise<Granted> {
      const answer = await api.call({
        method: 'POST',
        path: '/cgi-bin/stable_token',
        body: {
          grant_type: 'client_credential',
          appid: appId,
          secret: appSecret,
          force_refresh: force,
        },
        schema: tokenSchema,
      })
      if ('failed' in answer) return answer
      return { value: answer.value.access_token, expiresInSeconds: answer.value.expires_in }
    },
    async fetchTicket(token): Promise<Granted> {
      const answer = await api.call({
        method: 'GET',
        path: '/cgi-bin/ticket/getticket',
        query: { access_token: token, type: 'jsapi' },
        schema: ticketSchema,
      })
      if ('failed' in answer) return answer
      return { value: answer.value.ticket, expiresInSeconds: answer.value.expires_in }
    },
    async sendTemplate(token, { openid, templateId, data, messageId, url }) {
      const answer = await api.call({
        method: 'POST',
        path: '/cgi-bin/message/template/send',
        query: { access_token: token },
        body: {
          touser: openid,
          template_id: templateId,
          ...(url !== undefined && { url }),
          data,
          client_msg_id: messageId,
        },
        schema: z.object({ errcode: z.literal(0) }),
      })
      return 'failed' in answer ? answer : 'sent'
    },
    close: api.close,
  }
}
