import type { Binding, BindingState, BoundCard } from '@campus-ecode/protocol/wallet'
import { type Cell, createCell } from '../../cell.ts'
import type { BindingDetails, Waiting } from '../../wallet-model.ts'
import type { Answer, Trouble } from '../answer.ts'
import type { Api } from '../api.ts'
import type { ServerClock } from '../clock.ts'
import type { Notes } from '../open-notes.ts'
import { sleep } from '../sleep.ts'
import { whereToReturn } from '../where-to-return.ts'

/** The core sends one SMS a minute. */
const RESEND_MS = 60_000
/** While the person may be looking into the camera. */
const LOOK_MS = 2_500

/** After these nothing can come of the binding any more. */
const over = [
  'FACE_CHECK_FAILED',
  'FACE_CHECK_EXPIRED',
  'FACE_CHECK_NEEDED',
  'SMS_CODE_EXPIRED',
  'BINDING_UNKNOWN',
  'CARD_ALREADY_BOUND',
  'REOPENS_EXHAUSTED',
]

/** R9: one card at a time, from what the bank has found to agree until it is bound. */
export interface BindingKeeper {
  readonly state: Cell<Waiting | undefined>
  start(details: BindingDetails, face?: { locale: 'zh-CN' | 'en' }): Promise<Answer<Binding>>
  /** With undefined in place of the card while the face is awaited. */
  confirm(smsCode: string): Promise<Answer<BoundCard | undefined>>
  /** Whether the face is all that is missing. */
  awaitsFace(): boolean
  /** Asks how it stands. */
  look(): Promise<void>
  /** Asks again and again while the face is awaited. Returns how to stop. */
  keepLooking(): () => void
  /** Takes up what the core says is waiting, unless this page knows of it, or has put it away. */
  takeUp(bindingId: string): void
  leave(newTab: boolean): void
  forget(): void
}

/** @param onBound The wallet is otherwise now. */
export function createBinding(
  api: Api,
  clock: ServerClock,
  notes: Notes,
  onBound: (card: BoundCard) => void,
): BindingKeeper {
  const state = createCell<Waiting | undefined>(undefined)
  let touched = false

  const noted = notes.read('binding')
  if (noted && Date.parse(noted.expiresAt) > clock.now()) {
    state.value = { ...noted, faceCheck: null, resendAt: clock.now() }
  }

  function put(next: Waiting | undefined) {
    touched = true
    state.value = next
    if (!next || next.bound || next.problem) return notes.write('binding', undefined)
    // The page of the check is the core's to tell anew; it opens it for whoever has it.
    const { bindingId, bankName, tail, phoneTail, expiresAt, awaits, left } = next
    notes.write('binding', {
      ...{ bindingId, bankName, tail, expiresAt, awaits },
      ...(phoneTail && { phoneTail }),
      ...(left && { left }),
    })
  }

  function finish(before: Waiting, bound: BoundCard) {
    put({ ...before, awaits: [], faceCheck: null, bound })
    onBound(bound)
  }

  function take(before: Waiting, next: BindingState) {
    if (next.bound) return finish(before, next.bound)
    const { awaits } = next
    const faceCheck = next.faceCheck && {
      ...next.faceCheck,
      pageUrl: next.faceCheck.pageUrl ?? before.faceCheck?.pageUrl ?? null,
    }
    const { trouble: _, ...rest } = before
    put({ ...rest, awaits, faceCheck })
  }

  function refuse(before: Waiting, trouble: Trouble) {
    if (over.includes(trouble.code)) put({ ...before, problem: trouble })
    else put({ ...before, trouble })
  }

  function awaitsFace(): boolean {
    const { value } = state
    return Boolean(
      value && !value.problem && value.awaits.length === 1 && value.awaits[0] === 'FACE',
    )
  }

  async function look() {
    const { bindingId } = state.value ?? {}
    if (!bindingId || state.value?.bound || state.value?.problem) return
    const answer = await api.call('getBinding', { bindingId })
    const { value } = state
    // Bound, or put away, meanwhile.
    if (value?.bindingId !== bindingId || value.bound) return
    if (answer.ok) take(value, answer.value)
    else refuse(value, answer.trouble)
  }

  return {
    state,
    awaitsFace,
    look,
    async start(details, face) {
      const wish = face && {
        face: { consent: true as const, returnTo: whereToReturn(), locale: face.locale },
      }
      const body = { consent: true as const, ...details, ...wish }
      const answer = await api.call('startBinding', { body })
      if (answer.ok) {
        const { faceCheck } = answer.value
        const awaits: Waiting['awaits'] = faceCheck ? ['SMS_CODE', 'FACE'] : ['SMS_CODE']
        put({ ...answer.value, awaits, resendAt: clock.now() + RESEND_MS })
      }
      return answer
    },
    async confirm(smsCode) {
      const bindingId = state.value?.bindingId ?? ''
      const answer = await api.call('confirmBinding', { bindingId, body: { smsCode } })
      const before = state.value
      if (before?.bindingId !== bindingId)
        return answer.ok ? { ok: true, value: undefined } : answer
      if (!answer.ok) {
        const { code } = answer.trouble
        if (code === 'BINDING_UNKNOWN') put(undefined)
        else if (code.startsWith('FACE_')) put({ ...before, problem: answer.trouble })
        return answer
      }
      if ('wallet' in answer.value) {
        finish(before, answer.value)
        return { ok: true, value: answer.value }
      }
      take(before, answer.value)
      return { ok: true, value: undefined }
    },
    keepLooking() {
      const stop = new AbortController()
      void (async () => {
        while (!stop.signal.aborted) {
          if (awaitsFace()) await look()
          await sleep(LOOK_MS, stop.signal)
        }
      })()
      return () => stop.abort()
    },
    takeUp(bindingId) {
      if (touched || state.value) return
      touched = true
      void api.call('getBinding', { bindingId }).then((answer) => {
        if (!answer.ok || state.value || answer.value.bound) return
        const { bankName, tail, expiresAt, awaits, faceCheck } = answer.value
        const resendAt = clock.now()
        put({ bindingId, bankName, tail, expiresAt, awaits, faceCheck, resendAt })
      })
    },
    leave(newTab) {
      const { value } = state
      if (!value) return
      put({ ...value, left: true })
      if (!newTab) notes.write('left', {})
    },
    forget: () => put(undefined),
  }
}
