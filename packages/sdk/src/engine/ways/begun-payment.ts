import type { BillEntry } from '@campus-ecode/protocol/bill'
import { createCell } from '../../cell.ts'
import type { WalletModel } from '../../wallet-model.ts'
import type { Begun, BegunPayment } from '../../ways-model.ts'
import { type Answer, failed, type Trouble } from '../answer.ts'
import type { Basis, Later } from '../engine.ts'
import { makeId } from '../make-id.ts'
import { sleep } from '../sleep.ts'
import { whileShown } from '../while-shown.ts'

const ATTEMPTS = 3
const AGAIN_MS = 1_500
const ASK_MS_MIN = 1_500
const ASK_MS_MAX = 10_000
/** What was decided longer ago than this is the bill's business. */
const KEPT_MS = 900_000

/** What differs from one way to the next. */
export interface Way<Draft, Value> {
  /** The same draft is the same payment, however often it is sent. */
  send(draft: Draft): Promise<Answer<Value>>
  /** @param value What is known of it; undefined: it may never have arrived. */
  find(draft: Draft, value: Value | undefined): Promise<Answer<Value>>
  entryOf(value: Value): BillEntry
  /** What an answer or an event about the payment alone makes of it. */
  withEntry(value: Value, entry: BillEntry): Value
  /** The way's own end may come after the payment's. */
  isDecided(value: Value): boolean
  note: { read(): Noted<Draft> | undefined; write(noted: Noted<Draft> | undefined): void }
}

export interface Noted<Draft> {
  draft: Draft
  at: number
}

/** @param onChange It has got further. */
export function createBegunPayment<Draft extends { id: string }, Value>(
  { clock, page, tell, accounts }: Basis,
  later: Later,
  wallet: WalletModel,
  way: Way<Draft, Value>,
  onChange: () => void = () => {},
): BegunPayment<Draft, Value> & { takeUp(draft: Draft, value: Value): void; drop(): void } {
  type State = Begun<Draft, Value>
  const state = createCell<State | undefined>(undefined)
  let told = ''

  const isShown = (draft: Draft) => state.value?.draft.id === draft.id
  const statusOf = (value: Value) => way.entryOf(value).status

  function put(draft: Draft, value: Value, more: { busy?: boolean; problem?: Trouble } = {}) {
    const { value: before } = state
    // Events and answers may cross: what is decided stays decided.
    if (before?.kind === 'known' && way.isDecided(before.value) && !way.isDecided(value)) return
    const { busy = false, problem } = more
    state.value = { kind: 'known', draft, value, busy, ...(problem && { problem }) }
    const entry = way.entryOf(value)
    const news = `${entry.paymentId} ${entry.status}`
    if (told === news) return
    told = news
    if (entry.status === 'PAID' || entry.status === 'REFUSED') tell('onOutcome', entry)
    later.refreshBill()
    void accounts.load()
    onChange()
  }

  function refuse(draft: Draft, problem: Trouble) {
    way.note.write(undefined)
    state.value = { kind: 'refused', draft, problem }
    onChange()
  }

  /**
   * Sends it, again while no answer comes.
   *
   * @param lost Of an earlier sending.
   */
  async function send(draft: Draft, lost?: Trouble): Promise<Answer<Value>> {
    for (let attempt = 1; ; attempt++) {
      const answer = await way.send(draft)
      if (answer.ok) return answer
      const { status } = answer.trouble
      const refused = status >= 400 && status < 500
      if (refused && status !== 429 && !lost) return answer
      // A no to one attempt says nothing of those before it, whose answers were lost.
      if (isNo(answer.trouble)) {
        const found = await way.find(draft, undefined)
        if (found.ok || isNo(found.trouble)) return found.ok ? found : answer
      }
      if (!refused) lost = answer.trouble
      // Whoever was only told to wait has begun nothing.
      if (attempt === ATTEMPTS) return lost ? failed({ ...lost, status: 0 }) : answer
      await new Promise((go) => setTimeout(go, AGAIN_MS * attempt))
    }
  }

  async function start(draft: Draft, lost?: Trouble) {
    state.value = { kind: 'sending', draft }
    const answer = await send(draft, lost)
    if (!isShown(draft)) return
    if (answer.ok) {
      put(draft, answer.value)
      if (statusOf(answer.value) === 'AWAITING_PASSWORD') await enterPassword()
    } else if (answer.trouble.status) refuse(draft, answer.trouble)
    else state.value = { kind: 'unsure', draft, problem: answer.trouble, asking: false }
  }

  async function look() {
    const { value: before } = state
    if (before?.kind !== 'known') return
    const found = await way.find(before.draft, before.value)
    const { value: now } = state
    if (found.ok && now?.kind === 'known' && isShown(before.draft)) {
      const { busy, problem } = now
      const moved = statusOf(found.value) !== statusOf(now.value)
      put(now.draft, found.value, {
        busy,
        ...(problem && !moved && { problem: problem as Trouble }),
      })
    }
  }

  async function enterPassword() {
    const { value: before } = state
    if (before?.kind !== 'known' || before.busy) return
    const { draft, value } = before
    const { paymentId } = way.entryOf(value)
    state.value = { kind: 'known', draft, value, busy: true }
    const done = await wallet.approve({ kind: 'pay', paymentId })
    // The utility may have been told meanwhile; nothing else is news to the person.
    if (done.kind === 'done') take(done.value as BillEntry)
    if (done.kind !== 'cancelled') await look()
    const { value: now } = state
    if (now?.kind !== 'known' || !isShown(draft)) return
    const problem = done.kind === 'refused' && statusOf(now.value) === 'AWAITING_PASSWORD'
    put(draft, now.value, problem ? { problem: done.problem as Trouble } : {})
  }

  function take(entry: BillEntry) {
    const { value: now } = state
    if (now?.kind !== 'known' || way.entryOf(now.value).paymentId !== entry.paymentId) return
    const settled = isSettled(way.entryOf(now.value))
    if (!settled) put(now.draft, way.withEntry(now.value, entry), { busy: now.busy })
  }

  /** Opened again after the page was closed in the middle: the core is asked, nothing is begun. */
  async function resume() {
    const noted = way.note.read()
    if (!noted) return
    const { draft, at } = noted
    if (clock.now() - at > KEPT_MS) return way.note.write(undefined)
    state.value = { kind: 'sending', draft }
    const found = await way.find(draft, undefined)
    if (!isShown(draft) || state.value?.kind !== 'sending') return
    if (found.ok) put(draft, found.value)
    else if (found.trouble.code === 'TRANSFER_NOT_FOUND') forget()
    else if (isNo(found.trouble)) refuse(draft, found.trouble)
    else state.value = { kind: 'unsure', draft, problem: found.trouble, asking: false }
  }
  void resume()

  function forget() {
    way.note.write(undefined)
    state.value = undefined
  }

  return {
    state,
    async begin(given) {
      const { value } = state
      if (value?.kind === 'sending' || value?.kind === 'unsure') return
      if (value?.kind === 'known' && !way.isDecided(value.value)) return
      const draft = { ...given, id: makeId(clock.now()) } as Draft
      way.note.write({ draft, at: clock.now() })
      await start(draft)
    },
    takeUp(draft, value) {
      if (!state.value) put(draft, value)
    },
    /** Forgets it, whatever is known of it. */
    drop: forget,
    enterPassword,
    async retry() {
      const { value } = state
      if (value?.kind === 'unsure') await start(value.draft, value.problem as Trouble)
    },
    async decline() {
      const { value } = state
      if (value?.kind !== 'known') return
      const { paymentId } = way.entryOf(value.value)
      state.value = { kind: 'known', draft: value.draft, value: value.value, busy: true }
      const done = await wallet.declinePayment(paymentId)
      if (done.kind === 'done') {
        if (isShown(value.draft)) forget()
        onChange()
        return
      }
      const problem = done.kind === 'refused' ? (done.problem as Trouble) : undefined
      if (isShown(value.draft)) put(value.draft, value.value, { ...(problem && { problem }) })
      await look()
    },
    show: whileShown(page, () => {
      const stop = new AbortController()
      void (async () => {
        for (let ms = ASK_MS_MIN; !stop.signal.aborted; ms = Math.min(ms * 1.5, ASK_MS_MAX)) {
          await sleep(ms, stop.signal)
          const { value } = state
          if (stop.signal.aborted || value?.kind !== 'known' || way.isDecided(value.value)) continue
          await look()
        }
      })()
      const stopFollowing = later.follow(({ data }) => {
        if (data.type === 'payment') take(data.entry)
        if (data.type === 'wallet' && data.change === 'utility') void look()
      })
      return () => {
        stop.abort()
        stopFollowing()
      }
    }),
    forget() {
      const { value } = state
      if (value?.kind !== 'sending' && value?.kind !== 'unsure') forget()
    },
  }
}

/** Said of the payment itself, and not of the session, the moment or the way there. */
function isNo({ code, status }: Trouble): boolean {
  return (
    code === 'TRANSFER_NOT_FOUND' ||
    (status >= 400 &&
      status < 500 &&
      status !== 401 &&
      status !== 429 &&
      code !== 'SCOPE_MISSING' &&
      code !== 'COLLECTION_NOT_HERE')
  )
}

/** False while the bank, the one-card system or the person is still being asked. */
export function isSettled({ status }: BillEntry): boolean {
  return !['AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'].includes(status)
}
