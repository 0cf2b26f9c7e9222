import { z } from 'zod'

export const serviceSchema = z.enum(['bank', 'one-card', 'sms'])
export type ServiceName = z.infer<typeof serviceSchema>

/**
 * - `slow` acts at once and answers late.
 * - `silent` neither acts nor answers.
 * - `twice` the request reaches the books twice, as behind a gateway that repeats.
 * - `debit_then_drop` acts, then cuts the connection without an answer.
 * - `down` is not there: connections are refused.
 * - `decline` says no to every debit.
 * - `processing` accepts, answers PROCESSING, and decides later.
 */
export const faultSchema = z.enum([
  'none',
  'slow',
  'silent',
  'twice',
  'debit_then_drop',
  'down',
  'decline',
  'processing',
])
export type FaultName = z.infer<typeof faultSchema>

export const setFaultSchema = z.strictObject({
  service: serviceSchema,
  fault: faultSchema,
  /** How many calls it lasts; until changed, when left out. */
  count: z.int().min(1).optional(),
  /** For slow and processing. */
  delayMs: z.int().min(0).max(120_000).default(6_000),
})
export type SetFault = z.infer<typeof setFaultSchema>

export interface Fault {
  fault: FaultName
  countLeft: number
  delayMs: number
}

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
    return this.#faults.get(service) ?? { fault: 'none', countLeft: 0, delayMs: 0 }
  }

  /** The fault of the call at hand, which counts it. */
  take(service: ServiceName): Fault {
    const fault = this.get(service)
    if (fault.fault === 'none') return fault
    const countLeft = fault.countLeft - 1
    if (countLeft > 0) this.#faults.set(service, { ...fault, countLeft })
    else this.#faults.delete(service)
    return fault
  }
}
