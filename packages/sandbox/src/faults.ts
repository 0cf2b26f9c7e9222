import { z } from 'zod'

export const serviceSchema = z.enum(['bank', 'one-card', 'sms'])
export type ServiceName = z.infer<typeof serviceSchema>

/** What can go wrong, in words for the page that switches it. An order: a debit, refund, payout or message. */
export const faultMeanings = {
  none: '正常 · works',
  slow: '延迟应答 · every call: acts at once, answers late',
  silent: '不处理也不应答 · every call: neither acts nor answers, holds the connection',
  twice: '重复处理并重复应答 · orders: handled twice, and the same answer comes twice',
  debit_then_drop: '处理后断开 · orders: acts, then cuts the connection without an answer',
  down: '停机，不限次数 · is not there, until it is changed: connections are refused (SMS: cut)',
  decline: '拒绝 · debits, refunds and payouts: says no',
  processing: '先受理，稍后定 · debits, refunds and payouts: accepts, decides later',
} as const
export type FaultName = keyof typeof faultMeanings
const faultNames = Object.keys(faultMeanings) as [FaultName, ...FaultName[]]

/** What can go wrong there: a message is taken or not, nobody declines or decides on it. */
export function listFaults(service: ServiceName): FaultName[] {
  if (service !== 'sms') return faultNames
  return faultNames.filter((name) => name !== 'decline' && name !== 'processing')
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
    /** For slow and processing. */
    delayMs: z.int().min(0).max(120_000).default(6_000),
  })
  .refine(({ service, fault }) => listFaults(service).includes(fault), {
    error: 'the SMS service does not have this fault',
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
    if (fault.fault === 'none' || !(isOrder || strikesAll)) return works
    const countLeft = fault.countLeft - 1
    if (countLeft > 0) this.#faults.set(service, { ...fault, countLeft })
    else this.#faults.delete(service)
    return fault
  }
}
