import { type ConsentList, consentTexts } from '@campus-ecode/protocol/consents'
import type { DeviceList } from '@campus-ecode/protocol/devices'
import type { Notice, NoticeContent, NoticePage } from '@campus-ecode/protocol/notices'
import type { BankCard, Transfer, Wallet } from '@campus-ecode/protocol/wallet'
import { createCell } from '../cell.ts'
import type { Done, Loadable } from '../model.ts'
import type {
  ExportState,
  Finished,
  KeypadState,
  TransferState,
  Waiting,
  WalletModel,
} from '../wallet-model.ts'

const NOON = Date.UTC(2026, 10, 22, 4, 4, 18)
const iso = (offsetMs: number) => new Date(NOON + offsetMs).toISOString()
const DAY = 86_400_000

export const ccb: BankCard = {
  cardId: '019ab000-0000-7000-8000-0000000000c1',
  bankName: '建设银行',
  tail: '1234',
  isDefault: true,
  boundAt: iso(-90 * DAY),
}
export const psbc: BankCard = {
  cardId: '019ab000-0000-7000-8000-0000000000c2',
  bankName: '邮政储蓄银行',
  tail: '8806',
  isDefault: false,
  boundAt: iso(-3 * DAY),
}

export const transfer: Transfer = {
  transferId: '019ab000-0000-7000-8000-0000000000d1',
  kind: 'top_up',
  status: 'PROCESSING',
  amountFen: 10_000,
  bankName: '建设银行',
  cardTail: '1234',
  createdAt: iso(-20_000),
  settledAt: null,
}

export const openWallet: Wallet = {
  status: 'open',
  balanceFen: 12_840,
  cards: [ccb, psbc],
  unbindsLeft: 2,
  reopensLeft: 3,
  pending: [],
  limits: { singleFen: 20_000, dailyFen: 100_000, spentTodayFen: 3_550, ceilingFen: 500_000 },
  agreement: { signedAt: iso(-60 * DAY), urged: false },
  password: 'set',
  needsFace: false,
  bindingId: null,
}

export const noWallet: Wallet = {
  ...openWallet,
  status: 'not_open',
  balanceFen: null,
  cards: [],
  unbindsLeft: 3,
  agreement: { signedAt: null, urged: false },
  password: 'not_set',
}

export const devices: DeviceList = {
  devices: [
    {
      deviceId: '019ab000-0000-7000-8000-0000000000e1',
      label: 'iPhone · 微信',
      enrolledAt: iso(-40 * DAY),
      lastContactAt: iso(-60_000),
    },
    {
      deviceId: '019ab000-0000-7000-8000-0000000000e2',
      label: 'HarmonyOS · app.yungu.edu.cn',
      enrolledAt: iso(-200 * DAY),
      lastContactAt: iso(-11 * DAY),
    },
  ],
  signIns: [0, 1, 26].map((hours) => ({
    at: iso(-hours * 3_600_000),
    scopes: ['card', 'pay', 'bill', 'wallet'],
    channel: 'school_server',
  })),
}

const contents: NoticeContent[] = [
  { kind: 'low_balance', entryId: 'e1', balanceFen: 1_240, thresholdFen: 2_000 },
  { kind: 'refund', entryId: 'e2', amountFen: 1_800, merchantName: '第一食堂' },
  { kind: 'device', change: 'enrolled', deviceId: 'd1', label: 'iPhone · 微信' },
  {
    kind: 'withdrawal',
    transferId: 't1',
    status: 'DECLINED',
    amountFen: 50_000,
    bankName: '邮政储蓄银行',
    cardTail: '8806',
  },
  { kind: 'password', change: 'set' },
  { kind: 'limits', singleFen: 20_000, dailyFen: 100_000 },
]
export const notices: NoticePage = {
  notices: contents.map(
    (about, at): Notice => ({
      noticeId: `019ab000-0000-7000-8000-0000000001${at}0`,
      at: iso(-at * 9 * 3_600_000),
      readAt: at < 2 ? null : iso(0),
      about,
    }),
  ),
  unreadCount: 2,
  next: 'older',
  settings: { lowBalanceFen: null, wechat: true },
  wechatReceipts: true,
}

export const consents: ConsentList = {
  consents: [
    {
      purpose: 'card',
      ...consentTexts.card,
      given: { version: '2026-03-01', at: iso(-90 * DAY) },
      withdrawnAt: null,
    },
    {
      purpose: 'bank_binding',
      ...consentTexts.bank_binding,
      given: { version: '2026-03-01', at: iso(-90 * DAY) },
      withdrawnAt: null,
    },
    { purpose: 'face_check', ...consentTexts.face_check, given: null, withdrawnAt: null },
    { purpose: 'gate_records', ...consentTexts.gate_records, given: null, withdrawnAt: iso(-DAY) },
    { purpose: 'face', ...consentTexts.face, given: null, withdrawnAt: null },
  ],
}

export const waiting: Waiting = {
  bindingId: '019ab000-0000-7000-8000-0000000000f1',
  bankName: '建设银行',
  tail: '1234',
  phoneTail: '5678',
  expiresAt: iso(5 * 60_000),
  resendAt: NOON + 60_000,
  awaits: ['SMS_CODE'],
  faceCheck: null,
}

/** The code was right, and the face is awaited. */
export const awaitingFace: Waiting = {
  ...waiting,
  awaits: ['FACE'],
  faceCheck: { pageUrl: '#face', expiresAt: iso(9 * 60_000) },
}

export interface GivenWallet {
  wallet?: Loadable<Wallet>
  devices?: Loadable<DeviceList>
  notices?: Loadable<NoticePage>
  consents?: Loadable<ConsentList>
  exported?: ExportState
  binding?: Waiting
  transfer?: TransferState
  keypad?: KeypadState
  finished?: Finished
  fromWechat?: string
  paying?: 'collection' | 'utility'
  /** What every operation comes to. */
  done?: Done
}

/** A wallet that stands still, except for what a person does to it. */
export function makeWalletModel(given: GivenWallet = {}): WalletModel {
  const loaded = <T>(value: T): Loadable<T> => ({ value, at: NOON, loading: false })
  let { fromWechat } = given
  const binding = createCell(given.binding)
  const transfers = createCell(given.transfer)
  const keypad = createCell(given.keypad)
  const finished = createCell(given.finished)
  const noticed = createCell(given.notices ?? loaded(notices))
  const exported = createCell(given.exported)
  const done = async () => given.done ?? ({ kind: 'done', value: {} } as const)
  const verification = { verificationId: 'v1', phoneTail: '5678', expiresAt: iso(600_000) }
  return {
    wallet: createCell(given.wallet ?? loaded(openWallet)),
    devices: createCell(given.devices ?? loaded(devices)),
    notices: noticed,
    consents: createCell(given.consents ?? loaded(consents)),
    exported,
    binding,
    transfer: transfers,
    keypad,
    finished,
    ownDeviceId: () => devices.devices[0]?.deviceId,
    show: () => () => {},
    load: async () => {},
    approve: done,
    hearKeypad: () => {},
    cancelKeypad() {
      keypad.value = undefined
    },
    leaveForKeypad: async () => {},
    comeBackFromKeypad: async () => {},
    forgetFinished() {
      finished.value = undefined
    },
    paying: () => given.paying,
    async startBinding() {
      if (given.done?.kind === 'refused') return given.done
      binding.value = waiting
      return { kind: 'done', value: waiting }
    },
    async confirmBinding() {
      if (given.done?.kind === 'refused') return given.done
      const before = binding.value ?? waiting
      const needsFace = before.awaits.includes('FACE')
      binding.value = needsFace
        ? { ...awaitingFace }
        : { ...before, awaits: [], bound: { wallet: openWallet, verificationId: 'v1' } }
      return { kind: 'done', value: undefined }
    },
    leaveForFace() {
      if (binding.value) binding.value = { ...binding.value, left: true }
    },
    isBackFromFace: () => false,
    backFromWechat() {
      const result = fromWechat
      fromWechat = undefined
      return result
    },
    forgetBinding() {
      binding.value = undefined
    },
    chooseDefaultCard: done,
    async startTransfer(kind) {
      const came = await done()
      if (came.kind !== 'done') return came
      transfers.value = { kind: 'known', transfer: { ...transfer, kind } }
      return came
    },
    retryTransfer: done,
    openTransfer(opened) {
      transfers.value = { kind: 'known', transfer: opened }
    },
    setLimits: done,
    cancelAgreement: done,
    declinePayment: done,
    lockCard: done,
    loadDevices: async () => {},
    removeDevice: done,
    loadNotices: async () => {},
    moreNotices: async () => {},
    readNotices: async () => {},
    setLowBalance: done,
    setWechatNotices: done,
    loadConsents: async () => {},
    giveConsent: done,
    withdrawConsent: done,
    forgetExport() {
      exported.value = undefined
    },
    startVerification: async () =>
      given.done?.kind === 'refused' ? given.done : { kind: 'done', value: verification },
    confirmVerification: done,
  }
}
