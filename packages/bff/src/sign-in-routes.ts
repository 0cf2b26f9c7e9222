import { randomBytes } from 'node:crypto'
import type { Route } from '@campus-ecode/protocol/route'
import { allScopes } from '@campus-ecode/protocol/sessions'
import { coreSignInRoutes, signInRoutes } from '@campus-ecode/protocol/sign-ins'
import type { Context, Hono } from 'hono'
import type { z } from 'zod'
import { type Answer, type AppEnv, answerJson, answerRefusal } from './answer.ts'
import { askCore } from './ask-core.ts'
import type { CoreClient } from './core-client.ts'
import type { EntryLimit } from './entry-limit.ts'
import { namePerson } from './event-relay.ts'
import { nameSubject } from './name-subject.ts'
import { FIRST_REFRESH_SECONDS, type RefreshClaims, SIGN_IN_SECONDS } from './refresh-seal.ts'
import { type Refusal, refuse } from './refusal.ts'
import { readJsonBody } from './request-body.ts'
import type { SessionSeal } from './session-seal.ts'
import type { TokenSeal } from './token-seal.ts'

/** What pages call that have no school's server behind them: who is there, and sessions for it. */
export function addSignInRoutes(app: Hono<AppEnv>, options: SignInOptions): void {
  const { core, seal, refreshSeal, limit, rateLimit, origin, nowMs } = options
  const isOurs = (from: string | undefined, origins: string[]) =>
    from === undefined || from === origin || origins.includes(from)

  add('startWechatSignIn', signInRoutes.startWechatSignIn, async (body, { answer, from }) => {
    const { schoolId, challenge, returnTo } = body
    // A page brings nobody back but to itself; the core knows which pages are the school's.
    if (from === undefined || new URL(returnTo).origin !== from) return refuse('ORIGIN_NOT_ALLOWED')
    const limited = admit('startWechatSignIn', schoolId, answer)
    if (limited) return limited
    const started = await askCore(core, answer, {
      ...{ route: coreSignInRoutes.startWechatSignIn, schoolId, path: '/sign-ins/wechat' },
      body: { challenge, returnTo, bffOrigin: origin },
    })
    return started.ok ? answerJson(201, started.said) : started.answer()
  })

  add('redeemTicket', signInRoutes.redeemTicket, async (body, { answer, from }) => {
    const schoolId = body.ticket.slice(0, 4)
    const limited = admit('redeemTicket', schoolId, answer)
    if (limited) return limited
    const redeemed = await askCore(core, answer, {
      ...{ route: coreSignInRoutes.redeemTicket, schoolId, path: '/tickets/redeem', body },
    })
    if (!redeemed.ok) return redeemed.answer()
    const { personId, channel, binding, origins } = redeemed.said
    if (!isOurs(from, origins)) return refuse('ORIGIN_NOT_ALLOWED')
    const nowSeconds = Math.floor(nowMs() / 1000)
    const claims: RefreshClaims = {
      ...{ schoolId, personId, channel, binding, until: nowSeconds + SIGN_IN_SECONDS[channel] },
      bound: { once: randomBytes(16).toString('base64url') },
    }
    const refreshToken = await refreshSeal.seal(claims, nowSeconds + FIRST_REFRESH_SECONDS)
    return answerJson(200, { subject: nameSubject(claims), refreshToken })
  })

  add('refreshSession', signInRoutes.refreshSession, async (body, { answer, from }) => {
    const now = nowMs()
    const opened = await refreshSeal.open(body.refreshToken, now)
    if (typeof opened === 'string') return end(`the refresh token is ${opened}`)
    const { schoolId, personId, channel, binding, until, bound } = opened.claims
    const limited = admit('refreshSession', schoolId, answer) ?? limitPerson(opened.claims)
    if (limited) return limited
    const jkt = body.thumbprint
    if ('jkt' in bound && bound.jkt !== jkt) return end('the refresh token is for another key')
    const checked = await askCore(core, answer, {
      ...{ route: coreSignInRoutes.checkSignIn, schoolId },
      path: `/people/${personId}/sign-ins/check`,
      body: { channel, binding, scopes: allScopes },
      // The core remembers it, so that a token which takes any key is taken once.
      ...('once' in bound && { proofJti: bound.once }),
    })
    if (!checked.ok) {
      return checked.code === 'PROOF_REPLAYED'
        ? end('the first refresh token was used')
        : checked.answer()
    }
    const { scopes, origins } = checked.said
    if (checked.said.personId !== personId) return unlike
    if (!isOurs(from, origins)) return refuse('ORIGIN_NOT_ALLOWED')
    const session = { schoolId, personId, jkt, scopes, origins }
    const next: RefreshClaims = { ...opened.claims, bound: { jkt } }
    return answerJson(200, {
      ...(await seal.seal(session, now, until * 1000)),
      refreshToken: await refreshSeal.seal(next, until),
    })
  })

  add('signInMiniProgram', signInRoutes.signInMiniProgram, async (body, { answer, from }) => {
    // What it gets has no key; a page, which can have one, is not given such.
    if (from !== undefined) return refuse('ORIGIN_NOT_ALLOWED')
    const { schoolId, code } = body
    const limited = admit('signInMiniProgram', schoolId, answer)
    if (limited) return limited
    const found = await askCore(core, answer, {
      ...{ route: coreSignInRoutes.signInMiniProgram, schoolId },
      ...{ path: '/sign-ins/mini-program', body: { code } },
    })
    if (!found.ok) return found.answer()
    if (found.said.result === 'unbound') return answerJson(200, found.said)
    const { result, personId, binding, scopes, origins } = found.said
    const claims = { schoolId, personId, binding, scopes, origins }
    const subject = nameSubject(claims)
    return answerJson(200, { result, ...(await seal.seal(claims, nowMs())), subject })
  })

  /** The address, then the form, then what the operation itself says. */
  function add<R extends Route & { body: z.ZodType }>(
    name: string,
    route: R,
    handle: (body: z.output<R['body']>, asked: Asked) => Promise<Response | Refusal>,
  ): void {
    app.on(route.method, route.path, async (c: Context<AppEnv>) => {
      const { incoming, outgoing: answer } = c.env
      answer.route = name
      const limited = limit.checkAddress(incoming)
      if (limited) return answerRefusal(answer, limited)
      const body = await readJsonBody(incoming, route.body)
      if (!body.ok) return answerRefusal(answer, body)
      const asked = { answer, from: incoming.headers.origin }
      const outcome = await handle(body.value as z.output<R['body']>, asked)
      return outcome instanceof Response ? outcome : answerRefusal(answer, outcome)
    })
  }

  function admit(route: string, schoolId: string, answer: Answer): Refusal | undefined {
    answer.schoolId = schoolId
    return limit.checkSchool(route, schoolId)
  }

  function limitPerson(person: { schoolId: string; personId: string }): Refusal | undefined {
    const retryAfterSeconds = rateLimit(namePerson(person))
    return retryAfterSeconds > 0 ? refuse('RATE_LIMITED', { retryAfterSeconds }) : undefined
  }
}

export interface SignInOptions {
  core: CoreClient
  seal: SessionSeal
  refreshSeal: TokenSeal<RefreshClaims>
  limit: EntryLimit
  /** Per person, as everything that a page asks for. */
  rateLimit: (key: string) => number
  /** Our configured origin, on which pages of ours are. */
  origin: string
  nowMs: () => number
}

interface Asked {
  answer: Answer
  /** The page's origin, as its browser says. */
  from: string | undefined
}

const unlike = refuse('CORE_UNREACHABLE', { reason: 'the core speaks of somebody else' })

function end(reason: string): Refusal {
  return refuse('SIGN_IN_ENDED', { reason })
}
