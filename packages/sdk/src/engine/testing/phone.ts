import type { BillEntry } from '@campus-ecode/protocol/bill'
import { IDBFactory } from 'fake-indexeddb'
import { vi } from 'vitest'
import type { GateNews } from '../../access-model.ts'
import { createCell } from '../../cell.ts'
import type { ShownCode } from '../../model.ts'
import { makeAccess } from '../access/access.ts'
import type { Trouble } from '../answer.ts'
import { createEngine } from '../engine.ts'
import { makeLater } from '../later/later.ts'
import { makeWallet } from '../wallet/wallet.ts'
import { makeWays } from '../ways/ways.ts'
import { BASE_URL, type FakeBff } from './fake-bff.ts'

const STEP_MS = 1_000
/** Turns of the event loop without work after which nothing is under way; storage takes a few. */
const IDLE_TURNS = 20
const realTimeout = globalThis.setTimeout
const realImmediate = globalThis.setImmediate
const realCrypto = globalThis.crypto
let working = 0

/** Fakes the phone's clock and timers, and gives it a storage of its own. To be undone by `vi`. */
export function usePhone(bff: FakeBff, at = '2026-09-01T04:00:03.000Z') {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  vi.setSystemTime(new Date(at))
  vi.stubGlobal('fetch', bff.fetch)
  watchCrypto()
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('navigator', { onLine: true, userAgent: 'Mozilla/5.0 (iPhone) MicroMessenger' })
  vi.stubGlobal('location', {
    hostname: 'app.school.test',
    origin: 'https://app.school.test',
    pathname: '/pay',
    href: 'https://app.school.test/pay?from=home#top',
  })
  vi.stubGlobal('sessionStorage', new TabStorage())
}

/** Lets `settle` know of cryptography, which takes its own time on other threads. */
export function watchCrypto() {
  vi.stubGlobal('crypto', {
    subtle: watchWork(realCrypto.subtle),
    getRandomValues: <T extends Uint8Array<ArrayBuffer>>(array: T) =>
      realCrypto.getRandomValues(array),
  })
}

/**
 * Opens the page of one person; what a page in a browser would do.
 *
 * @param connected False: only the first code has been thought of so far.
 */
export function openPage(bff: FakeBff, subject = 'person-1', connected = true) {
  const visible = createCell(true)
  const online = createCell(true)
  const outcomes: BillEntry[] = []
  const gates: GateNews[] = []
  const troubles: Trouble[] = []
  const page = { visible, online, stop() {} }
  const identity = { baseUrl: BASE_URL, school: '1001', subject }
  const engine = createEngine(identity, bff.session, page, async () => makeLater)
  engine.listen({
    onOutcome: (entry) => void outcomes.push(entry),
    onGate: (news) => void gates.push(news),
    onTrouble: (trouble) => void troubles.push(trouble),
  })
  if (connected) engine.connect()
  const { model } = engine
  return {
    engine,
    model,
    visible,
    online,
    outcomes,
    gates,
    troubles,
    /** The code on display, once there is one that fits. */
    async code(fits: (code: ShownCode) => boolean = () => true): Promise<ShownCode> {
      await until(() => model.pay.value.kind === 'code' && fits(model.pay.value))
      return model.pay.value as ShownCode
    },
    /** Opens the wallet, as its tab does. */
    async wallet() {
      await engine.open('wallet', makeWallet)
      const { value } = model.wallet
      if (!value) throw new Error('no wallet')
      return value
    },
    /** Opens the other ways to pay, and the wallet before them. */
    async ways() {
      await engine.open('wallet', makeWallet)
      await engine.open('ways', makeWays)
      const { value } = model.ways
      if (!value) throw new Error('no ways')
      return value
    },
    /** Opens access, as its tab does. */
    async access() {
      await engine.open('access', makeAccess)
      const { value } = model.access
      if (!value) throw new Error('no access')
      return value
    },
    /** Enrols this phone, as its person would. */
    async enrol() {
      await until(() => model.enrolment.value.kind === 'offered')
      await model.startEnrolment()
      await model.confirmEnrolment({ smsCode: bff.smsCode })
      await until(() => model.enrolment.value.kind === 'done')
      model.dismissEnrolment()
    },
    close() {
      engine.stop()
    },
  }
}

/** What a tab keeps while its pages come and go. */
class TabStorage {
  readonly kept = new Map<string, string>()
  getItem(key: string) {
    return this.kept.get(key) ?? null
  }
  setItem(key: string, value: string) {
    this.kept.set(key, value)
  }
}

/** Waits until something holds; the timers of the phone stand still meanwhile. */
export async function until(holds: () => unknown): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (holds()) return
    await settle()
    if (!holds()) await new Promise((resolve) => realTimeout(resolve, 1))
  }
  throw new Error(`still not: ${holds}`)
}

/** Lets everything happen that needs no timer: cryptography, storage, network. */
export async function settle(): Promise<void> {
  for (let idle = 0; idle < IDLE_TURNS; idle++) {
    await new Promise((resolve) => realImmediate(resolve))
    if (working > 0) idle = 0
  }
}

/** Moves the phone's clock, in steps, and lets follow what follows. */
export async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    await vi.advanceTimersByTimeAsync(Math.min(left, STEP_MS))
    await settle()
  }
}

/** Counts the calls of an object's methods that have not settled. */
function watchWork<T extends object>(target: T): T {
  return new Proxy(target, {
    get(_, name) {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const result = Reflect.apply(member, target, args)
        if (result instanceof Promise) {
          working++
          const done = () => void working--
          result.then(done, done)
        }
        return result
      }
    },
  })
}
