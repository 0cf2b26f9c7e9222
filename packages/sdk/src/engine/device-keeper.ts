import { createCell, type WritableCell } from '../cell.ts'
import type { ServerClock } from './clock.ts'
import type { DeviceStore, StoredDevice, StoredEnrolment } from './device-store.ts'

/** This phone's key and grant, as the page holds them in memory. */
export interface DeviceKeeper {
  /** Settles, within seconds, once the storage has been read or found not to work. */
  readonly ready: Promise<void>
  readonly device: WritableCell<StoredDevice | undefined>
  /** Found at the start: an enrolment that waits for its SMS code. */
  readonly waiting: StoredEnrolment | undefined
  /** False when the storage did not answer at the start. */
  readonly storageWorks: boolean
  /** Forgets key and grant, here and in the storage. */
  forget(): Promise<void>
}

export function createDeviceKeeper(store: DeviceStore, clock: ServerClock): DeviceKeeper {
  const device = createCell<StoredDevice | undefined>(undefined)
  let waiting: StoredEnrolment | undefined
  let storageWorks = true

  async function open() {
    try {
      const stored = await store.read()
      if (stored?.kind === 'device') {
        clock.assume(stored.clockOffsetMs)
        device.value = stored
      } else waiting = stored
    } catch {
      storageWorks = false
    }
  }

  return {
    ready: open(),
    device,
    get waiting() {
      return waiting
    },
    get storageWorks() {
      return storageWorks
    },
    async forget() {
      device.value = undefined
      await store.remove().catch(() => {})
    },
  }
}
