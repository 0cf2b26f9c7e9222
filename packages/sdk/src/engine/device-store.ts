import type { Grant, OfflineCaps } from '@campus-ecode/protocol/devices'
import type { Account } from '@campus-ecode/protocol/shapes'
import { createStore, del, get, keys, set, type UseStore, update } from 'idb-keyval'
import { within } from './within.ts'

/** What this phone keeps for one person: keys that cannot be read out, and what they are good for. */
export interface StoredDevice {
  kind: 'device'
  deviceId: string
  privateKey: CryptoKey
  /** The core's P-256 point, uncompressed, base64url. */
  corePublicKey: string
  grant: Grant
  offlineCaps: OfflineCaps
  /** Server's milliseconds of the last signed contact. */
  contactAt: number
  /** Of the server's clock, as last known. */
  clockOffsetMs: number
  /** The account a code names first. */
  account?: Account
  /** Where the event stream was last seen to stand. */
  cursor?: string
}

/** An enrolment waits for its SMS code; kept, because reading the SMS may unload the page. */
export interface StoredEnrolment {
  kind: 'enrolment'
  privateKey: CryptoKey
  enrolmentId: string
  phoneTail: string
  resendAt: number
  expiresAt: number
}

export type Stored = StoredDevice | StoredEnrolment

/**
 * One person's place in the page's IndexedDB. It may vanish, be blocked, or hang at any time, so a
 * key in it is never the only credential.
 */
export interface DeviceStore {
  /** Rejects when the storage does not work. */
  read(): Promise<Stored | undefined>
  /** Rejects unless the value is safely kept. */
  write(value: Stored): Promise<void>
  /**
   * Changes a device in one transaction, because other tabs change it too. One that is gone stays
   * gone. Rejects unless the change is safely kept.
   */
  change(deviceId: string, changes: Partial<StoredDevice>): Promise<void>
  remove(): Promise<void>
  /** Removes the keys that other people left at this school. */
  removeOthers(): Promise<void>
}

const DATABASE = 'campus-ecode'
/** iOS now and then never answers after it slept. */
const TIMEOUT_MS = 1500

let database: UseStore | undefined

export function openDeviceStore(baseUrl: string, school: string, subject: string): DeviceStore {
  const place = `${baseUrl} ${school} `
  const key = place + subject

  /** A connection that died while the page slept is opened once more (WebKit). */
  async function use<T>(work: (store: UseStore) => Promise<T>): Promise<T> {
    try {
      database ??= createStore(DATABASE, 'devices')
      return await within(TIMEOUT_MS, work(database))
    } catch {
      database = createStore(DATABASE, 'devices')
      return within(TIMEOUT_MS, work(database))
    }
  }

  return {
    read: () => use((store) => get<Stored>(key, store)),
    write: (value) => use((store) => set(key, value, store)),
    change: (deviceId, changes) =>
      use((store) =>
        update<Stored | undefined>(
          key,
          (old) =>
            old?.kind === 'device' && old.deviceId === deviceId ? { ...old, ...changes } : old,
          store,
        ),
      ),
    remove: () => use((store) => del(key, store)),
    async removeOthers() {
      for (const other of await use((store) => keys<string>(store))) {
        if (other.startsWith(place) && other !== key) await use((store) => del(other, store))
      }
    },
  }
}
