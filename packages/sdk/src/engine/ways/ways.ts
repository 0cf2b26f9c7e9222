import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { CollectionRef } from '@campus-ecode/protocol/collections'
import type { CashierOrder } from '@campus-ecode/protocol/orders'
import type { Utility, UtilityTopUp } from '@campus-ecode/protocol/utilities'
import type { MyWater } from '@campus-ecode/protocol/water'
import type { MyWechat } from '@campus-ecode/protocol/wechat'
import type { PayOutcome, PayRequest } from '../../ecode.ts'
import { sayOrigin } from '../../say-origin.ts'
import type {
  AskedDraft,
  Begun,
  CollectionDraft,
  OrderDraft,
  UtilityDraft,
  WaysModel,
} from '../../ways-model.ts'
import { type Answer, failed, localTrouble } from '../answer.ts'
import type { Basis, Later, MakePart } from '../engine.ts'
import { loadAnew } from '../load-anew.ts'
import { createLoadable } from '../loadable.ts'
import type { NoteValues } from '../notes.ts'
import { openNotes } from '../open-notes.ts'
import { toDone } from '../to-done.ts'
import { whereToReturn } from '../where-to-return.ts'
import { whileShown } from '../while-shown.ts'
import { createBegunPayment, isSettled, type Way } from './begun-payment.ts'
import { createCashier, describeBegun, type Occasion } from './cashier.ts'
import { createOpenOrder } from './open-order.ts'
import { waysRoutes } from './routes.ts'

/** An order that somebody is paying, or whose time runs out, is asked for as often. */
const ORDER_AGAIN_MS = 5_000
/** Water runs: often enough to see it run, and seldom else. */
const WATER_AGAIN_MS = 2_000
const WATER_REST_MS = 15_000

/** Everything the screens of the other ways to pay need, in a script of its own; made after the wallet. */
export const makeWays: MakePart<'ways'> = (basis: Basis, later: Later, opened): WaysModel => {
  const { api, clock, page, store } = basis
  const wallet = opened.wallet.value
  if (!wallet) throw new Error('The wallet comes first')
  api.learn(waysRoutes)
  const notes = openNotes(store.key)
  const note = <K extends keyof NoteValues>(name: K) => ({
    read: () => notes.read(name),
    write: (value: NoteValues[K]) => notes.write(name, value),
  })

  /** What was scanned is paid as that: wrong numbers, which end typing for a day, do not end scanning. */
  const found = new Map<string, CollectionRef>()
  const pay: Way<CollectionDraft, BillEntry>['send'] = ({ id, collectionNo, amountFen, account }) =>
    api.call('payCollection', {
      body: {
        paymentNo: id,
        collection: found.get(collectionNo) ?? { number: collectionNo },
        amountFen,
        account,
      },
    })
  const scanned = createBegunPayment(basis, later, wallet, {
    send: pay,
    // It waits for the password and moves nothing, so that sending it again is a way to ask.
    find: (draft, entry) =>
      entry ? api.call('getBillEntry', { entryId: entry.entryId }) : pay(draft),
    entryOf: (entry) => entry,
    withEntry: (_, entry) => entry,
    isDecided: isSettled,
    note: note('collection'),
  } satisfies Way<CollectionDraft, BillEntry>)

  const order = createOpenOrder(api, clock)
  const ordered = createBegunPayment(
    basis,
    later,
    wallet,
    {
      send: ({ id, account, amountFen, orderId }) =>
        api.call('payOrder', { orderId, body: { paymentNo: id, account, amountFen } }),
      async find(draft, entry) {
        if (entry) return api.call('getBillEntry', { entryId: entry.entryId })
        const answer = await api.call('getOrder', { orderId: draft.orderId })
        if (!answer.ok) return answer
        const own = answer.value.entry
        return own ? { ok: true, value: own } : failed(localTrouble('TRANSFER_NOT_FOUND'))
      },
      entryOf: (entry) => entry,
      withEntry: (_, entry) => entry,
      isDecided: isSettled,
      note: unnoted,
    } satisfies Way<OrderDraft, BillEntry>,
    () => void order.load(),
  )

  // Begun before the page was opened anew: the order knows of it.
  order.state.subscribe(() => {
    const { entry } = order.state.value.value ?? {}
    if (!entry || isSettled(entry)) return
    const account = entry.channel === 'one_card' ? 'one_card' : 'wallet'
    const { orderId } = order
    const { amountFen } = entry
    ordered.takeUp({ id: entry.orderNo ?? entry.paymentId, orderId, account, amountFen }, entry)
  })

  async function leaveOrder(): Promise<PayOutcome> {
    const begun = ordered.state.value
    const last = begun?.kind === 'known' ? begun.value : order.state.value.value?.entry
    if (last?.status === 'AWAITING_PASSWORD') await ordered.decline()
    const answer = await order.ask()
    const { code } = answer.ok ? { code: '' } : answer.trouble
    if (!answer.ok && (code === 'ORDER_NOT_FOUND' || code === 'BAD_REQUEST')) {
      const message = 'There is no such order for this person'
      throw { ...answer.trouble, code: 'ORDER_NOT_FOUND', message }
    }
    const unsure = begun?.kind === 'unsure' || begun?.kind === 'sending'
    return describe(answer, unsure, last)
  }

  const find = ({ paymentId }: AskedDraft) => api.call('getBillEntry', { entryId: paymentId })
  // Begun at a till: to send it is to look at it, and then its password is asked for.
  const asked = createBegunPayment(basis, later, wallet, {
    send: find,
    find,
    entryOf: (entry) => entry,
    withEntry: (_, entry) => entry,
    isDecided: isSettled,
    note: unnoted,
  } satisfies Way<AskedDraft, BillEntry>)

  async function beginAsked(paymentId: string, returned: boolean) {
    asked.drop()
    const draft = { id: paymentId, paymentId }
    const found = returned ? await find(draft) : undefined
    if (found?.ok) asked.takeUp(draft, found.value)
    else await asked.begin(draft)
  }

  /** Of the cashier's merchant, though it has been put away meanwhile. */
  let lastScanned: Begun<CollectionDraft, BillEntry> | undefined
  scanned.state.subscribe(() => {
    lastScanned = scanned.state.value ?? lastScanned
  })

  const cashier = createCashier()
  function occasionOf(request: PayRequest, returned: boolean): Occasion {
    if ('order' in request) {
      const orderId = request.order
      return {
        begin() {
          // What nobody knows yet of another order's payment, that order's own cashier says.
          if (ordered.state.value?.draft.orderId !== orderId) ordered.drop()
          ordered.forget()
          order.open(orderId)
          void order.load()
        },
        end: leaveOrder,
      }
    }
    if ('payment' in request) {
      return {
        begin: () => void beginAsked(request.payment, returned),
        // The till goes on waiting, and the person may come back to it.
        end: async () => describeBegun(asked.state.value),
      }
    }
    return {
      begin() {
        lastScanned = undefined
      },
      async end() {
        if (lastScanned?.kind !== 'known' || lastScanned.value.status !== 'AWAITING_PASSWORD') {
          return describeBegun(lastScanned)
        }
        await scanned.decline()
        return describeBegun(scanned.state.value)
      },
    }
  }

  const toppedUp = createBegunPayment(basis, later, wallet, {
    send: ({ id, utilityId, accountNo, amountFen }) =>
      api.call('topUpUtility', { utilityId, body: { topUpId: id, accountNo, amountFen } }),
    find: ({ id }) => api.call('getUtilityTopUp', { topUpId: id }),
    entryOf: ({ entry }) => entry,
    withEntry: (topUp, entry) => ({
      ...topUp,
      entry,
      status: entry.status === 'REFUSED' ? 'REFUSED' : 'PROCESSING',
    }),
    isDecided: ({ status }) => ['CONFIRMED', 'REFUNDED', 'REFUSED'].includes(status),
    note: note('utility'),
  } satisfies Way<UtilityDraft, UtilityTopUp>)

  const water = createLoadable<MyWater>(clock, () => api.call('getMyWater', {}))
  const utilities = createLoadable<readonly Utility[]>(clock, async () => {
    const answer = await api.call('getUtilities', {})
    return answer.ok ? { ok: true, value: answer.value.utilities } : answer
  })
  const wechat = createLoadable<MyWechat>(clock, () => api.call('getMyWechat', {}))

  const followChange = (change: 'water' | 'wechat', follower: () => void) =>
    later.follow(({ data }) => {
      if (data.type === 'wallet' && data.change === change) follower()
    })

  return {
    async resolve(body) {
      const answer = await api.call('resolveCollection', { body })
      if (answer.ok) found.set(answer.value.collectionNo, body)
      return toDone(answer)
    },
    scanned,

    order: order.state,
    ordered,
    showOrder: whileShown(page, () => {
      void order.load()
      const timer = setInterval(() => {
        const status = order.state.value.value?.status
        if (status === 'OPEN' || status === 'PAYING') void order.load()
      }, ORDER_AGAIN_MS)
      const stop = ordered.show()
      return () => {
        clearInterval(timer)
        stop()
      }
    }),
    loadOrder: order.load,

    asked,
    subject: cashier.subject,
    openCashier: (request, onLeave, returned = false) =>
      cashier.open(request, occasionOf(request, returned), onLeave),
    leaveCashier: cashier.leave,

    water: water.state,
    showWater: whileShown(page, () => {
      void loadAnew(water)
      let askedAt = Date.now()
      const timer = setInterval(() => {
        const runs = water.state.value.value?.session?.status === 'RUNNING'
        if (Date.now() - askedAt < (runs ? WATER_AGAIN_MS : WATER_REST_MS)) return
        askedAt = Date.now()
        void water.load()
      }, WATER_AGAIN_MS)
      const stop = followChange('water', () => void loadAnew(water))
      return () => {
        clearInterval(timer)
        stop()
      }
    }),
    loadWater: water.load,
    async setWaterPassword() {
      const done = await wallet.approve({ kind: 'set_water_password' })
      if (done.kind === 'done') await loadAnew(water)
      return done
    },
    async endWater() {
      const answer = await api.call('endMyWater', {})
      if (answer.ok) water.take(answer)
      else void loadAnew(water)
      return toDone(answer)
    },

    utilities: utilities.state,
    loadUtilities: utilities.load,
    async findAccount(utilityId, accountNo) {
      return toDone(await api.call('findUtilityAccount', { utilityId, body: { accountNo } }))
    },
    toppedUp,

    wechat: wechat.state,
    showWechat: whileShown(page, () => {
      void loadAnew(wechat)
      return followChange('wechat', () => void loadAnew(wechat))
    }),
    loadWechat: wechat.load,
    async bindWechat(isAgain) {
      const answer = await api.call('startWechatBinding', { body: { returnTo: whereToReturn() } })
      if (answer.ok) {
        notes.write('left', { wechat: isAgain ? 2 : 1 })
        sayOrigin()
        location.assign(answer.value.authoriseUrl)
      }
      return toDone(answer)
    },
    async confirmWechat(token) {
      const answer = await api.call('confirmWechatBinding', { body: { token } })
      await loadAnew(wechat)
      return answer.ok ? answer.value.result : 'unavailable'
    },
    async unbindWechat() {
      const answer = await api.call('endWechatBinding', {})
      await loadAnew(wechat)
      return toDone(answer)
    },
  }
}

/** The order itself tells what became of it, so that nothing about it is written down here. */
const unnoted = { read: () => undefined, write() {} }

function describe(
  answer: Answer<CashierOrder>,
  unsure: boolean,
  last: BillEntry | null | undefined,
): PayOutcome {
  const entry = answer.ok ? answer.value.entry : last
  const paymentId = entry && entry.status !== 'REFUSED' ? entry.paymentId : null
  if (entry?.status === 'PAID') return { status: 'paid', paymentId }
  if (entry && !isSettled(entry)) return { status: 'pending', paymentId }
  if (!answer.ok) return { status: unsure ? 'pending' : 'cancelled', paymentId }
  const { status } = answer.value
  if (status !== 'OPEN' && status !== 'PAYING') return { status: 'closed', paymentId }
  // What was sent may still arrive, and pay.
  return { status: unsure ? 'pending' : 'cancelled', paymentId }
}
