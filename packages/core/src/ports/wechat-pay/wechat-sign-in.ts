import { Pool } from 'undici'
import { z } from 'zod'
import { parseJson, receive } from './v3-client.ts'
import type { WechatPort, WechatSignIn } from './wechat-port.ts'

const DEADLINE_MS = 5_000
/** 40029 no such code, 40163 used, 42003 expired. */
const CODE_ERRORS = new Map<number, 'invalid' | 'used'>([
  [40029, 'invalid'],
  [42003, 'invalid'],
  [40163, 'used'],
])

const tokenSchema = z.union([
  z.object({
    openid: z.string().min(1).max(128),
    is_snapshotuser: z.number().optional(),
  }),
  z.object({ errcode: z.number() }),
])

/** WeChat's web authorisation, silent: it tells the openid and nothing more. */
export function createWechatSignIn({
  appId,
  appSecret,
  apiUrl,
  authoriseUrl,
}: {
  appId: string
  appSecret: string
  apiUrl: string
  authoriseUrl: string
}): Pick<WechatPort, 'authoriseUrl' | 'findOpenid' | 'close'> {
  const { origin, pathname } = new URL(apiUrl)
  const pool = new Pool(origin, { connections: 8, connect: { timeout: 3_000 } })
  /** WeChat delivers some codes twice at once, and takes each only once. */
  const underWay = new Map<string, Promise<WechatSignIn>>()

  async function exchange(code: string): Promise<WechatSignIn> {
    const query = new URLSearchParams({
      appid: appId,
      secret: appSecret,
      code,
      grant_type: 'authorization_code',
    })
    const path = `${pathname.replace(/\/$/, '')}/sns/oauth2/access_token?${query}`
    try {
      const signal = AbortSignal.timeout(DEADLINE_MS)
      const answer = await receive(await pool.request({ method: 'GET', path, signal }))
      const content = tokenSchema.safeParse(parseJson(answer.body))
      if (!content.success) return { failed: 'unavailable' }
      if ('errcode' in content.data) {
        return { failed: CODE_ERRORS.get(content.data.errcode) ?? 'unavailable' }
      }
      const { openid, is_snapshotuser: isSnapshot } = content.data
      return isSnapshot === 1 ? { failed: 'snapshot' } : { openid }
    } catch {
      // Never the error itself: it may name the address, which holds the secret and the code.
      return { failed: 'unavailable' }
    }
  }

  return {
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
    findOpenid(code) {
      const before = underWay.get(code)
      if (before) return before
      const asked = exchange(code).finally(() => underWay.delete(code))
      underWay.set(code, asked)
      return asked
    },
    close: () => pool.destroy(),
  }
}
