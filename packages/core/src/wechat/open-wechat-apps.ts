import type { Logger } from 'pino'
import type { WechatAppsConfig } from '../config.ts'
import { createMiniProgram } from '../ports/wechat-app/create-mini-program.ts'
import { createOfficialAccount } from '../ports/wechat-app/create-official-account.ts'
import type { MiniProgram, OfficialAccount } from '../ports/wechat-app/wechat-app.ts'

/** The school's apps at WeChat, those that it has. */
export function openWechatApps(
  config: WechatAppsConfig | undefined,
  log: Logger,
): { officialAccount: OfficialAccount | undefined; miniProgram: MiniProgram | undefined } {
  if (!config) return { officialAccount: undefined, miniProgram: undefined }
  const { officialAccount, miniProgram, apiUrl, authoriseUrl } = config
  return {
    officialAccount:
      officialAccount && createOfficialAccount({ ...officialAccount, apiUrl, authoriseUrl, log }),
    miniProgram: miniProgram && createMiniProgram({ ...miniProgram, apiUrl, log }),
  }
}
