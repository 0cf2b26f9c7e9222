import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { CashierOrder } from '@campus-ecode/protocol/orders'
import type { UtilityTopUp } from '@campus-ecode/protocol/utilities'
import type { MyWater } from '@campus-ecode/protocol/water'
import type { MyWechat } from '@campus-ecode/protocol/wechat'

export interface WaysSide {
  now(): number
  refuse(code: ErrorCode): Response
  wallet: { spend(approvalId: string, kind: 'pay'): ErrorCode | undefined }
}

/** The other ways' side of the core, in a few lines: a number is one payment, an approval pays it. */
export function createFakeWays() {
  const entries = new Map<string, BillEntry>()
  const topUps = new Map<string, UtilityTopUp>()
  let serial = 0

  const fake = {
    entries,
    topUps,
    collectionNo: '4071923864',
    /** What becomes of the next payment, before and after the password. */
    begins: 'AWAITING_PASSWORD' as BillEntry['status'],
    ends: 'PAID' as BillEntry['status'],
    order: makeOrder(),
    water: makeWater(),
    wechat: { offered: true, bound: false, boundAt: null, ready: true } as MyWechat,
    begin(orderNo: string, changes: Partial<BillEntry>, side: WaysSide): BillEntry {
      const known = entries.get(orderNo)
      if (known) return known
      const entry = makeEntry(++serial, new Date(side.now()).toISOString(), {
        ...changes,
        orderNo,
        status: fake.begins,
      })
      entries.set(orderNo, entry)
      return entry
    },
    change(orderNo: string, changes: Partial<BillEntry>): BillEntry {
      const entry = entries.get(orderNo)
      if (!entry) throw new Error('no such payment')
      const next = { ...entry, ...changes }
      entries.set(orderNo, next)
      if (fake.order.entry?.orderNo === orderNo) setOrder(next)
      for (const [id, topUp] of topUps) {
        if (topUp.entry.orderNo === orderNo) topUps.set(id, { ...topUp, entry: next })
      }
      return next
    },
    answer(route: string, body: unknown, side: WaysSide): object | undefined {
      const { refuse } = side
      const given = (body ?? {}) as Record<string, never>
      const [, path = ''] = route.split(' ')
      const [, first, second = '', third] = path.split('/')
      const find = (by: (entry: BillEntry) => boolean) => [...entries.values()].find(by)
      switch (route) {
        case 'POST /collections/resolve':
          if (given['number'] && given['number'] !== fake.collectionNo) {
            return refuse('COLLECTION_UNKNOWN')
          }
          return {
            collectionNo: fake.collectionNo,
            merchantName: '第一食堂',
            terminalName: '3 号窗口',
            campus: null,
            rule: null,
            leftTodayFen: 50_000,
          }
        case 'POST /collections/payments':
          return fake.begin(
            given['paymentNo'] ?? '',
            { amountFen: given['amountFen'] ?? 0, means: 'collection' },
            side,
          )
        case 'GET /water':
          return fake.water
        case 'POST /water/end':
          if (fake.water.session) {
            fake.water = {
              ...fake.water,
              session: { ...fake.water.session, status: 'ENDED', endedBy: 'phone' },
            }
          }
          return fake.water
        case 'GET /utilities':
          return { utilities: [] }
        case 'POST /utilities/u1/accounts':
          return given['accountNo'] === '3-0412'
            ? { accountNo: '3-0412', label: '3 号楼 412', balanceFen: 100 }
            : refuse('UTILITY_ACCOUNT_UNKNOWN')
        case 'POST /utilities/u1/top-ups': {
          const topUpId: string = given['topUpId'] ?? ''
          const entry = fake.begin(
            topUpId,
            { amountFen: given['amountFen'] ?? 0, means: 'utility' },
            side,
          )
          const topUp = topUps.get(topUpId) ?? makeTopUp(topUpId, entry)
          topUps.set(topUpId, topUp)
          return topUp
        }
        case 'GET /wechat':
          return fake.wechat
        case 'POST /wechat/bindings':
          return {
            authoriseUrl: 'https://wechat.test/oauth',
            expiresAt: '2026-09-01T04:09:00.000Z',
          }
        case 'POST /wechat/bindings/confirm':
          fake.wechat = { ...fake.wechat, bound: true, boundAt: '2026-09-01T04:01:00.000Z' }
          return { result: 'bound' }
        case 'POST /wechat/unbind':
          fake.wechat = { ...fake.wechat, bound: false, boundAt: null }
          return {}
      }
      if (first === 'bill') {
        return find(({ entryId }) => entryId === second) ?? refuse('ORDER_NOT_FOUND')
      }
      if (first === 'orders' && !third) {
        return second === fake.order.orderId ? fake.order : refuse('ORDER_NOT_FOUND')
      }
      if (first === 'orders') {
        if (second !== fake.order.orderId) return refuse('ORDER_NOT_FOUND')
        if (fake.order.status === 'CLOSED') return refuse('ORDER_CLOSED')
        const entry = fake.begin(
          given['paymentNo'] ?? '',
          { amountFen: fake.order.amountFen, means: 'order' },
          side,
        )
        setOrder(entry)
        return entry
      }
      if (path.startsWith('/utilities/top-ups/')) {
        return topUps.get(third ?? '') ?? refuse('TRANSFER_NOT_FOUND')
      }
      if (first === 'payments') {
        const entry = find(({ paymentId }) => paymentId === second)
        const orderNo = entry?.orderNo ?? ''
        if (entry?.status !== 'AWAITING_PASSWORD') return refuse('PAYMENT_NOT_WAITING')
        if (third === 'decline') return fake.change(orderNo, { status: 'REFUSED' })
        const refusal = side.wallet.spend(given['approvalId'] ?? '', 'pay')
        return refusal ? refuse(refusal) : fake.change(orderNo, { status: fake.ends })
      }
      return undefined
    },
  }

  function setOrder(entry: BillEntry) {
    const status = entry.status === 'PAID' ? 'PAID' : entry.status === 'REFUSED' ? 'OPEN' : 'PAYING'
    fake.order = { ...fake.order, status, entry: entry.status === 'REFUSED' ? null : entry }
  }
  return fake
}

function makeOrder(): CashierOrder {
  return {
    orderId: 'order-1',
    status: 'OPEN',
    merchantName: '校园订餐',
    description: '午餐预订 2 份',
    listFen: 2_800,
    amountFen: 2_800,
    rule: null,
    expiresAt: '2026-09-01T04:15:00.000Z',
    entry: null,
  }
}

function makeWater(): MyWater {
  return {
    offered: true,
    password: 'set',
    bathNo: '30718264',
    minBalanceFen: 1_500,
    places: ['3 号楼浴室'],
    session: null,
  }
}

function makeTopUp(topUpId: string, entry: BillEntry): UtilityTopUp {
  return {
    topUpId,
    utilityId: 'u1',
    name: '宿舍电费',
    accountNo: '3-0412',
    label: '3 号楼 412',
    status: 'AWAITING_PASSWORD',
    entry,
    receipt: null,
    createdAt: entry.at,
  }
}

function makeEntry(serial: number, at: string, changes: Partial<BillEntry>): BillEntry {
  return {
    // As in the core: the entry of a payment has its id.
    entryId: `payment-of-way-${serial}`,
    paymentId: `payment-of-way-${serial}`,
    kind: 'payment',
    direction: 'out',
    status: 'AWAITING_PASSWORD',
    at,
    merchantName: '第一食堂',
    terminalName: '3 号窗口',
    means: 'collection',
    channel: 'wallet',
    cardTail: null,
    listFen: 1_500,
    rule: null,
    amountFen: 1_500,
    orderNo: null,
    refusal: null,
    ...changes,
  }
}
