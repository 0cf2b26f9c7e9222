import type { ErrorCode } from '@campus-ecode/protocol/errors'

/** What an ECodeError is made of; the loader makes it. */
export class SignInFailure extends Error {
  declare readonly code: ErrorCode
  declare readonly retryable: boolean
  declare readonly requestId: string | undefined
  declare readonly cause: unknown

  constructor(
    code: ErrorCode,
    message: string,
    more: { retryable?: boolean; requestId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message)
    Object.assign(this, { code, retryable: false }, more)
  }
}

/** A sign-in is over. Whoever shows it offers to begin anew, where that can be done from here. */
export class SignInEnded extends SignInFailure {
  declare readonly signInAgain: (() => void) | undefined

  constructor(signInAgain: (() => void) | undefined) {
    super('SIGN_IN_ENDED', 'This sign-in is over')
    this.signInAgain = signInAgain
  }
}
