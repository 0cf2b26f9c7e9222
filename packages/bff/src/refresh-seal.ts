import { base64UrlSchema, idSchema, schoolIdSchema } from '@campus-ecode/protocol/shapes'
import { type SignInChannel, signInChannelSchema } from '@campus-ecode/protocol/sign-ins'
import { z } from 'zod'
import { createTokenSeal, type TokenSeal } from './token-seal.ts'

/** Whose sign-in it is, how it began, and what may refresh it. */
const claimsSchema = z.object({
  schoolId: schoolIdSchema,
  personId: idSchema,
  channel: signInChannelSchema,
  /** What it hangs on, as the core calls it. */
  binding: z.string(),
  /** In seconds: the sign-in ends then, however often it is refreshed. */
  until: z.int(),
  /** The first token takes any key, but only once; those after it the key that it was opened for. */
  bound: z.union([
    z.object({ once: base64UrlSchema.length(22) }),
    z.object({ jkt: base64UrlSchema.length(43) }),
  ]),
})
export type RefreshClaims = z.infer<typeof claimsSchema>

/** How long the first refresh token lives; the page opens its session at once. */
export const FIRST_REFRESH_SECONDS = 60

/**
 * WeChat tells a page again who it is, without asking. Who came by a ticket is soon gone again, and what made the
 * ticket may have been stolen: a mini-program's session has no key.
 */
export const SIGN_IN_SECONDS: Record<SignInChannel, number> = {
  wechat: 12 * 3600,
  mini_program: 3600,
  school: 3600,
}

/** Refresh tokens, sealed as sessions are. */
export function createRefreshSeal(
  key: string,
  otherKey?: string,
): Promise<TokenSeal<RefreshClaims>> {
  return createTokenSeal(key, otherKey, { type: 'ecode-refresh', schema: claimsSchema })
}
