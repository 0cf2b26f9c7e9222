import type { AccessOverview } from '@campus-ecode/protocol/access'
import { SHOW_SECONDS } from '@campus-ecode/protocol/access-code'
import type { AccessRefusal } from '@campus-ecode/protocol/access-refusals'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import type { AccessState, GateNews, Scene } from '../../access-model.ts'
import { type Cell, createCell } from '../../cell.ts'
import { localTrouble, type Trouble } from '../answer.ts'
import type { Basis, Later } from '../engine.ts'
import type { LoadableCell } from '../loadable.ts'
import { findObstacle } from '../obstacle.ts'
import { whileShown } from '../while-shown.ts'
import type { CredentialKeeper } from './credential-keeper.ts'
import { signCode } from './sign-code.ts'

const SHOW_MS = SHOW_SECONDS * 1000
const LOOK_MS = 1_000
const RETRY_MS_MIN = 2_000
const RETRY_MS_MAX = 30_000
/** How long what a gate said stands in the code's place. */
const RESULT_MS = 3_000
/** For so long it is still told beside the next code. */
const NEWS_MS = 20_000
/** What a gate said longer ago is for the records. */
const FRESH_MS = 30_000
/** A meeting may begin while the screen is open. */
const OVERVIEW_AGAIN_MS = 30_000
/** Another credential is asked for no sooner than this, and ever later while there is none. */
const RENEW_MS_MIN = 60_000
const RENEW_MS_MAX = 1_800_000
/** The core gives so many a day. */
const RATE_LIMITED_MS = 300_000

/** Refusals after which another credential may help, which costs nothing but a request. */
const WANTS_ANOTHER: readonly AccessRefusal[] = [
  'CREDENTIAL_EXPIRED',
  'DEVICE_SIGNATURE',
  'ISSUER_SIGNATURE',
  'KEY_UNKNOWN',
  'REVOKED',
]

/** The access screen's one code at a time: when it comes, stays and goes. */
export interface Codes {
  readonly state: Cell<AccessState>
  readonly news: Cell<GateNews | undefined>
  show(): () => void
  choose(scene: Scene): void
  agree(): Promise<void>
  next(): void
  /** No more codes, ever. */
  end(): void
}

export function createCodes(
  basis: Basis,
  later: Later,
  keeper: CredentialKeeper,
  overview: LoadableCell<AccessOverview>,
): Codes {
  const { page, api, clock, session, card } = basis
  const state = createCell<AccessState>({ kind: 'loading' })
  const news = createCell<GateNews | undefined>(undefined)
  let chosen: Scene | undefined
  /** The door or library that was chosen last. */
  let usual: Scene | undefined
  let active = false
  let ended = false
  /** Each drawing makes those under way void. */
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let newsTimer: ReturnType<typeof setTimeout> | undefined
  let serial = 0
  let retryMs = RETRY_MS_MIN
  let renewAgainAt = 0
  let renewMs = RENEW_MS_MIN
  /** What the last drawing was for. */
  let drawnFor: string | undefined
  let firstAt = 0
  let keysFailed = 0
  let taken: AccessOverview | undefined
  const told = new Set<string>()

  const obstacle = () => findObstacle(card.state.value.value, undefined, 'wallet')

  function scenes() {
    const now = clock.now()
    const contexts = overview.state.value.value?.contexts
    return contexts?.filter(({ endsAt }) => endsAt === null || Date.parse(endsAt) > now)
  }

  /** What the code is for: as chosen, as chosen at an earlier visit, else the first that applies. */
  function presentScene(): Scene | undefined {
    const all = scenes()
    // Without any word of what applies, a door is the most likely; the gate decides.
    const last = usual ?? keeper.found.scene
    if (!all) return last ?? { purpose: 'door', context: 0 }
    const find = (wanted: Scene | undefined) => all.find((each) => wanted && isSame(each, wanted))
    const present = find(chosen) ?? find(last) ?? all[0]
    return present && { purpose: present.purpose, context: present.context }
  }

  /** Whatever makes another drawing necessary, or possible. */
  function purpose(): string {
    const scene = presentScene()
    const known = overview.state.value
    return [
      obstacle(),
      scene?.purpose,
      scene?.context,
      keeper.living() !== undefined,
      known.value?.consented,
      known.value ? '' : known.problem?.code,
    ].join()
  }

  const show = whileShown(
    page,
    () => {
      active = true
      state.value = { kind: 'loading' }
      void keeper.ready.then(() => {
        if (!active) return
        void overview.load()
        void draw()
        void keeper.reread().then(reconsider)
      })
      const stops = [later.follow(hear)]
      const again = setInterval(() => void overview.load(), OVERVIEW_AGAIN_MS)
      return () => {
        active = false
        ++turn
        clearTimeout(timer)
        clearInterval(again)
        for (const stop of stops) stop()
        drawnFor = undefined
        state.value = { kind: 'loading' }
      }
    },
    () => {
      state.value = { kind: 'hidden' }
    },
  )

  /** @param quiet Nothing changes on display until there is a code. */
  async function draw(quiet = false) {
    if (!active || ended) return
    const mine = ++turn
    clearTimeout(timer)
    drawnFor = purpose()
    const stopped = obstacle()
    if (stopped) {
      // The core has ended the credential, too.
      keeper.drop()
      state.value = { kind: 'blocked', problem: localTrouble(stopped, false) }
      return
    }
    const scene = presentScene()
    const credential = keeper.living()
    const known = overview.state.value
    if (credential && scene) {
      const shownAt = Math.floor(clock.now() / SHOW_MS) * SHOW_MS
      const text = await signCode(credential, scene, shownAt / 1000).catch(() => undefined)
      if (mine !== turn) return
      if (text === undefined) {
        // A key that came back from the storage useless; another may work.
        keeper.drop()
        if (++keysFailed > 1) fail(localTrouble('ENGINE_UNSUPPORTED', false))
        else void draw(quiet)
        return
      }
      put(text, scene, shownAt, credential.expiresAt)
      return
    }
    if (!quiet && state.value.kind !== 'consent') state.value = { kind: 'loading' }
    if (!known.value) {
      // Its coming, or failing, brings us here again.
      if (known.problem && !known.loading) fail(known.problem as Trouble)
      return
    }
    if (!scene) {
      state.value = { kind: 'nowhere' }
      look()
      return
    }
    if (!known.value.consented) return askConsent()
    const answer = await keeper.obtain(false)
    if (mine !== turn) return
    if (answer.ok) return draw(quiet)
    if (answer.trouble.code === 'CONSENT_REQUIRED') {
      await overview.load()
      if (mine === turn) askConsent()
    } else fail(answer.trouble)
  }

  function put(text: string, scene: Scene, shownAt: number, endsAt: number) {
    retryMs = RETRY_MS_MIN
    firstAt ||= clock.now()
    const refreshAt = shownAt + SHOW_MS
    state.value = { kind: 'code', text, scene, shownAt, refreshAt, endsAt, serial: ++serial }
    look()
  }

  /** Looks at the wall clock often, because timers stand still while some machines sleep. */
  function look() {
    clearTimeout(timer)
    const shown = state.value
    const now = clock.now()
    if (shown.kind === 'code') renewInTime(now)
    const stale = shown.kind === 'code' && (now >= shown.refreshAt || now < shown.shownAt)
    if (stale || purpose() !== drawnFor) void draw(true)
    else {
      const leftMs = shown.kind === 'code' ? shown.refreshAt - now : LOOK_MS
      timer = setTimeout(look, Math.min(leftMs, LOOK_MS))
    }
  }

  /** The old one goes on meanwhile; the new one shows with the next code. */
  function renewInTime(now: number) {
    const credential = keeper.living()
    if (!credential || now < credential.renewAt || now < renewAgainAt || !page.online.value) return
    void renew(now)
  }

  async function renew(now: number) {
    renewAgainAt = now + renewMs
    renewMs = Math.min(renewMs * 2, RENEW_MS_MAX)
    const answer = await keeper.obtain(false)
    if (answer.ok) renewMs = RENEW_MS_MIN
    // The core knows of an obstacle that we do not.
    else if (answer.trouble.status) void Promise.all([card.load(), overview.load()])
  }

  function fail(trouble: Trouble) {
    state.value = { kind: 'blocked', problem: trouble }
    if (!trouble.retryable) {
      if (trouble.code.startsWith('CARD_')) void card.load()
      return
    }
    const limited = trouble.code === 'RATE_LIMITED'
    timer = setTimeout(retry, limited ? RATE_LIMITED_MS : retryMs)
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
  }

  async function retry() {
    if (!overview.state.value.value) await overview.load()
    void draw(true)
  }

  function askConsent() {
    if (state.value.kind === 'consent') return
    state.value = { kind: 'consent', what: undefined, busy: false }
    void fetchWords()
  }

  /** The words as the core keeps them beside the consent. */
  async function fetchWords() {
    const answer = await api.call('getConsents', {})
    const shown = state.value
    if (shown.kind !== 'consent') return
    if (!answer.ok) {
      state.value = { ...shown, problem: answer.trouble }
      return
    }
    const asked = answer.value.consents.find((consent) => consent.purpose === 'gate_records')
    state.value = { kind: 'consent', what: asked?.what, busy: false }
  }

  function reconsider() {
    if (!active || drawnFor === undefined || state.value.kind === 'result') return
    if (purpose() !== drawnFor) void draw(state.value.kind === 'code')
  }

  /** The network or the session is back. */
  function tryAgain() {
    const { value } = state
    if (page.online.value) renewAgainAt = Math.min(renewAgainAt, clock.now() + RENEW_MS_MIN)
    if (!active || value.kind !== 'blocked' || !(value.problem as Trouble).retryable) return
    if (page.online.value && session.state.value.kind === 'open') void retry()
  }

  function takeOverview() {
    const { value } = overview.state.value
    if (value && value !== taken) {
      taken = value
      keeper.keep({ overview: value, clockOffsetMs: clock.offsetMs })
      const credential = keeper.living()
      const { revocation } = value
      const isEnded =
        credential !== undefined &&
        revocation !== null &&
        revocation.reason !== 'signed_out' &&
        Date.parse(revocation.at) > credential.issuedAt
      if (isEnded || !value.consented) keeper.drop()
    }
    reconsider()
  }

  function hear({ at, data }: PersonEvent) {
    if (data.type !== 'access' || told.has(data.recordId)) return
    told.add(data.recordId)
    const { type: _, ...rest } = data
    const heard: GateNews = { ...rest, at }
    basis.tell('onGate', heard)
    const isFresh = Date.parse(at) > clock.now() - FRESH_MS
    if (!active || !firstAt || !isFresh) return
    ++turn
    clearTimeout(timer)
    clearTimeout(newsTimer)
    news.value = heard
    state.value = { kind: 'result', news: heard }
    if (data.refusal && WANTS_ANOTHER.includes(data.refusal)) replace()
    // Where a clock was the trouble, any answer corrects ours.
    if (data.refusal) void overview.load()
    timer = setTimeout(() => void draw(true), RESULT_MS)
    newsTimer = setTimeout(() => {
      news.value = undefined
    }, NEWS_MS)
  }

  /** Not one after the other: a gate may be wrong about all of them. */
  function replace() {
    const now = clock.now()
    const credential = keeper.living()
    if (credential && now >= renewAgainAt) void renew(now)
  }

  overview.state.subscribe(takeOverview)
  card.state.subscribe(reconsider)
  page.online.subscribe(tryAgain)
  session.state.subscribe(tryAgain)
  clock.onShift(() => {
    if (state.value.kind === 'code') void draw(true)
  })

  return {
    state,
    news,
    show,
    choose(scene) {
      chosen = scene
      const { purpose: wanted } = scene
      if (wanted === 'door' || wanted === 'library') {
        usual = scene
        keeper.keep({ scene })
      }
      news.value = undefined
      if (state.value.kind === 'result') void draw()
      else reconsider()
    },
    async agree() {
      const { value } = state
      if (value.kind !== 'consent' || value.busy || !value.what) return
      const { problem: _, ...asked } = value
      state.value = { ...asked, busy: true }
      const answer = await keeper.obtain(true)
      const known = overview.state.value.value
      if (answer.ok && known) overview.take({ ok: true, value: { ...known, consented: true } })
      if (!active || state.value.kind !== 'consent') return
      if (answer.ok) void draw()
      else if (answer.trouble.code.startsWith('CARD_')) fail(answer.trouble)
      else state.value = { ...asked, busy: false, problem: answer.trouble }
    },
    next() {
      const { kind } = state.value
      if (kind === 'result') void draw()
      if (kind === 'blocked') {
        retryMs = RETRY_MS_MIN
        void Promise.all([overview.load(), card.load()]).then(() => draw())
      }
      if (kind === 'consent') void fetchWords()
    },
    end() {
      ended = true
      ++turn
      clearTimeout(timer)
      clearTimeout(newsTimer)
      state.value = { kind: 'hidden' }
    },
  }
}

function isSame(a: Scene, b: Scene): boolean {
  return a.purpose === b.purpose && a.context === b.context
}
