import type { ApprovalAction, ApprovalState, KeypadMessage } from '@campus-ecode/protocol/approvals'
import { type Cell, createCell } from '../../cell.ts'
import type { ShownProblem } from '../../model.ts'
import type { KeypadState } from '../../wallet-model.ts'
import { localTrouble } from '../answer.ts'
import type { Api } from '../api.ts'
import type { Notes } from '../open-notes.ts'
import { whereToReturn } from '../where-to-return.ts'

/** A page that has not said it is there by now is not allowed in a frame, or the network is slow. */
const READY_MS = 8_000
/** The page should be gone by now. */
const LEAVE_MS = 8_000

export type Approved =
  | { kind: 'approved'; approvalId: string }
  | { kind: 'cancelled' }
  | { kind: 'refused'; problem: ShownProblem }

/** R16: asks for the payment password on the core's own page. Nothing typed there ever comes here. */
export interface Approvals {
  readonly keypad: Cell<KeypadState | undefined>
  ask(action: ApprovalAction): Promise<Approved>
  hear(message: KeypadMessage): void
  cancel(): void
  leave(): Promise<void>
  /** The browser shows this page as it was left; one that is loaded anew finds its note instead. */
  comeBack(): Promise<void>
}

export function createApprovals(api: Api, notes: Notes): Approvals {
  const keypad = createCell<KeypadState | undefined>(undefined)
  let answer: (approved: Approved) => void = () => {}
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0

  function change(changes: Partial<KeypadState>) {
    if (keypad.value) keypad.value = { ...keypad.value, ...changes }
  }

  function end(approved: Approved) {
    clearTimeout(timer)
    keypad.value = undefined
    notes.write('left', undefined)
    answer(approved)
  }

  /** Its page can be used no more. Nobody waits for it: what nobody opens ends by itself. */
  function drop({ approvalId }: { approvalId: string }) {
    void api.call('cancelApproval', { approvalId })
  }

  function cancel() {
    if (!keypad.value) return
    drop(keypad.value)
    end({ kind: 'cancelled' })
  }

  function start(action: ApprovalAction) {
    return api.call('startApproval', { body: { action, returnTo: whereToReturn() } })
  }

  return {
    keypad,
    async ask(action) {
      const mine = ++asked
      cancel()
      const started = await start(action)
      if (!started.ok) return { kind: 'refused', problem: started.trouble }
      // Two taps in a row: the later one is asked, whichever was answered first.
      if (mine !== asked) {
        drop(started.value)
        return { kind: 'cancelled' }
      }
      const { approvalId, keypadUrl, ticket } = started.value
      return new Promise((resolve) => {
        answer = resolve
        keypad.value = { approvalId, url: keypadUrl, ticket, action, step: 'opening' }
        timer = setTimeout(() => change({ step: 'blocked' }), READY_MS)
      })
    },
    hear({ approvalId, event, heightPx }) {
      const { value } = keypad
      if (!value || (approvalId ?? value.approvalId) !== value.approvalId) return
      switch (event) {
        case 'ready':
        case 'resize':
          clearTimeout(timer)
          return change({ step: 'open', ...(heightPx && { heightPx }) })
        case 'approved':
          return end({ kind: 'approved', approvalId: value.approvalId })
        case 'cancelled':
          return end({ kind: 'cancelled' })
        case 'locked':
          return end({ kind: 'refused', problem: localTrouble('PASSWORD_LOCKED', false) })
        case 'expired':
          return end({ kind: 'refused', problem: localTrouble('APPROVAL_INVALID') })
        case 'unavailable':
          drop(value)
          return end({ kind: 'refused', problem: localTrouble('UNAVAILABLE') })
      }
    },
    cancel,
    async leave() {
      const { value } = keypad
      if (!value) return
      // The frame may have used up the first ticket without showing anything.
      change({ step: 'asking' })
      const started = await start(value.action)
      if (keypad.value?.approvalId !== value.approvalId) {
        if (started.ok) drop(started.value)
        return
      }
      drop(value)
      if (!started.ok) return end({ kind: 'refused', problem: started.trouble })
      const { approvalId, keypadUrl, ticket } = started.value
      notes.write('left', { approvalId })
      change({ approvalId, url: keypadUrl, ticket, step: 'leaving' })
      timer = setTimeout(() => change({ step: 'stuck' }), LEAVE_MS)
    },
    async comeBack() {
      const { value } = keypad
      if (value?.step !== 'leaving' && value?.step !== 'stuck') return
      clearTimeout(timer)
      const { approvalId } = value
      const state = await api.call('getApproval', { approvalId })
      if (keypad.value?.approvalId !== approvalId) return
      // Typed already, and Back was faster than the keypad page's own way here.
      if (state.ok && isApproved(state.value)) return end({ kind: 'approved', approvalId })
      cancel()
    },
  }
}

/** What sets a password is done on the keypad page itself, which spends the approval. */
export function isApproved({ action, status }: ApprovalState): boolean {
  return status === 'approved' || (status === 'spent' && /_password$/.test(action.kind))
}
