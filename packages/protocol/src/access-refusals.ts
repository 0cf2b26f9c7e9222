/**
 * Why a gate stays shut: in this order, the first that applies. `zh-CN` and `en` are for the gate's own
 * display or voice. Source: docs/codes.md, "Checking an access code".
 */
export const accessRefusals = {
  NOT_ACCESS: ['这不是通行码，请切换到通行码', 'This is not an access code; switch to it'],
  NOT_RECOGNISED: ['无法识别，请出示通行码', 'Not recognised; show the access code'],
  OTHER_SCHOOL: ['这是其他学校的通行码', 'This code belongs to another school'],
  KEYS_EXPIRED: ['闸机资料过期，请联系管理员', "This gate's keys have run out; call the office"],
  KEY_UNKNOWN: ['通行码的签发密钥未知，请联网刷新', 'Unknown issuer key; go online and refresh'],
  ISSUER_SIGNATURE: ['无法识别，请出示通行码', 'Not recognised; show the access code'],
  DEVICE_SIGNATURE: ['无法识别，请出示通行码', 'Not recognised; show the access code'],
  CREDENTIAL_EARLY: ['手机或闸机时间不准', "The phone's or the gate's clock is wrong"],
  CREDENTIAL_EXPIRED: [
    '通行码资料过期，请联网打开一次',
    'Out of date; open it once with a network',
  ],
  REVOKED: ['通行码已停用，请在手机上查看原因', 'Switched off; the phone says why'],
  SHOWN_EARLY: ['手机时间偏快，请联网校准', "The phone's clock is ahead; go online to correct it"],
  SHOWN_LATE: [
    '通行码过期或是截图，请出示正在刷新的码',
    'Too old or a screenshot; show the live code',
  ],
  REPLAYED: ['这个码刚用过，请等它刷新', 'Just used; wait for the next one'],
  LIST_STALE: ['闸机长时间未联网，暂不能放行', 'This gate has been offline too long'],
  WRONG_PURPOSE: ['用途不对，请在手机上换一种', 'Made for another purpose; choose it on the phone'],
  WRONG_CONTEXT: ['不是这场活动的码', 'Made for another meeting or session'],
  NOT_ALLOWED: ['没有这里的通行权限', 'You have no access here'],
  NOT_NOW: ['现在不在开放时间', 'Not open to you at this time'],
} as const satisfies Record<string, readonly [string, string]>

export type AccessRefusal = keyof typeof accessRefusals
export const accessRefusalCodes = Object.keys(accessRefusals) as [AccessRefusal, ...AccessRefusal[]]
