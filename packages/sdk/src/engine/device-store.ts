import type { Grant, OfflineCaps } from '@campus-ecode/protocol/devices'
import type { Account } from '@campus-ecode/protocol/shapes'
import { createStore, del, get, type UseStore } from 'idb-keyval'
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

/** An enrolment waits for its SMS code or password; kept, because either may unload the page. */
export interface StoredEnrolment {
  kind: 'enrolment'
  privateKey: CryptoKey
  enrolmentId: string
  /** null: the payment password approves. */
  phoneTail: string | null
  resendAt: number
  expiresAt: number
}

export type Stored = StoredDevice | StoredEnrolment

/**
 * One person's place in the page's IndexedDB. It may vanish, be blocked, or hang at any time, so a
 * key in it is never the only credential.
 */
export interface DeviceStore {
  /** What all places at this BFF and school begin with. */
  readonly prefix: string
  readonly key: string
  /** Where the access code's key and credential are kept. */
  readonly accessKey: string
  /**
   * Works on the open database; once more with a new connection, because connections die while a
   * page sleeps (WebKit). Rejects when that does not help, or takes too long.
   */
  use<T>(work: (store: UseStore) => Promise<T>): Promise<T>
  /** @param at Default `key`. */
  read<T = Stored>(at?: string): Promise<T | undefined>
  remove(at?: string): Promise<void>
}

const DATABASE = 'campus-ecode'
/** iOS now and then never answers after it slept. */
const TIMEOUT_MS = 1500

export function openDeviceStore(baseUrl: string, school: string, subject: string): DeviceStore {
  const prefix = `${baseUrl} ${school} `
  const key = prefix + subject
  let database: UseStore | undefined

  async function use<T>(work: (store: UseStore) => Promise<T>): Promise<T> {
    const attempt = async () => {
      database ??= createStore(DATABASE, 'devices')
      return within(TIMEOUT_MS, work(database))
    }
    try {
      return await attempt()
    } catch {
      database = undefined
      return attempt()
    }
  }

  return {
    prefix,
    key,
    // Begins as no other place does.
    accessKey: `access ${key}`,
    use,
    read: (at = key) => use((store) => get(at, store)),
    remove: (at = key) => use((store) => del(at, store)),
  }
}
