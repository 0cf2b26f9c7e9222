import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Collection, CollectionRef } from '@campus-ecode/protocol/collections'
import type { CashierOrder } from '@campus-ecode/protocol/orders'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { Utility, UtilityAccount, UtilityTopUp } from '@campus-ecode/protocol/utilities'
import type { MyWater } from '@campus-ecode/protocol/water'
import type { MyWechat, WechatResult } from '@campus-ecode/protocol/wechat'
import type { Cell } from './cell.ts'
import type { PayOutcome, PayRequest } from './ecode.ts'
import type { Done, Loadable, ShownProblem } from './model.ts'

/** What the screens of the other ways to pay draw and may ask for (R24–R27, R38, R39). */
export interface WaysModel {
  /** R24: whom a scanned link or typed number pays. Nothing but that is done with it. */
  resolve(ref: CollectionRef): Promise<Done<Collection>>
  /** The payment to a merchant's collection code. */
  readonly scanned: BegunPayment<CollectionDraft, BillEntry>

  /** The order whose cashier is open. */
  readonly order: Cell<Loadable<CashierOrder>>
  readonly ordered: BegunPayment<OrderDraft, BillEntry>
  /** The cashier is on display: ask how the order stands. Returns how to stop. */
  showOrder(): () => void
  loadOrder(): Promise<void>

  /** R23: the payment whose till waits, and for which the cashier is open. */
  readonly asked: BegunPayment<AskedDraft, BillEntry>

  /** What the cashier is open for. */
  readonly subject: Cell<PayRequest | undefined>
  /**
   * Settles when it is known how that stands which the person has left. Rejects, with its problem, if
   * there is no such order.
   *
   * @param onLeave Called as soon as the person leaves.
   * @param returned The page had been left for the keypad: what was approved there is done by the wallet.
   */
  openCashier(request: PayRequest, onLeave: () => void, returned?: boolean): Promise<PayOutcome>
  /** The person leaves the cashier; how an order stands is asked of the core once more. */
  leaveCashier(): Promise<void>

  /** R26. */
  readonly water: Cell<Loadable<MyWater>>
  /** The shower page is on display: litres and amount follow. Returns how to stop. */
  showWater(): () => void
  loadWater(): Promise<void>
  /** Asks for the payment password and the new water password, on the keypad. */
  setWaterPassword(): Promise<Done>
  endWater(): Promise<Done>

  /** R39. */
  readonly utilities: Cell<Loadable<readonly Utility[]>>
  loadUtilities(): Promise<void>
  findAccount(utilityId: string, accountNo: string): Promise<Done<UtilityAccount>>
  readonly toppedUp: BegunPayment<UtilityDraft, UtilityTopUp>

  /** R27. */
  readonly wechat: Cell<Loadable<MyWechat>>
  /** The page about it is on display: asks again whenever the person is back. Returns how to stop. */
  showWechat(): () => void
  loadWechat(): Promise<void>
  /** Leaves the page for WeChat's. @param isAgain The last time it came to nothing, and had to be begun again. */
  bindWechat(isAgain: boolean): Promise<Done>
  /** Back from there, with what stood in the address: what came of it. */
  confirmWechat(token: string): Promise<WechatResult>
  unbindWechat(): Promise<Done>
}

/** One payment at a time that a person begins on this phone, from the first send to its end. */
export interface BegunPayment<Draft, Value> {
  readonly state: Cell<Begun<Draft, Value> | undefined>
  /** Sends it and asks for the password where one is wanted. While one is under way it does nothing. */
  begin(draft: Omit<Draft, 'id'>): Promise<void>
  /** Asks for the password once more. */
  enterPassword(): Promise<void>
  /** No answer came: sends it again with the same number, which asks what became of it first. */
  retry(): Promise<void>
  /** The person thinks better of it, while the password is waited for. */
  decline(): Promise<void>
  /** It is on display: ask until it is decided. Returns how to stop. */
  show(): () => void
  /** Puts away what is decided or never began. */
  forget(): void
}

export type Begun<Draft, Value> =
  | { kind: 'sending'; draft: Draft }
  /** The core knows it; `problem` stood in the way of the password. */
  | { kind: 'known'; draft: Draft; value: Value; problem?: ShownProblem; busy: boolean }
  | { kind: 'refused'; draft: Draft; problem: ShownProblem }
  /** No answer came, and it is not known whether it arrived. */
  | { kind: 'unsure'; draft: Draft; problem: ShownProblem; asking: boolean }

/** Of all drafts: `id` is made and kept before the first send. */
export interface CollectionDraft {
  id: string
  collectionNo: string
  merchantName: string
  terminalName: string
  /** Before the price rule. */
  amountFen: number
  account: Account
}

export interface OrderDraft {
  id: string
  orderId: string
  account: Account
  /** As the person was shown it; at any other price the core takes nothing (R4). */
  amountFen: number
}

export interface AskedDraft {
  id: string
  paymentId: string
}

export interface UtilityDraft {
  id: string
  utilityId: string
  accountNo: string
  label: string
  amountFen: number
}
