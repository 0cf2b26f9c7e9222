import type { BillEntry } from '@campus-ecode/protocol/bill'
import { IDBFactory } from 'fake-indexeddb'
import { vi } from 'vitest'
import { createCell } from '../../cell.ts'
import type { ShownCode } from '../../model.ts'
import type { Trouble } from '../answer.ts'
import { createEngine } from '../engine.ts'
import { makeLater } from '../later/later.ts'
import { BASE_URL, type FakeBff } from './fake-bff.ts'

const STEP_MS = 10_000
const realTimeout = globalThis.setTimeout

/** Fakes the phone's clock and timers, and gives it a storage of its own. To be undone by `vi`. */
export function usePhone(bff: FakeBff, at = '2026-09-01T04:00:03.000Z') {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  vi.setSystemTime(new Date(at))
  vi.stubGlobal('fetch', bff.fetch)
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('navigator', { onLine: true, userAgent: 'Mozilla/5.0 (iPhone) MicroMessenger' })
  vi.stubGlobal('location', { hostname: 'app.school.test' })
}

/** Opens the page of one person; what a page in a browser would do. */
export function openPage(bff: FakeBff, subject = 'person-1') {
  const visible = createCell(true)
  const online = createCell(true)
  const outcomes: BillEntry[] = []
  const troubles: Trouble[] = []
  const page = { visible, online, stop() {} }
  const identity = { baseUrl: BASE_URL, school: '1001', subject }
  const engine = createEngine(identity, bff.session, page, async () => makeLater)
  engine.listen({
    onOutcome: (entry) => void outcomes.push(entry),
    onTrouble: (trouble) => void troubles.push(trouble),
  })
  const { model } = engine
  return {
    engine,
    model,
    visible,
    online,
    outcomes,
    troubles,
    /** The code on display, once there is one that fits. */
    async code(fits: (code: ShownCode) => boolean = () => true): Promise<ShownCode> {
      await until(() => model.pay.value.kind === 'code' && fits(model.pay.value))
      return model.pay.value as ShownCode
    },
    /** Enrols this phone, as its person would. */
    async enrol() {
      await until(() => model.enrolment.value.kind === 'offered')
      await model.startEnrolment()
      await model.confirmEnrolment(bff.smsCode)
      await until(() => model.enrolment.value.kind === 'done')
      model.dismissEnrolment()
    },
    close() {
      engine.stop()
    },
  }
}

/** Waits, in real time, until something holds; timers of the phone stand still meanwhile. */
export async function until(holds: () => unknown): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (holds()) return
    await new Promise((resolve) => realTimeout(resolve, 5))
  }
  throw new Error(`still not: ${holds}`)
}

/** Lets everything happen that needs no timer. */
export async function settle(rounds = 8): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => realTimeout(resolve, 4))
}

/** Moves the phone's clock and lets follow what follows, in steps that cryptography can keep up with. */
export async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    await vi.advanceTimersByTimeAsync(Math.min(left, STEP_MS))
    await settle(3)
  }
  await settle()
}
