import type { AccessOverview } from '@campus-ecode/protocol/access'
import { update } from 'idb-keyval'
import type { Scene } from '../../access-model.ts'
import { type Answer, failed, localTrouble } from '../answer.ts'
import { fromBase64Url, toBase64Url } from '../base64url.ts'
import type { Basis } from '../engine.ts'
import { nameDevice } from '../name-device.ts'

/** A credential and the key that shows it; the key cannot be read out. All times are the server's. */
export interface HeldCredential {
  credentialId: string
  privateKey: CryptoKey
  /** 110 bytes. */
  bytes: Uint8Array<ArrayBuffer>
  issuedAt: number
  renewAt: number
  expiresAt: number
}

/** One person's place for access, beside the device's; like that, it may vanish at any time. */
export interface StoredAccess {
  credential?: HeldCredential | undefined
  /** What applied to the person when there was a network. */
  overview?: AccessOverview
  /** The door or library that was chosen last. */
  scene?: Scene
  /** Of the server's clock, as last known. */
  clockOffsetMs?: number
}

/** This page's credential, in memory and, where the storage works, for the next visit. */
export interface CredentialKeeper {
  /** Settles, within seconds, once the storage has been read or found not to work. */
  readonly ready: Promise<void>
  /** What an earlier visit has left. */
  readonly found: Omit<StoredAccess, 'credential'>
  /** The credential, as long as it lives. */
  living(): HeldCredential | undefined
  /**
   * Gets one for a fresh key; calls while one is under way share it.
   *
   * @param consent R42: given now.
   */
  obtain(consent: boolean): Promise<Answer<HeldCredential>>
  /** It is of no use any more. */
  drop(): void
  /** Keeps for the next visit, if that is possible. */
  keep(changes: StoredAccess): void
  /** What another tab has done: a newer credential, or a sign-out. */
  reread(): Promise<void>
  /** The person signs out: nothing is kept from now on. @returns The credential's id. */
  end(): string | undefined
}

export function createCredentialKeeper({ api, clock, store }: Basis): CredentialKeeper {
  let held: HeldCredential | undefined
  let found: Omit<StoredAccess, 'credential'> = {}
  let obtaining: Promise<Answer<HeldCredential>> | undefined
  /** Ids that are known to be in the storage: gone from there, they were ended in another tab. */
  let storedId: string | undefined
  let works = true
  let ended = false

  const ready = (async () => {
    const stored = await read()
    if (!stored || ended) return
    const { credential, ...rest } = stored
    if (rest.clockOffsetMs !== undefined) clock.assume(rest.clockOffsetMs)
    found = rest
    held = credential
    storedId = credential?.credentialId
  })()

  function read(): Promise<StoredAccess | undefined> {
    return store.read<StoredAccess>(store.accessKey).catch(() => {
      works = false
      return undefined
    })
  }

  async function keep(changes: StoredAccess) {
    if (ended) return
    const change = (old: StoredAccess | undefined) => ({ ...old, ...changes })
    await store.use((database) =>
      update<StoredAccess | undefined>(store.accessKey, change, database),
    )
    if ('credential' in changes) storedId = changes.credential?.credentialId
  }

  function isLiving(credential: HeldCredential | undefined) {
    return credential !== undefined && credential.expiresAt > clock.now()
  }

  async function obtain(consent: boolean): Promise<Answer<HeldCredential>> {
    const key = await makeKey().catch(() => undefined)
    if (!key) return failed(localTrouble('ENGINE_UNSUPPORTED', false))
    const body = { publicKey: key.publicKey, label: nameDevice() }
    const sentAt = Date.now()
    const answer = await api.call('startCredential', {
      body: consent ? { ...body, consent: true } : body,
    })
    if (!answer.ok) return answer
    const { credentialId, credential, serverTime, renewAt, expiresAt } = answer.value
    clock.observe(Date.parse(serverTime), sentAt, Date.now(), 1)
    const value = {
      credentialId,
      privateKey: key.privateKey,
      bytes: fromBase64Url(credential),
      issuedAt: Date.parse(serverTime),
      renewAt: Date.parse(renewAt),
      expiresAt: Date.parse(expiresAt),
    }
    if (ended) return failed(localTrouble('SESSION_MISSING', false))
    held = value
    // Some WebViews cannot keep keys: then it serves as long as the page is open.
    keep({ credential: value, clockOffsetMs: clock.offsetMs }).catch(() => {})
    return { ok: true, value }
  }

  return {
    ready,
    get found() {
      return found
    },
    living: () => (isLiving(held) ? held : undefined),
    obtain(consent) {
      obtaining ??= obtain(consent).finally(() => {
        obtaining = undefined
      })
      return obtaining
    },
    drop() {
      if (!held) return
      held = undefined
      keep({ credential: undefined }).catch(() => {})
    },
    keep: (changes) => void keep(changes).catch(() => {}),
    async reread() {
      await ready
      const before = held
      const theirs = works ? (await read())?.credential : undefined
      if (!works || ended || held !== before) return
      if (isLiving(theirs) && theirs && theirs.issuedAt > (held?.issuedAt ?? 0)) held = theirs
      else if (!theirs && held && held.credentialId === storedId) held = undefined
      storedId = theirs?.credentialId
    },
    end() {
      ended = true
      const id = held?.credentialId
      held = undefined
      return id
    },
  }
}

/** A P-256 key that signs and cannot be read out, and its point, compressed (SEC 1 §2.3.3). */
async function makeKey(): Promise<{ privateKey: CryptoKey; publicKey: string }> {
  const { subtle } = crypto
  const { privateKey, publicKey } = await subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign', 'verify'],
  )
  const point = new Uint8Array(await subtle.exportKey('raw', publicKey))
  const compressed = point.slice(0, 33)
  compressed[0] = 2 + ((point[64] ?? 0) & 1)
  return { privateKey, publicKey: toBase64Url(compressed) }
}
