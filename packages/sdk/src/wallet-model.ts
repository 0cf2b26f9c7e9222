import type { ApprovalAction, KeypadMessage, Verification } from '@campus-ecode/protocol/approvals'
import type { ConsentList, ConsentPurpose } from '@campus-ecode/protocol/consents'
import type { DeviceList } from '@campus-ecode/protocol/devices'
import type { NoticePage } from '@campus-ecode/protocol/notices'
import type {
  BindingState,
  BoundCard,
  OpenFaceCheck,
  Transfer,
  Wallet,
} from '@campus-ecode/protocol/wallet'
import type { Cell } from './cell.ts'
import type { Done, Loadable, ShownProblem } from './model.ts'

/** What the wallet's screens draw and may ask for. `engine/wallet/` makes it, `screens/wallet/` shows it. */
export interface WalletModel {
  readonly wallet: Cell<Loadable<Wallet>>
  readonly devices: Cell<Loadable<DeviceList>>
  readonly notices: Cell<Loadable<NoticePage>>
  readonly consents: Cell<Loadable<ConsentList>>
  /** The person's own data, while it is fetched and once it is there. */
  readonly exported: Cell<ExportState | undefined>
  /** A card that waits for the bank's SMS code or a face check, and then what came of it. */
  readonly binding: Cell<Waiting | undefined>
  /** The top-up or withdrawal that was asked for last. */
  readonly transfer: Cell<TransferState | undefined>
  /** The keypad page, while it asks for the payment password. */
  readonly keypad: Cell<KeypadState | undefined>
  /** What the person had approved when the page was left for the keypad, and what came of it. */
  readonly finished: Cell<Finished | undefined>
  /** Of this phone, if it draws codes itself. */
  ownDeviceId(): string | undefined

  /** The wallet is on display: fetch it, listen. Returns how to stop. */
  show(): () => void
  load(): Promise<void>

  /** Asks for the payment password and, once it is there, does what it approves. */
  approve(action: ApprovalAction): Promise<Done>
  /** What the keypad page has said; whoever calls has seen that it was the page. */
  hearKeypad(message: KeypadMessage): void
  cancelKeypad(): void
  /** Where frames are not allowed: has the keypad opened at top level. */
  leaveForKeypad(): Promise<void>
  /** Back was pressed there, and the browser shows this page as it was left. */
  comeBackFromKeypad(): Promise<void>
  forgetFinished(): void
  /** Which of the other ways to pay was under way when the page was left for the keypad. */
  paying(): 'collection' | 'utility' | undefined

  /** @param face Consented to, where the wallet needs it: the check's page is in this language. */
  startBinding(details: BindingDetails, face?: { locale: 'zh-CN' | 'en' }): Promise<Done>
  /** The card is bound, or the face is awaited: `binding` tells. */
  confirmBinding(smsCode: string): Promise<Done>
  /** The person goes to the face check's page, which leads back. */
  leaveForFace(newTab: boolean): void
  /** Once, when the page was opened anew since: it goes on where it was left. */
  isBackFromFace(): boolean
  /**
   * Once, after WeChat's page had taken this one's place (R27): what came of it, as the core calls it, or `stuck`
   * where it had to be begun again and has come to that once more. It is taken out of the address.
   */
  backFromWechat(): string | undefined
  forgetBinding(): void
  chooseDefaultCard(cardId: string): Promise<Done>

  /** R12: with an id of its own, kept before the first send, so that trying again is harmless. */
  startTransfer(kind: Transfer['kind'], cardId: string, amountFen: number): Promise<Done>
  /** No answer came: asks what became of it, and sends it again with the same id if it never arrived. */
  retryTransfer(): Promise<Done>
  /** Opens one that is pending. */
  openTransfer(transfer: Transfer): void

  /** Lower at once; higher with the password (R15). */
  setLimits(singleFen: number, dailyFen: number): Promise<Done>
  cancelAgreement(): Promise<Done>
  /** R23: no to a till that waits for the password. Yes is `approve({ kind: 'pay', … })`. */
  declinePayment(paymentId: string): Promise<Done>
  lockCard(): Promise<Done>
  loadDevices(): Promise<void>
  removeDevice(deviceId: string): Promise<Done>
  loadNotices(): Promise<void>
  moreNotices(): Promise<void>
  /** Marks as read what is on display. */
  readNotices(): Promise<void>
  /** R41: a payment that takes the wallet below this makes a notice; null: none does. */
  setLowBalance(lowBalanceFen: number | null): Promise<Done>
  /** R41: receipts and notices in WeChat, too; once the notices are there. */
  setWechatNotices(on: boolean): Promise<Done>
  loadConsents(): Promise<void>
  /** R29: paying by face is agreed to by itself; the others with what they are for. */
  giveConsent(purpose: 'face'): Promise<Done>
  withdrawConsent(purpose: ConsentPurpose): Promise<Done>
  /** R42: begun by `approve({ kind: 'export_data' })`. */
  forgetExport(): void
  /** Sends an SMS, by the bank if a card is bound (R16). */
  startVerification(): Promise<Done<Verification>>
  confirmVerification(verificationId: string, smsCode: string): Promise<Done>
}

export type ExportState =
  | { kind: 'fetching'; count: number }
  /** `text` is JSON, `name` a name for its file. */
  | { kind: 'ready'; name: string; text: string }

/** R9, as typed; sent once and kept nowhere. */
export interface BindingDetails {
  name: string
  idNumber: string
  cardNo: string
  phone: string
}

export interface Waiting {
  bindingId: string
  bankName: string
  tail: string
  /** Not known to a page that has been opened anew. */
  phoneTail?: string
  expiresAt: string
  awaits: BindingState['awaits']
  faceCheck: OpenFaceCheck | null
  /** The person has gone to the face check. */
  left?: boolean
  /** How it stands could not be found out just now. */
  trouble?: ShownProblem
  /** It has come to nothing. */
  problem?: ShownProblem
  /** It is bound; `verificationId` is there when a password is to be set next. */
  bound?: BoundCard
  /** From when another SMS may be asked for. */
  resendAt: number
}

export interface TransferDraft {
  kind: Transfer['kind']
  transferId: string
  cardId: string
  amountFen: number
}

export type TransferState =
  | { kind: 'sending'; draft: TransferDraft }
  | { kind: 'known'; transfer: Transfer }
  | { kind: 'refused'; draft: TransferDraft; problem: ShownProblem }
  /** No answer came, and it is not known whether it arrived. */
  | { kind: 'unsure'; draft: TransferDraft; problem: ShownProblem; asking: boolean }

/** To be opened by a form: `POST url` with the field `ticket`. */
export interface KeypadState {
  approvalId: string
  url: string
  ticket: string
  action: ApprovalAction
  /**
   * - `opening` the frame has been given the form; the page has not said that it is there.
   * - `blocked` it should be there by now: frames are not allowed, or the network is slow.
   * - `leaving` a new ticket for top level; `stuck` the page is still here.
   */
  step: 'opening' | 'open' | 'blocked' | 'asking' | 'leaving' | 'stuck'
  /** As the page would like to have it. */
  heightPx?: number
}

export interface Finished {
  action: ApprovalAction
  /** Absent while it is being done. */
  done?: Done
}
