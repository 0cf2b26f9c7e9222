import { z } from 'zod'

export const serviceSchema = z.enum(['bank', 'one-card', 'sms', 'real-name', 'utility', 'wechat'])
export type ServiceName = z.infer<typeof serviceSchema>

/**
 * What can go wrong, in words for the page that switches it. An order: a debit, refund, payout,
 * message or the start of a face check. */
export const faultMeanings = {
  none: '正常 · works',
  slow: '延迟应答 · every call: acts at once, answers late',
  silent: '不处理也不应答 · every call: neither acts nor answers, holds the connection',
  twice: '重复处理并重复应答 · orders: handled twice, and the same answer comes twice',
  debit_then_drop: '处理后断开 · orders: acts, then cuts the connection without an answer',
  down: '停机，不限次数 · is not there, until it is changed: connections are refused (SMS, real name: cut)',
  decline: '拒绝 · debits, refunds, payouts and top-ups: says no',
  processing: '先受理，稍后定 · debits, refunds, payouts and top-ups: accepts, decides later',
  wrong_room: '房间对不上 · utility: top-ups are told that there is no such room',
  callback_lost: '回调丢失 · real name: never tells the core by itself',
  callback_late: '回调迟到 · real name: tells it late, long after the person is back',
  callback_twice: '回调两次 · real name: tells it twice at once',
  callback_first: '先回调再返回 · real name: the core knows before the person is back',
  ask_password: '要求输入密码 · WeChat: asks its payer for the password before it charges',
  system_error: '系统错误 · WeChat: acts, and says SYSTEM_ERROR',
  late_success: '撤销后才成功 · WeChat: what is reversed is paid after all, and returned by itself',
  ignored_reversal:
    '撤销成功却未生效 · WeChat: says yes to a reversal, and its payer pays after all; it stands until it is reversed again',
  mixed_serials: '新旧密钥混用 · WeChat: signs now by its certificate, now by its public key',
  wrong_signature: '签名不对 · WeChat: signs as somebody else',
  snapshot: '快照页 · WeChat sign-in: shows a preview, so nobody has signed in',
  used_code: '授权码已用 · WeChat sign-in: says that the code was used',
  old_code: '送来旧授权码 · WeChat sign-in: comes back with a code that was used before',
  busy: '系统繁忙 -1 · WeChat: says that it is busy to tokens, tickets, messages and sign-ins',
  token_invalid: '凭证无效 40001 · WeChat: takes the access token for none',
  token_expired: '凭证过期 42001 · WeChat: takes the access token for one that is over',
  quota: '次数用完 45009 · WeChat: no more tokens, tickets and messages today',
  no_permission: '接口未授权 48001 · WeChat: the account may not sign pages and send messages',
  ip_unlisted: 'IP 不在白名单 40164 · WeChat: gives no token to this address',
  risky_user: '高风险用户 40226 · WeChat mini-program: holds this person back',
  bill_drift: '账单多一笔 · WeChat: the bill has a payment that never happened',
} as const
export type FaultName = keyof typeof faultMeanings
const faultNames = Object.keys(faultMeanings) as [FaultName, ...FaultName[]]

const wechatFaults = new Set<FaultName>([
  'ask_password',
  'system_error',
  'late_success',
  'ignored_reversal',
  'mixed_serials',
  'wrong_signature',
  'snapshot',
  'used_code',
  'old_code',
  'busy',
  'token_invalid',
  'token_expired',
  'quota',
  'no_permission',
  'ip_unlisted',
  'risky_user',
  'bill_drift',
])

/** What can go wrong there: a message is taken or not, and nobody but the provider calls back. */
export function listFaults(service: ServiceName): FaultName[] {
  const decides = ['bank', 'one-card', 'utility', 'wechat'].includes(service)
  return faultNames.filter((name) => {
    if (isOfCallback(name)) return service === 'real-name'
    if (wechatFaults.has(name)) return service === 'wechat'
    if (name === 'wrong_room') return service === 'utility'
    return decides || (name !== 'decline' && name !== 'processing')
  })
}

function isOfCallback(name: FaultName): boolean {
  return name.startsWith('callback_')
}

export const setFaultSchema = z
  .strictObject({
    service: serviceSchema,
    fault: z.enum(faultNames),
    /**
     * How many calls it lasts, of those it strikes; until changed, when left out. Not for `down`:
     * a call that finds nobody cannot be counted.
     */
    count: z.int().min(1).optional(),
    /** For slow, processing and callback_late. */
    delayMs: z.int().min(0).max(120_000).default(6_000),
  })
  .refine(({ service, fault }) => listFaults(service).includes(fault), {
    error: 'this service does not have this fault',
  })
  .refine(({ fault, count }) => fault !== 'down' || count === undefined, {
    error: 'down lasts until it is changed and takes no count',
  })
export type SetFault = z.infer<typeof setFaultSchema>

export interface Fault {
  fault: FaultName
  countLeft: number
  delayMs: number
}

const works: Fault = { fault: 'none', countLeft: 0, delayMs: 0 }

/** What goes wrong where, changed by staff and tests while everything runs. */
export class Faults {
  #faults = new Map<ServiceName, Fault>()
  #onChange = new Map<ServiceName, (fault: FaultName) => Promise<void>>()

  /** `down` takes a listener away, so its owner is told. */
  onChange(service: ServiceName, listener: (fault: FaultName) => Promise<void>): void {
    this.#onChange.set(service, listener)
  }

  async set({ service, fault, count, delayMs }: SetFault): Promise<void> {
    this.#faults.set(service, { fault, countLeft: count ?? Number.POSITIVE_INFINITY, delayMs })
    await this.#onChange.get(service)?.(fault)
  }

  get(service: ServiceName): Fault {
    return this.#faults.get(service) ?? works
  }

  /** What strikes the call at hand, which uses up one of the count; other calls use up none. */
  take(service: ServiceName, { isOrder }: { isOrder: boolean }): Fault {
    const fault = this.get(service)
    const strikesAll = fault.fault === 'slow' || fault.fault === 'silent'
    if (!(isOrder || strikesAll) || isOfCallback(fault.fault)) return works
    return this.#use(service, fault)
  }

  /** What strikes a call of the service's own. */
  takeCallback(service: ServiceName): Fault {
    const fault = this.get(service)
    return isOfCallback(fault.fault) ? this.#use(service, fault) : works
  }

  #use(service: ServiceName, fault: Fault): Fault {
    if (fault.fault === 'none') return works
    const countLeft = fault.countLeft - 1
    if (countLeft > 0) this.#faults.set(service, { ...fault, countLeft })
    else this.#faults.delete(service)
    return fault
  }
}
