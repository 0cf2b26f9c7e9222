import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Collection } from '@campus-ecode/protocol/collections'
import type { CashierOrder } from '@campus-ecode/protocol/orders'
import type { Utility, UtilityAccount, UtilityTopUp } from '@campus-ecode/protocol/utilities'
import type { MyWater } from '@campus-ecode/protocol/water'
import type { MyWechat } from '@campus-ecode/protocol/wechat'
import { createCell } from '../cell.ts'
import type { PayRequest } from '../ecode.ts'
import type { Done, Loadable } from '../model.ts'
import type {
  AskedDraft,
  Begun,
  BegunPayment,
  CollectionDraft,
  OrderDraft,
  UtilityDraft,
  WaysModel,
} from '../ways-model.ts'

const NOON = Date.UTC(2026, 10, 22, 4, 4, 18)
const iso = (offsetMs: number) => new Date(NOON + offsetMs).toISOString()

export const collection: Collection = {
  collectionNo: '4071923864',
  merchantName: '第一食堂',
  terminalName: '3 号窗口',
  campus: '仙林校区',
  rule: { name: { 'zh-CN': '学生优惠', en: 'Student price' }, permille: 900 },
  leftTodayFen: 48_500,
}

export const collectionDraft: CollectionDraft = {
  id: '019ab000-0000-7000-8000-0000000000a1',
  collectionNo: collection.collectionNo,
  merchantName: collection.merchantName,
  terminalName: collection.terminalName,
  amountFen: 1_500,
  account: 'wallet',
}

export const order: CashierOrder = {
  orderId: '019ab000-0000-7000-8000-0000000000b1',
  status: 'OPEN',
  merchantName: '校园订餐',
  description: '午餐预订：番茄炒蛋盖饭 × 2',
  listFen: 2_800,
  amountFen: 2_520,
  rule: { name: { 'zh-CN': '学生优惠', en: 'Student price' }, changeFen: -280 },
  expiresAt: iso(14 * 60_000 + 32_000),
  entry: null,
}
export const orderDraft: OrderDraft = {
  id: '019ab000-0000-7000-8000-0000000000b2',
  orderId: order.orderId,
  account: 'wallet',
  amountFen: order.amountFen,
}

export const entryOf = (changes: Partial<BillEntry>): BillEntry => ({
  entryId: '019ab000-0000-7000-8000-0000000000e1',
  paymentId: '019ab000-0000-7000-8000-00000071e9c4',
  kind: 'payment',
  direction: 'out',
  status: 'PAID',
  at: iso(-4_000),
  merchantName: '第一食堂',
  terminalName: '3 号窗口',
  means: 'collection',
  channel: 'wallet',
  cardTail: null,
  listFen: 1_500,
  rule: { name: { 'zh-CN': '学生优惠', en: 'Student price' }, changeFen: -150 },
  amountFen: 1_350,
  orderNo: collectionDraft.id,
  refusal: null,
  ...changes,
})
export const orderEntry = (changes: Partial<BillEntry> = {}) =>
  entryOf({
    merchantName: order.merchantName,
    terminalName: null,
    means: 'order',
    listFen: order.listFen,
    rule: order.rule,
    amountFen: order.amountFen,
    ...changes,
  })

const session = {
  sessionNo: 'S20261122-0007',
  status: 'RUNNING',
  holdFen: 1_500,
  litresMl: 23_400,
  amountFen: 117,
  endedBy: null,
  startedAt: iso(-4 * 60_000),
  endedAt: null,
  place: '3 号楼浴室 2 号',
} as const satisfies MyWater['session']
export const water: MyWater = {
  offered: true,
  password: 'set',
  bathNo: '30718264',
  minBalanceFen: 1_500,
  places: ['3 号楼浴室', '5 号楼浴室'],
  session: null,
}
export const showering: MyWater = { ...water, session }
export const showered: MyWater = {
  ...water,
  session: {
    ...session,
    status: 'ENDED',
    litresMl: 41_200,
    amountFen: 206,
    endedBy: 'controller',
    endedAt: iso(-30_000),
  },
}

export const utilities: Utility[] = [
  {
    utilityId: '019ab000-0000-7000-8000-0000000000f1',
    kind: 'electricity',
    name: '宿舍电费',
    accountWord: { 'zh-CN': '宿舍房间号', en: 'room number' },
    recent: [
      { accountNo: '3-0412', label: '3 号楼 412' },
      { accountNo: '3-0415', label: '3 号楼 415' },
    ],
  },
  {
    utilityId: '019ab000-0000-7000-8000-0000000000f2',
    kind: 'water',
    name: '宿舍水费',
    accountWord: { 'zh-CN': '宿舍房间号', en: 'room number' },
    recent: [],
  },
  {
    utilityId: '019ab000-0000-7000-8000-0000000000f3',
    kind: 'network',
    name: '校园网',
    accountWord: { 'zh-CN': '上网账号', en: 'network account' },
    recent: [],
  },
]
export const room: UtilityAccount = {
  accountNo: '3-0412',
  label: '3 号楼 412',
  balanceFen: -320,
}
export const utilityDraft: UtilityDraft = {
  id: '019ab000-0000-7000-8000-0000000000f9',
  utilityId: utilities[0]?.utilityId ?? '',
  accountNo: room.accountNo,
  label: room.label,
  amountFen: 5_000,
}
export const toppedUp = (changes: Partial<UtilityTopUp>): UtilityTopUp => ({
  topUpId: utilityDraft.id,
  utilityId: utilityDraft.utilityId,
  name: '宿舍电费',
  accountNo: room.accountNo,
  label: room.label,
  status: 'CONFIRMED',
  entry: entryOf({
    means: 'utility',
    merchantName: '宿舍电费',
    listFen: 5_000,
    rule: null,
    amountFen: 5_000,
  }),
  receipt: '6402 1187 3359 0426 7781',
  createdAt: iso(-8_000),
  ...changes,
})

export const wechat: MyWechat = {
  offered: true,
  bound: false,
  boundAt: null,
  ready: true,
  signsIn: false,
}

export const askedDraft: AskedDraft = {
  id: '019ab000-0000-7000-8000-0000000000fa',
  paymentId: '019ab000-0000-7000-8000-0000000000fa',
}

export interface GivenWays {
  scanned?: Begun<CollectionDraft, BillEntry>
  ordered?: Begun<OrderDraft, BillEntry>
  toppedUp?: Begun<UtilityDraft, UtilityTopUp>
  order?: Loadable<CashierOrder>
  asked?: Begun<AskedDraft, BillEntry>
  subject?: PayRequest
  water?: Loadable<MyWater>
  utilities?: Loadable<readonly Utility[]>
  wechat?: Loadable<MyWechat>
  /** What a scanned code comes to; `never`: no answer yet. */
  resolved?: Done<Collection> | 'never'
  found?: Done<UtilityAccount>
  /** What every other operation comes to. */
  done?: Done
}

/** The other ways to pay, standing still, except for what a person does to them. */
export function makeWaysModel(given: GivenWays = {}): WaysModel {
  const loaded = <T>(value: T): Loadable<T> => ({ value, at: NOON, loading: false })
  const done = async () => given.done ?? ({ kind: 'done', value: {} } as const)
  const nothing = async () => {}
  function still<D extends { id: string }, V>(
    first: Begun<D, V> | undefined,
    value: V,
    draft: D,
  ): BegunPayment<D, V> {
    const state = createCell(first)
    return {
      state,
      async begin(changes) {
        state.value = { kind: 'known', draft: { ...draft, ...changes }, value, busy: false }
      },
      enterPassword: nothing,
      retry: nothing,
      decline: nothing,
      show: () => () => {},
      forget() {
        state.value = undefined
      },
    }
  }
  return {
    resolve: () =>
      given.resolved === 'never'
        ? new Promise(() => {})
        : Promise.resolve(given.resolved ?? { kind: 'done', value: collection }),
    scanned: still(given.scanned, entryOf({}), collectionDraft),
    order: createCell(given.order ?? loaded(order)),
    ordered: still(given.ordered, orderEntry(), orderDraft),
    showOrder: () => () => {},
    loadOrder: nothing,
    asked: still(given.asked, entryOf({ status: 'AWAITING_PASSWORD' }), askedDraft),
    subject: createCell(given.subject ?? { order: orderDraft.orderId }),
    openCashier: () => new Promise(() => {}),
    leaveCashier: nothing,
    water: createCell(given.water ?? loaded(water)),
    showWater: () => () => {},
    loadWater: nothing,
    setWaterPassword: done,
    endWater: done,
    utilities: createCell(given.utilities ?? loaded<readonly Utility[]>(utilities)),
    loadUtilities: nothing,
    findAccount: async () => given.found ?? { kind: 'done', value: room },
    toppedUp: still(given.toppedUp, toppedUp({}), utilityDraft),
    wechat: createCell(given.wechat ?? loaded(wechat)),
    showWechat: () => () => {},
    loadWechat: nothing,
    bindWechat: done,
    confirmWechat: async () => 'bound',
    unbindWechat: done,
  }
}
