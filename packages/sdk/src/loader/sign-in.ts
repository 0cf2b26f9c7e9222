import type { ECode } from '../ecode.ts'
import { toError } from './ecode-error.ts'
import type { Source } from './instance.ts'

/** `ECode.signIn`: what it does comes in a part, which the second one names. */
export function makeSignIn({ part, baseUrl }: Source): ECode['signIn'] {
  return (options) =>
    part('widget')
      .then(() => part('more'))
      .then(({ signIn }) => signIn(part, { baseUrl, ...options } as typeof options))
      .catch((cause) => {
        throw toError(cause)
      })
}
