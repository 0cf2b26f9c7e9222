import type { Payment } from '@campus-ecode/protocol/payments'
import { createPatience, type Patience, STEADY } from './patience.ts'

export interface PayWaits {
  /** How long the till waits for a clear answer; the last call may take two seconds more. */
  patienceMs?: number | undefined
  /** Undo the order when it is still open after this long. Left out, it never is. */
  reverseAfterMs?: number | undefined
  /**
   * How long the payer may take over the password (R23). Left out, as long as the order itself says
   * by `confirmBy`, and a margin. It comes on top of the two above, which begin anew once the password
   * is in.
   */
  passwordWaitMs?: number | undefined
}

/** The core ends an order a moment after its time, and says so when it is asked the next time. */
const PASSWORD_MARGIN_MS = 15_000
/** R23, of an order that does not say. */
const PASSWORD_WAIT_MS = 45_000

/** Patience with a payment: nothing is wrong while a person enters a password. */
export interface PayPatience extends Pick<Patience, 'lastsFor' | 'callMs'> {
  hear(payment: Pick<Payment, 'status' | 'means' | 'createdAt' | 'confirmBy'>): void
  /** Waits before the next call, and says what it is for; undefined when patience has ended. */
  pause(atLeastMs: number): Promise<'ask' | 'reverse' | undefined>
}

export function createPayPatience({
  patienceMs = 45_000,
  reverseAfterMs = Number.POSITIVE_INFINITY,
  passwordWaitMs,
}: PayWaits): PayPatience {
  let patience = createPatience(patienceMs)
  let password: 'not asked' | 'awaited' | 'over' = 'not asked'

  function endWait() {
    password = 'over'
    patience = createPatience(patienceMs)
  }

  return {
    lastsFor: (ms) => patience.lastsFor(ms),
    callMs: () => patience.callMs(),
    hear(payment) {
      if (!isAwaited(payment)) {
        if (password === 'awaited') endWait()
      } else if (password === 'not asked') {
        password = 'awaited'
        patience = createPatience(passwordWaitMs ?? waitOf(payment), STEADY)
      }
    },
    async pause(atLeastMs) {
      if (await patience.pause(atLeastMs)) {
        const isOpenTooLong = password !== 'awaited' && patience.elapsedMs() >= reverseAfterMs
        return isOpenTooLong ? 'reverse' : 'ask'
      }
      if (password !== 'awaited' || reverseAfterMs === Number.POSITIVE_INFINITY) return undefined
      // The core has not ended it by now; undoing it takes patience of its own.
      endWait()
      return 'reverse'
    },
  }
}

/** Ours, or WeChat's own, which makes an order no more than PROCESSING, or UNKNOWN after a lost answer (R27). */
function isAwaited({
  status,
  means,
  confirmBy,
}: Pick<Payment, 'status' | 'means' | 'confirmBy'>): boolean {
  if (status === 'AWAITING_PASSWORD') return true
  const isOpen = status === 'PROCESSING' || status === 'UNKNOWN'
  return isOpen && means === 'wechat' && confirmBy !== null
}

/** By the core's clock alone: the till's may be wrong. At the first sight of the order, all of it. */
function waitOf({ createdAt, confirmBy }: Pick<Payment, 'createdAt' | 'confirmBy'>): number {
  const waitMs = confirmBy ? Date.parse(confirmBy) - Date.parse(createdAt) : PASSWORD_WAIT_MS
  return waitMs + PASSWORD_MARGIN_MS
}
