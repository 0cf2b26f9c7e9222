import { CONTACT_SECONDS } from '@campus-ecode/protocol/code-rules'
import type { OfflineCaps } from '@campus-ecode/protocol/devices'
import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { Api } from './api.ts'
import type { ServerClock } from './clock.ts'
import type { DeviceStore, StoredDevice, StoredEnrolment } from './device-store.ts'
import type { Page } from './page.ts'

/** The caps begin ten minutes after the last contact; half of that leaves room for a failure. */
const CONTACT_EVERY_MS = (CONTACT_SECONDS * 1000) / 2
const CONTACT_AGAIN_MS = 15_000
/** So long a contact may be under way before the caps are shown. */
const CONTACT_PATIENCE_MS = 3_000

/** This phone's key and grant: read once, renewed by contact, gone when the core says so. */
export interface DeviceKeeper {
  /** Settles, within seconds, once the storage has been read or found not to work. */
  readonly ready: Promise<void>
  readonly device: ReadonlySignal<StoredDevice | undefined>
  /** Found at the start: an enrolment that waits for its SMS code. */
  readonly waiting: StoredEnrolment | undefined
  /** False when the storage did not answer at the start. */
  readonly storageWorks: boolean
  /** What a code may pay at most, when the core has not been reached for ten minutes. */
  caps(): OfflineCaps | undefined
  /**
   * Makes contact now and every five minutes until the returned function is called.
   *
   * @param onChange Called after each attempt, and when the caps become known.
   */
  keepInTouch(onChange: () => void): () => void
  /** Makes contact soon, because the core refused something that contact heals. */
  contactNow(): void
  /** Keeps a newly enrolled device, in memory at least. */
  adopt(device: StoredDevice): Promise<void>
  /** Keeps a detail for the next start; no harm if it is lost. */
  remember(detail: Partial<Pick<StoredDevice, 'account' | 'cursor'>>): void
  /** Forgets key and grant, here and in the storage. */
  forget(): Promise<void>
}

export function createDeviceKeeper(
  store: DeviceStore,
  api: Api,
  clock: ServerClock,
  page: Page,
  onRefused: () => void,
): DeviceKeeper {
  const device = signal<StoredDevice | undefined>(undefined)
  let waiting: StoredEnrolment | undefined
  let storageWorks = true
  let contact: Promise<void> | undefined
  /** The phone's own milliseconds. */
  let contactSince = 0
  let contactFailed = false
  let touch: (() => void) | undefined

  async function open() {
    try {
      const stored = await store.read()
      if (stored?.kind === 'device') {
        clock.assume(stored.clockOffsetMs)
        device.value = stored
      }
      if (stored?.kind === 'enrolment' && stored.expiresAt > clock.now()) waiting = stored
      store.removeOthers().catch(() => {})
    } catch {
      storageWorks = false
    }
  }
  const ready = open()

  async function forget() {
    device.value = undefined
    await store.remove().catch(() => {})
  }

  async function makeContact() {
    // Another tab may have got a newer grant, or signed out.
    const stored = await store.read().catch(() => device.peek())
    if (stored?.kind !== 'device') {
      device.value = undefined
      return
    }
    const mine = device.peek()
    if (mine && stored.grant.grantId !== mine.grant.grantId) device.value = stored
    const current = device.peek() ?? stored
    const sentAt = Date.now()
    const answer = await api.call('contactDevice', {
      deviceId: current.deviceId,
      body: { grantId: current.grant.grantId },
    })
    contactFailed = !answer.ok
    if (!answer.ok) {
      const { code } = answer.trouble
      if (code === 'DEVICE_UNKNOWN' || code === 'DEVICE_REMOVED') await forget()
      if (code === 'CARD_LOCKED') onRefused()
      return
    }
    const { serverTime, grant, offlineCaps } = answer.value
    clock.observe(Date.parse(serverTime), sentAt, Date.now(), 1)
    const seen = { offlineCaps, contactAt: clock.now(), clockOffsetMs: clock.offsetMs }
    const changes = grant ? { ...seen, grant } : seen
    // A grant that could not be kept would be lost with the page, while its use ends the old one.
    const kept = await store.change(current.deviceId, changes).then(
      () => changes,
      () => seen,
    )
    const latest = device.peek()
    if (latest) device.value = { ...latest, ...kept }
  }

  function contactOnce(): Promise<void> {
    contact ??= makeContact().then(() => {
      contact = undefined
    })
    return contact
  }

  return {
    ready,
    device,
    get waiting() {
      return waiting
    },
    get storageWorks() {
      return storageWorks
    },
    caps() {
      const current = device.peek()
      if (!current || clock.now() - current.contactAt <= CONTACT_SECONDS * 1000) return undefined
      const trying = contact && !contactFailed && Date.now() - contactSince < CONTACT_PATIENCE_MS
      return trying ? undefined : current.offlineCaps
    },
    keepInTouch(onChange) {
      let timer: ReturnType<typeof setTimeout> | undefined
      let stopped = false
      const attempt = async () => {
        clearTimeout(timer)
        contactSince = Date.now()
        timer = setTimeout(onChange, CONTACT_PATIENCE_MS)
        await ready
        if (device.peek()) await contactOnce()
        clearTimeout(timer)
        if (stopped) return
        onChange()
        timer = setTimeout(attempt, contactFailed ? CONTACT_AGAIN_MS : CONTACT_EVERY_MS)
      }
      touch = attempt
      void attempt()
      const stopWatching = effect(() => {
        if (page.online.value && contactFailed && !contact) void attempt()
      })
      return () => {
        stopped = true
        touch = undefined
        clearTimeout(timer)
        stopWatching()
      }
    },
    contactNow() {
      touch?.()
    },
    async adopt(next) {
      device.value = next
      await store.write(next).catch(() => {})
    },
    remember(detail) {
      const current = device.peek()
      if (!current) return
      device.value = { ...current, ...detail }
      store.change(current.deviceId, detail).catch(() => {})
    },
    forget,
  }
}
