import type { HostKind } from './host-bridge.ts'

/** Apps whose web views speak to nobody we know, and who would load what is meant to wake a school's app. */
const FOREIGN =
  /wxwork|DingTalk|Lark|Feishu|AlipayClient|QQ\/|Weibo|aweme|\b(FBAN|FBAV|Instagram|Line)\b/i

/**
 * Says which host is worth asking, by what the browser says of itself, and whether there is a WeChat to go to. Nothing
 * else may hang on it: what the host is, its answer says.
 *
 * @param wxEnvironment `__wxjs_environment`, which WeChat sets in a mini-program's web view.
 */
export function chooseCandidate(userAgent: string, wxEnvironment?: unknown): HostKind {
  if (/wxwork/i.test(userAgent)) return 'web'
  if (/MicroMessenger/i.test(userAgent)) {
    return wxEnvironment === 'miniprogram' || /miniProgram/i.test(userAgent) ? 'wxmp' : 'wxoa'
  }
  if (FOREIGN.test(userAgent)) return 'web'
  return isAppleApp(userAgent) || /; wv\)|ArkWeb/.test(userAgent) ? 'native' : 'web'
}

/** Browsers on iOS name Safari; an app's web view does not. */
export function isAppleApp(userAgent: string): boolean {
  return (
    /iPhone|iPad|iPod|Macintosh/.test(userAgent) &&
    /AppleWebKit/.test(userAgent) &&
    !/Safari\//.test(userAgent)
  )
}

/** Of this page. */
export function candidateHere(): HostKind {
  return chooseCandidate(
    navigator.userAgent,
    (window as { __wxjs_environment?: unknown }).__wxjs_environment,
  )
}
