import { createHash, randomBytes, randomInt } from 'node:crypto'

const CODE_LIVES_MS = 60_000
const SIGN_IN_LIVES_MS = 300_000

interface PayCode {
  openid: string
  bornAt: number
  used: boolean
}

/**
 * People who have WeChat, as one app knows them: whoever a page is opened for. Codes live a minute, or five
 * for a sign-in, in memory; whom an account has lost as a follower is forgotten with the process.
 */
export function createUsers(appId: string) {
  const unfollowed = new Set<string>()
  const payCodes = new Map<string, PayCode>()
  const signIns = new Map<string, { openid: string; bornAt: number; used: boolean }>()

  return {
    /** The same person is somebody else to another account. */
    openidOf: (user: string) =>
      `o${createHash('sha256').update(`${appId}/${user}`).digest('base64url').slice(0, 27)}`,
    /** A new code on somebody's phone, as WeChat's: 18 digits that begin with 10 to 15. */
    showCode(openid: string): string {
      const code = `1${randomInt(6)}${String(randomInt(10 ** 8)).padStart(8, '0')}${String(randomInt(10 ** 8)).padStart(8, '0')}`
      payCodes.set(code, { openid, bornAt: Date.now(), used: false })
      return code
    },
    /** Whose it is, or why it is nobody's. */
    readCode(code: string): string | { error: 'unknown' | 'expired' | 'used' } {
      const found = payCodes.get(code)
      if (!found) return { error: 'unknown' }
      if (found.used) return { error: 'used' }
      return Date.now() < found.bornAt + CODE_LIVES_MS ? found.openid : { error: 'expired' }
    },
    spendCode(code: string): void {
      const found = payCodes.get(code)
      if (found) found.used = true
    },
    signIn(openid: string): string {
      const code = `0${randomBytes(15).toString('hex')}`
      signIns.set(code, { openid, bornAt: Date.now(), used: false })
      return code
    },
    /** A code that is good no more, as WeChat sometimes delivers. */
    signInAgain(openid: string): string {
      const code = this.signIn(openid)
      this.exchange(code)
      return code
    },
    isFollowing: (openid: string) => !unfollowed.has(openid),
    follow(openid: string, follows: boolean): void {
      if (follows) unfollowed.delete(openid)
      else unfollowed.add(openid)
    },
    exchange(code: string): string | { errcode: number } {
      const found = signIns.get(code)
      if (!found || Date.now() > found.bornAt + SIGN_IN_LIVES_MS) return { errcode: 40029 }
      if (found.used) return { errcode: 40163 }
      found.used = true
      return found.openid
    },
  }
}
export type Users = ReturnType<typeof createUsers>

/** Whose phone a browser is, once it has opened one. */
export const PHONE_COOKIE = 'wechat'

export function isUser(user: unknown): user is string {
  return typeof user === 'string' && /^[a-z0-9]{1,32}$/.test(user)
}
