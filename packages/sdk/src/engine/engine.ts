import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import { effect } from '@preact/signals'
import type { Model } from '../model.ts'
import type { SessionProvider } from '../options.ts'
import { isTechnical, type Trouble } from './answer.ts'
import { createApi } from './api.ts'
import { createBill } from './bill.ts'
import { createClock } from './clock.ts'
import { createCodeSource } from './code-source.ts'
import { createDeviceKeeper } from './device-keeper.ts'
import { openDeviceStore } from './device-store.ts'
import { createEnrolment } from './enrolment.ts'
import { createEventFeed } from './event-feed.ts'
import { createLoadable } from './loadable.ts'
import type { Page } from './page.ts'
import { createPay } from './pay.ts'
import { createSessionKeeper } from './session-keeper.ts'
import { within } from './within.ts'

/** Whose widget it is, and where the BFF is. */
export interface Identity {
  /** Without a slash at the end. */
  baseUrl: string
  school: string
  subject: string
}

export interface EngineListener {
  /** What became of a scan of one of this phone's codes, each time that is new. */
  onOutcome(entry: BillEntry): void
  /** Something the host page's people should know. */
  onTrouble(trouble: Trouble): void
}

/** One person on one page: everything below the screens. */
export interface Engine {
  readonly model: Model
  listen(listener: EngineListener): () => void
  use(provider: SessionProvider): void
  /** Forgets the person here at once, and tells the core if it can be reached. */
  signOut(): Promise<void>
  stop(): void
}

const FAREWELL_MS = 3_000

export function createEngine(identity: Identity, provider: SessionProvider, page: Page): Engine {
  const { baseUrl, school, subject } = identity
  const listeners = new Set<EngineListener>()
  const onTrouble = (trouble: Trouble) => {
    if (isTechnical(trouble)) for (const listener of [...listeners]) listener.onTrouble(trouble)
  }
  const clock = createClock()
  const session = createSessionKeeper(provider, clock, onTrouble)
  const api = createApi(baseUrl, session, clock, page.online, onTrouble)
  const store = openDeviceStore(baseUrl, school, subject)
  const card = createLoadable(clock, () => api.call('getCard', {}))
  const accounts = createLoadable(clock, () => api.call('getAccounts', {}))
  const bill = createBill(api, clock)
  const keeper = createDeviceKeeper(store, api, clock, page, () => void card.load())
  const enrolment = createEnrolment(store, keeper, api, clock)
  const source = createCodeSource(school, keeper, api, clock)
  const feed = createEventFeed(
    api,
    keeper.ready.then(() => keeper.device.peek()?.cursor),
    takeEvent,
    (cursor) => keeper.remember({ cursor }),
  )
  const pay = createPay({
    page,
    clock,
    api,
    session,
    keeper,
    feed,
    source,
    accounts,
    card,
    onOutcome(entry) {
      refreshMoney()
      heal(entry)
      for (const listener of [...listeners]) listener.onOutcome(entry)
    },
  })

  function takeEvent({ at, data }: PersonEvent) {
    if (data.type === 'card') void card.load()
    if (data.type === 'device' && data.change === 'removed') {
      if (data.deviceId === keeper.device.peek()?.deviceId) void keeper.forget()
    }
    if (data.type !== 'payment') return
    const { entry, deviceId, codeId } = data
    const own =
      (deviceId !== null && deviceId === keeper.device.peek()?.deviceId) ||
      (codeId !== null && source.hasIssued(codeId))
    if (own && entry.kind === 'payment') pay.takeOutcome(entry, Date.parse(at))
    else refreshMoney()
  }

  function refreshMoney() {
    void accounts.load()
    bill.refresh()
  }

  /** Some refusals tell that this phone knows too little. */
  function heal({ refusal }: BillEntry) {
    const code = refusal?.code
    if (code?.startsWith('DEVICE_') || code === 'CODE_NOT_YET_VALID') keeper.contactNow()
    if (code?.startsWith('CARD_')) void card.load()
  }

  async function refresh() {
    await Promise.all([card.load(), accounts.load()])
  }
  void refresh()

  const stopRemembering = effect(() => {
    const first = accounts.state.value.value?.defaultAccount
    if (first && keeper.device.value && keeper.device.value.account !== first) {
      keeper.remember({ account: first })
    }
  })

  const model: Model = {
    session: session.state,
    online: page.online,
    card: card.state,
    accounts: accounts.state,
    pay: pay.state,
    enrolment: enrolment.state,
    bill: bill.state,
    now: clock.now,
    refresh,
    async claimCard() {
      const answer = await api.call('claimCard', { body: { consent: true } })
      if (answer.ok) card.put(answer.value)
      else card.state.value = { ...card.state.peek(), problem: answer.trouble }
    },
    async revealCardNumber() {
      const answer = await api.call('getCardNumber', {})
      return answer.ok ? answer.value.cardNo : undefined
    },
    showPay: pay.show,
    refreshCode: pay.refresh,
    chooseAccount(account) {
      pay.choose(account)
      void api.call('chooseDefaultAccount', { body: { account } }).then((answer) => {
        if (answer.ok) accounts.put(answer.value)
        else void accounts.load()
      })
    },
    setRevealed: pay.setRevealed,
    nextCode: pay.next,
    startEnrolment: enrolment.start,
    confirmEnrolment: enrolment.confirm,
    dismissEnrolment: enrolment.dismiss,
    openBill: bill.open,
    moreBill: bill.more,
    renewSession: session.renew,
  }

  return {
    model,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    use: session.use,
    async signOut() {
      pay.end()
      await keeper.ready
      const deviceId = keeper.device.peek()?.deviceId
      await keeper.forget()
      if (deviceId) {
        await within(FAREWELL_MS, api.call('removeDevice', { deviceId })).catch(() => {})
      }
      session.end()
      for (const cell of [card.state, accounts.state, bill.state]) cell.value = { loading: false }
    },
    stop() {
      pay.end()
      enrolment.stop()
      stopRemembering()
      page.stop()
      listeners.clear()
    },
  }
}
