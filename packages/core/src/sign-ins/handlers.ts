import type { coreSignInRoutes } from '@campus-ecode/protocol/sign-ins'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { type BffCaller, type Handlers, type Refusal, refuse } from '../http/operation.ts'
import { createTicket } from '../tickets/create-ticket.ts'
import { redeemTicket } from '../tickets/redeem-ticket.ts'
import { checkSignIn } from './check-sign-in.ts'
import { signInMiniProgram } from './sign-in-mini-program.ts'
import { startWechatSignIn } from './start-wechat-sign-in.ts'

type SignInHandlers = Handlers<typeof coreSignInRoutes, BffCaller>

const WINDOW_SECONDS = 10
/** Nobody is known yet, and each may write a row: a crowd that comes at once, and no flood. */
const PER_SCHOOL_MAX = 1_000

/** Signing in by a channel: what the BFF asks for pages that have no session yet. */
export function createSignInHandlers(perSchoolMax = PER_SCHOOL_MAX): SignInHandlers {
  const limiter = new RateLimiterMemory({ points: perSchoolMax, duration: WINDOW_SECONDS })
  async function limit(schoolId: string): Promise<Refusal | undefined> {
    try {
      await limiter.consume(schoolId)
      return undefined
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused
      const retryAfterSeconds = Math.ceil(refused.msBeforeNext / 1000) || 1
      return refuse('RATE_LIMITED', { retryAfterSeconds })
    }
  }
  return {
    startWechatSignIn: async (ctx) => (await limit(ctx.params.schoolId)) ?? startWechatSignIn(ctx),
    signInMiniProgram: async (ctx) => (await limit(ctx.params.schoolId)) ?? signInMiniProgram(ctx),
    redeemTicket: async (ctx) => (await limit(ctx.params.schoolId)) ?? redeemTicket(ctx),
    createTicket,
    checkSignIn,
  }
}
