import type { Services } from '../http/operation.ts'
import type { MiniProgram, OfficialAccount } from '../ports/wechat-app/wechat-app.ts'

/** On the public origin, next to the keypad's pages. */
export const SIGN_IN_PATHS = {
  /** Where a page sends the person, who gets a cookie and goes on to WeChat. */
  start: '/wechat/sign-in/start',
  /** Where WeChat sends them back. */
  callback: '/wechat/sign-in',
  /** Where card number and campus-card password go. */
  bind: '/wechat/sign-in/bind',
  /** A mini-program's web-view begins here. */
  miniProgram: '/wechat/bind',
} as const

type Public = Pick<Services, 'ports' | 'keypadOrigin'>

/** The service account, where there is one and people can come back from WeChat. */
export function officialAccountOf({
  ports,
  keypadOrigin,
}: Public):
  | { account: OfficialAccount; startUrl: (secret: string) => string; callbackUrl: string }
  | undefined {
  const { officialAccount: account } = ports
  if (!account || keypadOrigin === undefined) return undefined
  return {
    account,
    startUrl: (secret) => `${keypadOrigin}${SIGN_IN_PATHS.start}?s=${secret}`,
    callbackUrl: keypadOrigin + SIGN_IN_PATHS.callback,
  }
}

export function miniProgramOf({
  ports,
  keypadOrigin,
}: Public): { miniProgram: MiniProgram; origin: string } | undefined {
  const { miniProgram } = ports
  return miniProgram && keypadOrigin !== undefined
    ? { miniProgram, origin: keypadOrigin }
    : undefined
}
