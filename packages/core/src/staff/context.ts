import type { Readable } from 'node:stream'
import type { StaffRole } from '@campus-ecode/protocol/staff'
import type { StaffRoutes } from '@campus-ecode/protocol/staff-api'
import type { z } from 'zod'
import type { Tx } from '../db/database.ts'
import type { Answer, Refusal, Services } from '../http/operation.ts'

/** Who is signed in at the console. */
export interface StaffMember {
  schoolId: string
  staffId: string
  name: string
  displayName: string
  roles: StaffRole[]
}

/** What the audit log says of a call beside who, what and when. */
export interface AuditNote {
  /** Before somebody is signed in: whose account it was about, as far as that is known. */
  account?: { schoolId: string; staffId: string | null; name: string | null }
  personId?: string | undefined
  /** Whose account at the console, when somebody else's. */
  aboutStaffId?: string | undefined
  /** What else it was about: a payment, a terminal, a day. No secret, and nothing that somebody typed. */
  ref?: string | undefined
  reason?: string | undefined
  amountFen?: number | undefined
}

/** The browser at the other end. */
export interface Visitor {
  address: string
  /** What it calls itself. */
  agent: string
  /** The value of the session's cookie, if it sent one. */
  cookie: string | undefined
}

type Param = 'paymentId' | 'personId' | 'staffId' | 'taskId' | 'merchantId' | 'terminalId'
type MoreParam = 'gateId' | 'deviceId' | 'day' | 'scope' | 'file'

interface AnyContext {
  params: Record<Param | MoreParam, string>
  visitor: Visitor
  requestId: string
  services: Services
  about: AuditNote
  /** A folder of this process's own, for files that are handed out. */
  workDir: string
  /** Writes the row of the audit log into the operation's own transaction, once it is sure to be done. */
  record(tx: Tx): Promise<void>
}

type BodyOf<R> = R extends { body: infer B extends z.ZodType } ? z.output<B> : undefined
type QueryOf<R> = R extends { query: infer Q extends z.ZodType } ? z.output<Q> : undefined

export type StaffContext<N extends keyof StaffRoutes> = AnyContext & {
  body: BodyOf<StaffRoutes[N]>
  query: QueryOf<StaffRoutes[N]>
  /** Undefined where the route is anybody's. */
  staff: StaffRoutes[N]['allow'] extends 'anybody' ? undefined : StaffMember
}

/** What a route with `download` answers. */
export interface FileAnswer {
  name: string
  stream: Readable
}

/** A cookie to set, for `maxAgeSeconds`; null takes it away. */
export type SessionCookie = { value: string; maxAgeSeconds: number } | null

export type StaffAnswer<N extends keyof StaffRoutes> = Answer<StaffRoutes[N]> & {
  cookie?: SessionCookie
}
export type StaffOutcome<N extends keyof StaffRoutes> = Promise<StaffAnswer<N> | Refusal>

export type StaffHandlers = {
  [N in keyof StaffRoutes]: (ctx: StaffContext<N>) => StaffOutcome<N>
}
