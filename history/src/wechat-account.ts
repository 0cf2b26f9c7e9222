import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

/** What the school's merchant shares with WeChat, new for each run. */
export function createWechatAccount(dataDir: string): Record<string, string> {
  const secret = () => randomBytes(16).toString('hex')
  return {
    WECHAT_APP_ID: 'wx0123456789abcdef',
    WECHAT_MCH_ID: '1900000109',
    WECHAT_APP_SECRET: secret(),
    WECHAT_API_V3_KEY: secret(),
    WECHAT_API_V2_KEY: secret(),
    WECHAT_KEYS_DIR: join(dataDir, 'wechat-keys'),
  }
}
