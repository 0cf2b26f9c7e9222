import type { Fault, FaultName, Faults } from '../faults.ts'

export type PayOperation =
  | 'codepay'
  | 'query'
  | 'reverse'
  | 'refund'
  | 'query-refund'
  | 'tradebill'
  | 'authcodetoopenid'
export type AppOperation =
  | 'authorise'
  | 'access_token'
  | 'stable_token'
  | 'getticket'
  | 'template'
  | 'jscode2session'
type Operation = PayOperation | AppOperation

const orders: Operation[] = ['codepay', 'reverse', 'refund']
const signed: Operation[] = [...orders, 'query', 'query-refund', 'tradebill']
const withToken: Operation[] = ['getticket', 'template']
/** Faults that are WeChat's alone strike these; the others strike orders, or everything. */
const strikes: Partial<Record<FaultName, Operation[]>> = {
  ask_password: ['codepay'],
  system_error: orders,
  late_success: ['reverse'],
  ignored_reversal: ['reverse'],
  mixed_serials: signed,
  wrong_signature: signed,
  snapshot: ['access_token'],
  used_code: ['access_token'],
  old_code: ['authorise'],
  busy: ['access_token', 'stable_token', 'jscode2session', ...withToken],
  token_invalid: withToken,
  token_expired: withToken,
  quota: ['stable_token', ...withToken],
  no_permission: withToken,
  ip_unlisted: ['stable_token'],
  risky_user: ['jscode2session'],
}

/** What WeChat's API says in their stead. */
export const apiErrors: Partial<Record<FaultName, number>> = {
  used_code: 40163,
  busy: -1,
  token_invalid: 40001,
  token_expired: 42001,
  quota: 45009,
  no_permission: 48001,
  ip_unlisted: 40164,
  risky_user: 40226,
}

/** What strikes the operation at hand. */
export function takeWechatFault(faults: Faults, operation: Operation): Fault {
  const own = strikes[faults.get('wechat').fault]
  if (own && !own.includes(operation)) return { fault: 'none', countLeft: 0, delayMs: 0 }
  return faults.take('wechat', { isOrder: (own ?? orders).includes(operation) })
}
