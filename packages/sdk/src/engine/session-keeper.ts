import { type Cell, createCell } from '../cell.ts'
import type { SessionState } from '../model.ts'
import type { Session, SessionProvider } from '../options.ts'
import { type Answer, failed, localTrouble, type Trouble } from './answer.ts'
import type { ServerClock } from './clock.ts'
import { createPageKey, type PageKey } from './page-key.ts'
import { within } from './within.ts'

/** The host's provider may ask a slow school server; longer than this is a failure. */
const PROVIDER_TIMEOUT_MS = 15_000
/** Renewed this long before its end, or in the last third of a shorter life. */
const EARLY_MS = 60_000
/** A token that ends sooner than this is not sent any more. */
const LAST_MS = 5_000
/** How long a failure of the host's provider stands before a request asks it again. */
const PATIENCE_MS_MIN = 4_000
const PATIENCE_MS_MAX = 60_000

export interface Credentials {
  token: string
  key: PageKey
}

/** Holds one person's session in memory and renews it through the host's provider. */
export interface SessionKeeper {
  readonly state: Cell<SessionState>
  /**
   * A token that still lives and the key it is sealed to. Near its end the next one is fetched in
   * the background; at most one renewal runs at a time.
   */
  credentials(): Promise<Answer<Credentials>>
  /** The server no longer takes this token. */
  drop(token: string): void
  /** Asks the provider now, whatever happened before. */
  renew(): void
  /** From now on this provider is asked; widgets of one person share a keeper. */
  use(provider: SessionProvider): void
  /** Asks the host's provider for something other than a session. */
  provide(wanted: string): Promise<unknown>
  /** Signs out: forgets token and key for good. */
  end(): void
}

export function createSessionKeeper(
  firstProvider: SessionProvider,
  clock: ServerClock,
  onTrouble: (trouble: Trouble) => void,
): SessionKeeper {
  const state = createCell<SessionState>({ kind: 'opening' })
  let provider = firstProvider
  let pageKey: Promise<PageKey> | undefined
  let held: (Credentials & { expiresAt: number; earlyMs: number }) | undefined
  let renewal: Promise<Answer<Credentials>> | undefined
  let failure: { trouble: Trouble; at: number; patienceMs: number } | undefined
  let ended = false

  // Until the server's clock is known, a phone that is minutes fast would renew for ever.
  const lives = (ms: number) => held && (!clock.synced || held.expiresAt - clock.now() > ms)

  async function ask(): Promise<Answer<Credentials>> {
    const answer = await obtain()
    renewal = undefined
    if (ended) return failed(localTrouble('SESSION_MISSING', false))
    if (answer.ok) {
      const { key, token, expiresAt, scopes } = answer.value
      const at = Date.parse(expiresAt)
      const earlyMs = Math.min(EARLY_MS, Math.max(at - clock.now(), 0) / 3)
      held = { key, token, expiresAt: at, earlyMs }
      failure = undefined
      state.value = { kind: 'open', scopes }
      return { ok: true, value: held }
    }
    const { trouble } = answer
    // Without a network the provider troubles nobody, and the person has lost nothing.
    if (trouble.code === 'NETWORK_LOST') return answer
    const patienceMs = failure ? failure.patienceMs * 2 : PATIENCE_MS_MIN
    failure = { trouble, at: Date.now(), patienceMs: Math.min(patienceMs, PATIENCE_MS_MAX) }
    if (!lives(LAST_MS)) {
      state.value = { kind: 'lost', problem: trouble }
      onTrouble(trouble)
    }
    return answer
  }

  /** Calls the host's function, which may throw, hang or answer anything. */
  async function obtain(): Promise<Answer<Session & { key: PageKey }>> {
    let key: PageKey
    try {
      pageKey ??= createPageKey()
      key = await pageKey
    } catch (cause) {
      // No WebCrypto: an insecure origin or a very old engine.
      pageKey = undefined
      return failed({ ...localTrouble('ENGINE_UNSUPPORTED', false), cause })
    }
    try {
      const asked = Promise.resolve(provider(key.thumbprint))
      const { token, expiresAt, scopes } = (await within(PROVIDER_TIMEOUT_MS, asked)) as Session
      if (typeof token !== 'string' || !token || Number.isNaN(Date.parse(expiresAt))) {
        throw new TypeError('session() must return { token, expiresAt }')
      }
      return { ok: true, value: { key, token, expiresAt, scopes } }
    } catch (cause) {
      // What fetch rejects with in Chromium, Safari and Firefox, and axios, when nothing answers.
      const network = /failed to fetch|load failed|network ?error/i.test(String(cause))
      const code = network ? 'NETWORK_LOST' : 'SESSION_PROVIDER_FAILED'
      return failed({ ...localTrouble(code), cause })
    }
  }

  function renewNow(): Promise<Answer<Credentials>> {
    renewal ??= ask()
    return renewal
  }

  async function renewUnlessFailing(): Promise<Answer<Credentials>> {
    // Either way, so that a clock set back does not stretch the wait.
    const waits = failure && Math.abs(Date.now() - failure.at) < failure.patienceMs
    return failure && waits ? failed(failure.trouble) : renewNow()
  }

  return {
    state,
    async credentials() {
      if (ended) return failed(localTrouble('SESSION_MISSING', false))
      if (!held || !lives(LAST_MS)) return renewUnlessFailing()
      if (!lives(held.earlyMs)) void renewUnlessFailing()
      return { ok: true, value: held }
    },
    drop(token) {
      if (held?.token === token) held = undefined
    },
    renew() {
      if (ended) return
      failure = undefined
      if (state.value.kind === 'lost') state.value = { kind: 'opening' }
      void renewNow()
    },
    use(next) {
      provider = next
    },
    provide: async (wanted) => provider(wanted),
    end() {
      ended = true
      held = undefined
      pageKey = undefined
      state.value = { kind: 'signed_out' }
    },
  }
}
