import type { Logger } from 'pino'
import { z } from 'zod'
import { createWechatApi, oncePerKey } from './call-wechat.ts'
import type { MiniProgram, MiniProgramSignIn } from './wechat-app.ts'

const codeErrors = new Map<number, 'invalid' | 'used' | 'too_often' | 'risky'>([
  [40029, 'invalid'],
  [42003, 'invalid'],
  [40163, 'used'],
  [40226, 'risky'],
  [45011, 'too_often'],
])

// The session key, with which WeChat's encrypted data would be opened, is not even read.
const openidSchema = z.object({ openid: z.string().min(1).max(128) })

/** The school's mini-program at WeChat: it tells whose a code of `wx.login` is. */
export function createMiniProgram({
  appId,
  appSecret,
  apiUrl,
  log,
}: {
  appId: string
  appSecret: string
  apiUrl: string
  log: Logger
}): MiniProgram {
  const api = createWechatApi(apiUrl)
  return {
    appId,
    findOpenid: oncePerKey(async (code: string): Promise<MiniProgramSignIn> => {
      const answer = await api.call({
        method: 'GET',
        path: '/sns/jscode2session',
        query: {
          appid: appId,
          secret: appSecret,
          js_code: code,
          grant_type: 'authorization_code',
        },
        schema: openidSchema,
      })
      if ('value' in answer) return answer.value
      const { failed } = answer
      const word = failed.reason === 'refused' ? codeErrors.get(failed.errcode) : undefined
      if (failed.reason === 'refused' && !word) {
        log.error({ errcode: failed.errcode }, 'alarm: WeChat refuses to say whose mini-program')
      }
      return { failed: word ?? 'unavailable' }
    }),
    close: api.close,
  }
}
