import type { Services } from '../http/operation.ts'
import type { OfficialAccount } from '../ports/wechat-app/wechat-app.ts'

/** The service account that tells people, where there is one and something that it tells. */
export function messengerOf({
  ports,
  wechatTemplates,
}: Pick<Services, 'ports' | 'wechatTemplates'>): OfficialAccount | undefined {
  return Object.keys(wechatTemplates).length > 0 ? ports.officialAccount : undefined
}
