import type { BillEntry } from '@campus-ecode/protocol/bill'
import { type Cell, createCell } from '../../cell.ts'
import type { PayOutcome, PayRequest } from '../../ecode.ts'
import type { Begun } from '../../ways-model.ts'
import { isSettled } from './begun-payment.ts'

/** One thing that the cashier may be opened for. */
export interface Occasion {
  begin(): void
  /** The person leaves it: how it stands then. Throws what the page is to be told instead. */
  end(): Promise<PayOutcome>
}

export interface Cashier {
  /** What it was opened for last. */
  readonly subject: Cell<PayRequest | undefined>
  /** @param onLeave Called as soon as the person leaves. */
  open(request: PayRequest, occasion: Occasion, onLeave: () => void): Promise<PayOutcome>
  leave(): Promise<void>
}

/** One at a time, whatever it is for; `leave` settles what `open` has promised. */
export function createCashier(): Cashier {
  const subject = createCell<PayRequest | undefined>(undefined)
  let end = async () => {}
  let leaving: Promise<void> | undefined

  return {
    subject,
    open(request, occasion, onLeave) {
      leaving = undefined
      occasion.begin()
      subject.value = request
      return new Promise((resolve, reject) => {
        end = async () => {
          onLeave()
          await occasion.end().then(resolve, reject)
        }
      })
    },
    leave() {
      leaving ??= end()
      return leaving
    },
  }
}

/** What a page is told of a payment that the person has left. */
export function describeBegun(begun: Begun<unknown, BillEntry> | undefined): PayOutcome {
  if (begun?.kind === 'sending' || begun?.kind === 'unsure') {
    return { status: 'pending', paymentId: null }
  }
  if (begun?.kind !== 'known') return { status: 'cancelled', paymentId: null }
  const { paymentId } = begun.value
  if (begun.value.status === 'PAID') return { status: 'paid', paymentId }
  return isSettled(begun.value)
    ? { status: 'closed', paymentId: null }
    : { status: 'pending', paymentId }
}
