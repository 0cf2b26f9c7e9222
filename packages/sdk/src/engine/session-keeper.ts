import { type ReadonlySignal, signal } from '@preact/signals'
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
/** How soon to look again whether the server's clock is known. */
const UNSYNCED_MS = 5_000
/** How long a failure of the host's provider stands before a request asks it again. */
const PATIENCE_MS_MIN = 4_000
const PATIENCE_MS_MAX = 60_000

export interface Credentials {
  token: string
  key: PageKey
}

/** Holds one person's session in memory and renews it through the host's provider. */
export interface SessionKeeper {
  readonly state: ReadonlySignal<SessionState>
  /** A token that still lives and the key it is sealed to; at most one renewal runs at a time. */
  credentials(): Promise<Answer<Credentials>>
  /** The server no longer takes this token. */
  drop(token: string): void
  /** Asks the provider now, whatever happened before. */
  renew(): void
  /** From now on this provider is asked; widgets of one person share a keeper. */
  use(provider: SessionProvider): void
  /** Renews ahead of time by itself until the returned function is called. */
  keepFresh(): () => void
  /** Signs out: forgets token and key for good. */
  end(): void
}

interface Held {
  token: string
  expiresAtMs: number
  earlyMs: number
}

export function createSessionKeeper(
  firstProvider: SessionProvider,
  clock: ServerClock,
  onTrouble: (trouble: Trouble) => void,
): SessionKeeper {
  const state = signal<SessionState>({ kind: 'opening' })
  let provider = firstProvider
  let pageKey: Promise<PageKey> | undefined
  let held: Held | undefined
  let renewal: Promise<Answer<Credentials>> | undefined
  let failure: { trouble: Trouble; until: number; patienceMs: number } | undefined
  let ended = false
  let watchers = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  // Until the server's clock is known, a phone that is minutes fast would renew for ever.
  const lives = (session: Held, ms: number) =>
    !clock.synced || session.expiresAtMs - clock.now() > ms

  async function ask(): Promise<Answer<Credentials>> {
    const answer = await obtain()
    if (ended) return failed(localTrouble('SESSION_MISSING', false))
    if (answer.ok) {
      const { key, session } = answer.value
      const expiresAtMs = Date.parse(session.expiresAt)
      const lifeMs = Math.max(expiresAtMs - clock.now(), 0)
      held = { token: session.token, expiresAtMs, earlyMs: Math.min(EARLY_MS, lifeMs / 3) }
      failure = undefined
      state.value = { kind: 'open' }
      return { ok: true, value: { token: session.token, key } }
    }
    const { trouble } = answer
    const patienceMs = Math.min((failure?.patienceMs ?? PATIENCE_MS_MIN / 2) * 2, PATIENCE_MS_MAX)
    failure = { trouble, patienceMs, until: Date.now() + patienceMs }
    // While the old token lives, or there is no network at all, the person has lost nothing.
    if (!(held && lives(held, LAST_MS)) && trouble.code !== 'NETWORK_LOST') {
      state.value = { kind: 'lost', problem: trouble }
      onTrouble(trouble)
    }
    return answer
  }

  async function obtain(): Promise<Answer<{ key: PageKey; session: Session }>> {
    pageKey ??= createPageKey()
    let key: PageKey
    try {
      key = await pageKey
    } catch (cause) {
      // No WebCrypto: an insecure origin or a very old engine.
      pageKey = undefined
      return failed({ ...localTrouble('ENGINE_UNSUPPORTED', false), cause })
    }
    const answer = await askProvider(provider, key.thumbprint)
    return answer.ok ? { ok: true, value: { key, session: answer.value } } : answer
  }

  function renewNow(): Promise<Answer<Credentials>> {
    renewal ??= ask().then((answer) => {
      renewal = undefined
      schedule()
      return answer
    })
    return renewal
  }

  function renewUnlessFailing(): Promise<Answer<Credentials>> {
    // A wall clock set back must not stretch the wait.
    const waitMs = failure ? failure.until - Date.now() : 0
    if (failure && waitMs > 0 && waitMs <= failure.patienceMs) {
      return Promise.resolve(failed(failure.trouble))
    }
    return renewNow()
  }

  function schedule() {
    clearTimeout(timer)
    if (!watchers || !held || ended) return
    if (!clock.synced) {
      timer = setTimeout(schedule, UNSYNCED_MS)
      return
    }
    const dueMs = held.expiresAtMs - held.earlyMs - clock.now()
    timer = setTimeout(renewUnlessFailing, Math.max(dueMs, failure?.patienceMs ?? 0, 1000))
  }

  return {
    state,
    async credentials() {
      if (ended) return failed(localTrouble('SESSION_MISSING', false))
      if (held && lives(held, LAST_MS)) {
        if (!lives(held, held.earlyMs)) void renewUnlessFailing()
        const key = await pageKey
        if (key) return { ok: true, value: { token: held.token, key } }
      }
      return renewUnlessFailing()
    },
    drop(token) {
      if (held?.token === token) held = undefined
    },
    renew() {
      if (ended) return
      failure = undefined
      if (state.peek().kind === 'lost') state.value = { kind: 'opening' }
      void renewNow()
    },
    use(next) {
      provider = next
    },
    keepFresh() {
      watchers++
      schedule()
      let stopped = false
      return () => {
        if (stopped) return
        stopped = true
        watchers--
        schedule()
      }
    },
    end() {
      ended = true
      held = undefined
      pageKey = undefined
      clearTimeout(timer)
      state.value = { kind: 'signed_out' }
    },
  }
}

/** Calls the host's function, which may throw, hang or answer anything. */
async function askProvider(
  provider: SessionProvider,
  thumbprint: string,
): Promise<Answer<Session>> {
  try {
    const session = await within(PROVIDER_TIMEOUT_MS, Promise.resolve(provider(thumbprint)))
    if (typeof session?.token !== 'string' || !session.token) {
      throw new TypeError('session() must return { token, expiresAt }')
    }
    if (Number.isNaN(Date.parse(session.expiresAt))) {
      throw new TypeError('session() must return expiresAt as an RFC 3339 instant')
    }
    return { ok: true, value: session }
  } catch (cause) {
    const code = navigator.onLine === false ? 'NETWORK_LOST' : 'SESSION_PROVIDER_FAILED'
    return failed({ ...localTrouble(code), cause })
  }
}
