import type { CashierOrder } from '@campus-ecode/protocol/orders'
import { type Cell, createCell } from '../../cell.ts'
import type { Loadable } from '../../model.ts'
import type { Answer } from '../answer.ts'
import type { Api } from '../api.ts'
import type { ServerClock } from '../clock.ts'

/** The one order whose cashier is open, as it stands. */
export interface OpenOrder {
  readonly state: Cell<Loadable<CashierOrder>>
  /** Empty while there is none. */
  readonly orderId: string
  open(orderId: string): void
  load(): Promise<void>
  /** How it stands now; it need not be on display any more. */
  ask(): Promise<Answer<CashierOrder>>
}

export function createOpenOrder(api: Api, clock: ServerClock): OpenOrder {
  const state = createCell<Loadable<CashierOrder>>({ loading: false })
  let orderId = ''
  let asked = 0
  let taken = 0

  return {
    state,
    get orderId() {
      return orderId
    },
    open(next) {
      orderId = next
      // What is still under way is about another order.
      taken = asked
      state.value = { loading: true }
    },
    async load() {
      if (!orderId) return
      const mine = ++asked
      state.value = { ...state.value, loading: true }
      const answer = await api.call('getOrder', { orderId })
      // Answers may cross; a later one says more.
      if (mine <= taken) return
      taken = mine
      const { value, at } = state.value
      state.value = answer.ok
        ? { value: answer.value, at: clock.now(), loading: false }
        : { ...(value && at && { value, at }), loading: false, problem: answer.trouble }
    },
    ask: () => api.call('getOrder', { orderId }),
  }
}
