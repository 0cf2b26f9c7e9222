import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import type { Basis } from '../engine.ts'
import { sleep } from '../sleep.ts'

/** How much the two clocks may still differ after they were compared. */
const SPARE_MS = 2_000
/** An outcome older than this is no longer news. */
const NEWS_MS = 300_000
const ASK_MS_MIN = 1_500
const ASK_MS_MAX = 10_000

type PaymentNews = Extract<PersonEvent['data'], { type: 'payment' }>

/** What became of the scans of this phone's codes, and of the person's card and face (R29). */
export interface Outcomes {
  /** @returns Whether it was about one of this phone's codes, or about card or face. */
  take(news: PaymentNews, atMs: number): boolean
  /** What another answer says of the payment on display. @returns Whether that is the one. */
  show(entry: BillEntry): boolean
  /** While an outcome on display is unsettled: asks until it is, or until stopped. */
  keepAsking(): () => void
}

export function createOutcomes(basis: Basis, onOutcome: (entry: BillEntry) => void): Outcomes {
  const { clock, api, keeper, source, pay } = basis
  const shownPayments = new Set<string>()

  function show(entry: BillEntry) {
    const shown = pay.state.value
    if (shown.kind !== 'result' || shown.entry.paymentId !== entry.paymentId) return false
    // Events and answers may cross: a settled outcome stays.
    if (entry.status !== shown.entry.status && !isSettled(shown.entry)) {
      pay.showResult({ ...shown, entry })
      onOutcome(entry)
    }
    return true
  }

  /** "Nothing was charged" must not take the place of what the first scan of that code charged. */
  function isSecondScan({ refusal }: BillEntry): boolean {
    const shown = pay.state.value
    const charged = shown.kind === 'result' && shown.entry.status !== 'REFUSED'
    return charged && refusal?.code === 'CODE_USED'
  }

  async function ask(entryId: string, stop: AbortSignal) {
    for (let ms = ASK_MS_MIN; ; ms = Math.min(ms * 1.5, ASK_MS_MAX)) {
      await sleep(ms, stop)
      if (stop.aborted) return
      const answer = await api.call('getBillEntry', { entryId })
      if (answer.ok && !stop.aborted) show(answer.value)
    }
  }

  return {
    show,
    take({ entry, deviceId, codeId }, atMs) {
      // The person stands at that till, with this phone or without: who may be asked for the password.
      const swiped = entry.means === 'card' || entry.means === 'face'
      const own =
        swiped ||
        (deviceId !== null && deviceId === keeper.device.value?.deviceId) ||
        (codeId !== null && source.issuedIds.has(codeId))
      if (!own || entry.kind !== 'payment') return false
      if (show(entry)) return true
      // What happened before this visit's first code is the bill's business.
      const firstAt = pay.firstDrawnAt + clock.offsetMs - SPARE_MS
      if (!pay.firstDrawnAt || atMs < firstAt || atMs < clock.now() - NEWS_MS) return false
      if (!swiped) source.spend(atMs)
      // News of an earlier payment does not take away a code that is being held out.
      if (!shownPayments.has(entry.paymentId)) {
        shownPayments.add(entry.paymentId)
        if (!isSecondScan(entry)) pay.showResult({ kind: 'result', entry, at: clock.now() })
      }
      onOutcome(entry)
      return true
    },
    keepAsking() {
      let about = ''
      let stop = new AbortController()
      const look = () => {
        const shown = pay.state.value
        const open = shown.kind === 'result' && !isSettled(shown.entry) ? shown.entry.entryId : ''
        if (open === about) return
        about = open
        stop.abort()
        stop = new AbortController()
        if (about) void ask(about, stop.signal)
      }
      look()
      const stopLooking = pay.state.subscribe(look)
      return () => {
        stop.abort()
        stopLooking()
      }
    },
  }
}

/** False while the bank, the one-card system or the person is still being asked. */
function isSettled({ status }: BillEntry): boolean {
  return !['AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'].includes(status)
}
