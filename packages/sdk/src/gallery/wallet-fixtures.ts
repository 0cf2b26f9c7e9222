import type { DeviceList } from '@campus-ecode/protocol/devices'
import type { BankCard, Transfer, Wallet } from '@campus-ecode/protocol/wallet'
import { createCell } from '../cell.ts'
import type { Loadable } from '../model.ts'
import type {
  Done,
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

export const devices: Pick<DeviceList, 'devices'> = {
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
}

export const waiting: Waiting = {
  bindingId: '019ab000-0000-7000-8000-0000000000f1',
  bankName: '建设银行',
  tail: '1234',
  phoneTail: '5678',
  expiresAt: iso(5 * 60_000),
  resendAt: NOON + 60_000,
}

export interface GivenWallet {
  wallet?: Loadable<Wallet>
  devices?: Loadable<Pick<DeviceList, 'devices'>>
  binding?: Waiting
  transfer?: TransferState
  keypad?: KeypadState
  finished?: Finished
  /** What every operation comes to. */
  done?: Done
}

/** A wallet that stands still, except for what a person does to it. */
export function makeWalletModel(given: GivenWallet = {}): WalletModel {
  const loaded = <T>(value: T): Loadable<T> => ({ value, at: NOON, loading: false })
  const binding = createCell(given.binding)
  const transfers = createCell(given.transfer)
  const keypad = createCell(given.keypad)
  const finished = createCell(given.finished)
  const done = async () => given.done ?? ({ kind: 'done', value: {} } as const)
  const verification = { verificationId: 'v1', phoneTail: '5678', expiresAt: iso(600_000) }
  return {
    wallet: createCell(given.wallet ?? loaded(openWallet)),
    devices: createCell(given.devices ?? loaded(devices)),
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
    forgetFinished() {
      finished.value = undefined
    },
    async startBinding() {
      if (given.done?.kind === 'refused') return given.done
      binding.value = waiting
      return { kind: 'done', value: waiting }
    },
    async confirmBinding() {
      if (given.done?.kind === 'refused') return given.done
      binding.value = undefined
      return { kind: 'done', value: { wallet: openWallet, verificationId: 'v1' } }
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
    startVerification: async () =>
      given.done?.kind === 'refused' ? given.done : { kind: 'done', value: verification },
    confirmVerification: done,
  }
}
