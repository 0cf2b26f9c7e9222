import { createHash, randomBytes, randomInt } from 'node:crypto'

const CODE_LIVES_MS = 60_000
const SIGN_IN_LIVES_MS = 300_000

interface PayCode {
  openid: string
  bornAt: number
  used: boolean
}

/** People who have WeChat: whoever a page is opened for. Codes live a minute, in memory. */
export function createUsers(appId: string) {
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
