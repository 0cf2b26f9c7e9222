import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Card } from '@campus-ecode/protocol/card'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import type { AccessModel, GateNews } from '../access-model.ts'
import { type Cell, createCell, type WritableCell } from '../cell.ts'
import type { HostModel } from '../host-model.ts'
import type { EnrolmentState, Loadable, Model, OpenBill } from '../model.ts'
import type { SessionProvider } from '../options.ts'
import type { WalletModel } from '../wallet-model.ts'
import type { WaysModel } from '../ways-model.ts'
import type { StoredAccess } from './access/credential-keeper.ts'
import { isTechnical, type Trouble } from './answer.ts'
import { type Api, createApi } from './api.ts'
import { createClock, type ServerClock } from './clock.ts'
import { type CodeSource, createCodeSource } from './code-source.ts'
import { createDeviceKeeper, type DeviceKeeper } from './device-keeper.ts'
import { type DeviceStore, openDeviceStore } from './device-store.ts'
import { createLoadable, type LoadableCell } from './loadable.ts'
import { readNotes, writeNotes } from './notes.ts'
import type { Page } from './page.ts'
import { createPay, type Pay } from './pay.ts'
import { createSessionKeeper, type SessionKeeper } from './session-keeper.ts'
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
  /** What a gate said of one of the person's codes, each once. */
  onGate(news: GateNews): void
  /** Something the host page's people should know. */
  onTrouble(trouble: Trouble): void
}

/** What the first code needs. The rest of the engine is made around it. */
export interface Basis {
  page: Page
  clock: ServerClock
  session: SessionKeeper
  api: Api
  store: DeviceStore
  keeper: DeviceKeeper
  source: CodeSource
  pay: Pay
  card: LoadableCell<Card>
  accounts: LoadableCell<Accounts>
  bill: WritableCell<Loadable<OpenBill>>
  enrolment: WritableCell<EnrolmentState>
  /** Tells all listeners. */
  tell<K extends keyof EngineListener>(what: K, news: Parameters<EngineListener[K]>[0]): void
}

/** What the engine can do beyond codes: `later/later.ts` makes it, in a script of its own. */
export type Later = Pick<
  Model,
  'openBill' | 'moreBill' | 'startEnrolment' | 'confirmEnrolment' | 'dismissEnrolment'
> & {
  /** Listens to what happens to the person, until the returned function is called. */
  follow(listener: (event: PersonEvent) => void): () => void
  /** The bill that is open may have changed. */
  refreshBill(): void
  /** Shows what has become of the payment that is on display. */
  showEntry(entry: BillEntry): void
}

/** What comes in scripts of their own, and is made when it is first opened. */
export interface OpenedParts {
  wallet: WalletModel
  access: AccessModel
  ways: WaysModel
  host: HostModel
}
/** What of them is open now. */
type Opened = { readonly [K in keyof OpenedParts]: Cell<OpenedParts[K] | undefined> }
/** `wallet/wallet.ts`, `access/access.ts`, `ways/ways.ts` and `host/host.ts`. */
export type MakePart<K extends keyof OpenedParts> = (
  basis: Basis,
  later: Later,
  opened: Opened,
) => OpenedParts[K]

/** One person on one page: everything below the screens. */
export interface Engine {
  readonly model: Model
  listen(listener: EngineListener): () => void
  use(provider: SessionProvider): void
  /**
   * Begins a code before there is a screen for it. Settles when it is there, or once it is known not
   * to come from this phone alone.
   *
   * @returns How to let go of it, when the screen is there.
   */
  drawAhead(): Promise<() => void>
  /** Begins all that a code made on this phone does not need: card, accounts, events. */
  connect(): void
  /** Fetches the rest of the engine, if that has not begun. */
  complete(): void
  /** Makes the part, if there is none yet. */
  open<K extends keyof OpenedParts>(part: K, make: MakePart<K>): Promise<void>
  /** Forgets the person here at once, and tells the core if it can be reached. */
  signOut(): Promise<void>
  stop(): void
}

const FAREWELL_MS = 3_000
/** A storage that is slower than this must not keep the screen white. */
const AHEAD_MS = 150
const FETCH_AGAIN_MS = 5_000

/**
 * @param fetchLater Fetches the rest of the engine; asked for once connected, as soon as the first
 * code, or the reason for there being none, is on display.
 */
export function createEngine(
  { baseUrl, school, subject }: Identity,
  provider: SessionProvider,
  page: Page,
  fetchLater: () => Promise<(basis: Basis) => Later>,
): Engine {
  const listeners = new Set<EngineListener>()
  const tell: Basis['tell'] = (what, news) => {
    for (const listener of [...listeners]) listener[what](news as never)
  }
  const onTrouble = (trouble: Trouble) => {
    if (isTechnical(trouble)) tell('onTrouble', trouble)
  }
  const clock = createClock()
  const session = createSessionKeeper(provider, clock, onTrouble)
  const api = createApi(baseUrl, session, clock, page.online, onTrouble)
  const store = openDeviceStore(baseUrl, school, subject)
  const keeper = createDeviceKeeper(store, clock)
  const source = createCodeSource(school, keeper, api, clock)
  const card = createLoadable(clock, () => api.call('getCard', {}))
  const accounts = createLoadable(clock, () => api.call('getAccounts', {}))
  const pay = createPay(page, clock, session, keeper, source, accounts, card)
  const bill = createCell<Loadable<OpenBill>>({ loading: false })
  const enrolment = createCell<EnrolmentState>({ kind: 'none', canEnrol: false })
  const parts: { [K in keyof OpenedParts]: WritableCell<OpenedParts[K] | undefined> } = {
    wallet: createCell(undefined),
    access: createCell(undefined),
    ways: createCell(undefined),
    host: createCell(undefined),
  }
  let later: Promise<Later> | undefined

  function complete(): Promise<Later> {
    later ??= makeLater()
    return later
  }

  const basis: Basis = {
    page,
    clock,
    session,
    api,
    store,
    keeper,
    source,
    pay,
    card,
    accounts,
    bill,
    enrolment,
    tell,
  }

  async function makeLater(): Promise<Later> {
    for (;;) {
      try {
        const make = await fetchLater()
        return make(basis)
      } catch {
        // Codes go on meanwhile; without it their outcome is not heard of.
        await new Promise((resolve) => setTimeout(resolve, FETCH_AGAIN_MS))
      }
    }
  }

  let connected = false
  const completeInTime = () => {
    const { kind } = pay.state.value
    if (connected && (kind === 'code' || kind === 'blocked')) void complete()
  }
  const stopWaiting = pay.state.subscribe(completeInTime)

  async function refresh() {
    await Promise.all([card.load(), accounts.load()])
  }

  /** Settles when pay is no longer without a code, or needs the network to have one. */
  async function ownCode() {
    await keeper.ready
    if (!keeper.device.value) return
    await new Promise<void>((resolve) => {
      const look = () => {
        if (pay.state.value.kind === 'loading') return
        stop()
        resolve()
      }
      const stop = pay.state.subscribe(look)
      look()
    })
  }

  function stop() {
    pay.end()
    page.stop()
    stopWaiting()
  }

  return {
    model: {
      session: session.state,
      online: page.online,
      card: card.state,
      accounts: accounts.state,
      pay: pay.state,
      enrolment,
      bill,
      ...parts,
      get returned() {
        return Boolean(readNotes(store.key).left)
      },
      now: clock.now,
      refresh,
      async claimCard() {
        card.take(await api.call('claimCard', { body: { consent: true } }))
      },
      async revealCardNumber() {
        const answer = await api.call('getCardNumber', {})
        return answer.ok ? answer.value.cardNo : undefined
      },
      showPay: pay.show,
      refreshCode: pay.refresh,
      async chooseAccount(account) {
        pay.choose(account)
        const answer = await api.call('chooseDefaultAccount', { body: { account } })
        if (answer.ok) accounts.take(answer)
        else void accounts.load()
      },
      setRevealed: pay.setRevealed,
      nextCode: pay.next,
      startEnrolment: async () => (await complete()).startEnrolment(),
      confirmEnrolment: async (proof) => (await complete()).confirmEnrolment(proof),
      dismissEnrolment: async () => (await complete()).dismissEnrolment(),
      openBill: async (choice) => (await complete()).openBill(choice),
      moreBill: async () => (await complete()).moreBill(),
      renewSession: session.renew,
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    use: session.use,
    async drawAhead() {
      const stop = pay.show()
      await within(AHEAD_MS, ownCode()).catch(() => {})
      return stop
    },
    connect() {
      if (connected) return
      connected = true
      completeInTime()
      void refresh()
    },
    complete,
    async open(part, make) {
      const rest = await complete()
      parts[part].value ??= make(basis, rest, parts)
    },
    async signOut() {
      pay.end()
      writeNotes(store.key, {})
      const held = parts.access.value?.end()
      for (const part of Object.values(parts)) part.value = undefined
      await keeper.ready
      const deviceId = keeper.device.value?.deviceId
      const { accessKey } = store
      const kept = await store.read<StoredAccess>(accessKey).catch(() => {})
      await Promise.all([keeper.forget(), store.remove(accessKey).catch(() => {})])
      const credentialId = held || kept?.credential?.credentialId
      const farewells = [
        deviceId && api.call('removeDevice', { deviceId }),
        credentialId && api.call('endCredential', { credentialId }),
      ]
      await within(FAREWELL_MS, Promise.all(farewells)).catch(() => {})
      session.end()
      card.clear()
      accounts.clear()
      bill.value = { loading: false }
      stop()
    },
    stop,
  }
}
