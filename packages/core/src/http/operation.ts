import type { TerminalKind } from '@campus-ecode/protocol/campus'
import type { bffRoutes, providerRoutes, terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { gateRoutes } from '@campus-ecode/protocol/gate-api'
import type { operatorRoutes } from '@campus-ecode/protocol/operator-api'
import type { personRoutes } from '@campus-ecode/protocol/person-api'
import type { Route } from '@campus-ecode/protocol/route'
import type { ForeignKind } from '@campus-ecode/protocol/shapes'
import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Database, Tx } from '../db/database.ts'
import type { ForeignCodes } from '../foreign-codes/foreign-codes.ts'
import type { Keys } from '../keys/keys.ts'
import type { PayBatcher } from '../payments/pay.ts'
import type { BankGateway } from '../ports/bank-gateway.ts'
import type { BalancePort, DebitPort } from '../ports/debit-port.ts'
import type { PeoplePort } from '../ports/people-port.ts'
import type { RealNamePort } from '../ports/real-name-port.ts'
import type { SmsPort } from '../ports/sms-port.ts'
import type { UtilityPort } from '../ports/utility-port.ts'
import type { MiniProgram, OfficialAccount } from '../ports/wechat-app/wechat-app.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'
import type { WechatTemplates } from '../wechat-messages/templates.ts'

/** What operations work with; one object for the whole process. */
export interface Services {
  db: Database
  keys: Keys
  /** One for the process: a payer stands in one batch at a time, whatever he pays by. */
  payBatch: PayBatcher
  ports: {
    bank: DebitPort
    /** The same bank. */
    gateway: BankGateway
    oneCard: DebitPort & BalancePort & PeoplePort
    sms: SmsPort
    /** R2b: absent where nobody signs in by it. */
    officialAccount: OfficialAccount | undefined
    miniProgram: MiniProgram | undefined
    /** Absent where none is configured. */
    realName: RealNamePort | undefined
    /** Absent where none is configured. */
    utility: UtilityPort | undefined
    /** R27: absent where the school has no WeChat. */
    wechat: WechatPort | undefined
    /** R28: whoever takes codes of other systems; those of a kind that is not here are refused. */
    foreignCodes: Partial<Record<ForeignKind, ForeignCodes>>
  }
  /** Where keypad pages are served (R16), if they are. */
  keypadOrigin: string | undefined
  /** The BFF's, whose own page may do what the school's pages may. */
  bffOrigin: string | undefined
  /** WeChat's JS-SDK. */
  wechatScriptUrl: string
  /** What people are told of in WeChat; kinds without a template are not. */
  wechatTemplates: WechatTemplates
  /** Unix time in milliseconds, by the core's clock. */
  now(): number
  log: Logger
  /** A UUIDv7. */
  newId(): string
  /** To be called after a commit that wrote events, so that waiting readers look at once. */
  wakeEvents(): void
  /**
   * Settles at the next `wakeEvents()` of this process, or after the time; with false when the process
   * is stopping and there is no use in waiting again.
   */
  waitForEvents(timeoutMs: number): Promise<boolean>
}

/** Who signed the request. */
export interface BffCaller {
  kind: 'bff'
  keyId: string
}
export interface TerminalCaller {
  kind: 'terminal'
  keyId: string
  schoolId: string
  terminalId: string
  merchantId: string
  /** What is behind the key. */
  terminalKind: TerminalKind | 'utility'
}
export interface GateCaller {
  kind: 'gate'
  keyId: string
  schoolId: string
  gateId: string
}
/** The real-name provider. */
export interface ProviderCaller {
  kind: 'provider'
  keyId: string
}
/** Whoever runs the core. */
export interface OperatorCaller {
  kind: 'operator'
  keyId: string
}
export type Caller = BffCaller | TerminalCaller | GateCaller | ProviderCaller | OperatorCaller

/** An expected refusal, told from success by `refused`. */
export interface Refusal {
  refused: ErrorCode
  /** BAD_REQUEST: paths of the members that are wrong, never their values. */
  fields?: string[]
  retryAfterSeconds?: number
  /** CODE_FOREIGN_NOT_ACCEPTED: the other systems whose codes are. */
  accepted?: ForeignKind[]
}

export function refuse(refused: ErrorCode, more: Omit<Refusal, 'refused'> = {}): Refusal {
  return { refused, ...more }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value
}

/** One verified, parsed call. */
export interface Context<
  R extends Route = Route,
  C extends Caller = Caller,
  P extends string = never,
> {
  caller: C
  params: Record<ParamName<R['path']> | P, string>
  query: R extends { query: infer Q extends z.ZodType } ? z.output<Q> : undefined
  body: R extends { body: infer B extends z.ZodType } ? z.output<B> : undefined
  /** Of the caller's signature. */
  nonce: string
  /** The page's DPoP `jti`, where the BFF sent one. */
  proofJti: string | undefined
  requestId: string
  services: Services
  /**
   * Remembers the signature's nonce, and the page's proof id if there is one, in the operation's own
   * transaction. To be called first in each operation that changes something (`pay` does it itself).
   *
   * Throws NonceSeen, which rolls back and is answered as SIGNATURE_REPLAYED or PROOF_REPLAYED.
   */
  claimNonce(tx: Tx): Promise<void>
}

/** A success of a route: one of its statuses with that status's body. */
export type Answer<R extends Route> = {
  [S in keyof R['answers'] & number]: { status: S; body: z.input<R['answers'][S]> }
}[keyof R['answers'] & number]

/** One function per route of a table, by the route's name. */
export type Handlers<
  T extends Record<string, Route>,
  C extends Caller = Caller,
  P extends string = never,
> = {
  [N in keyof T]: (ctx: Context<T[N], C, P>) => Promise<Answer<T[N]> | Refusal>
}

export type TerminalHandlers = Handlers<typeof terminalRoutes, TerminalCaller>
export type BffHandlers = Handlers<typeof bffRoutes, BffCaller>
export type GateHandlers = Handlers<typeof gateRoutes, GateCaller>
/** A call of one gate route, by its name. */
export type GateContext<N extends keyof typeof gateRoutes> = Context<
  (typeof gateRoutes)[N],
  GateCaller
>
/** What a gate route's operation comes to. */
export type GateOutcome<N extends keyof typeof gateRoutes> = Promise<
  Answer<(typeof gateRoutes)[N]> | Refusal
>
export type ProviderHandlers = Handlers<typeof providerRoutes, ProviderCaller>
export type OperatorHandlers = Handlers<typeof operatorRoutes, OperatorCaller>

type PersonParam = 'schoolId' | 'personId'
/** Person routes, whose prefix at the core adds two parameters. */
export type PersonHandlers = Handlers<typeof personRoutes, BffCaller, PersonParam>
/** A call of one person route, by its name. */
export type PersonContext<N extends keyof typeof personRoutes> = Context<
  (typeof personRoutes)[N],
  BffCaller,
  PersonParam
>
/** What a person route's operation comes to. */
export type PersonOutcome<N extends keyof typeof personRoutes> = Promise<
  Answer<(typeof personRoutes)[N]> | Refusal
>

type ParamName<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamName<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never
