import type { KeypadMessage } from '@campus-ecode/protocol/approvals'
import type { KeypadPage } from '@campus-ecode/protocol/keypad'

export const isFramed = window.parent !== window

/** Tells the widget that opened this page in a frame; nobody else hears it. */
export function tell(page: KeypadPage, event: KeypadMessage['event'], heightPx?: number): void {
  if (!isFramed) return
  const message: KeypadMessage = {
    type: 'ecode-keypad',
    approvalId: page.approvalId,
    event,
    ...(heightPx !== undefined && { heightPx }),
  }
  window.parent.postMessage(message, new URL(page.returnTo).origin)
}

/**
 * The same where there is no keypad to show: whoever framed this may know, because it is said of
 * nobody. The widget takes away what it could only leave standing.
 */
export function tellNotice(event: 'expired' | 'unavailable'): void {
  const message: KeypadMessage = { type: 'ecode-keypad', event }
  if (isFramed) window.parent.postMessage(message, '*')
}

/** Says how it ended and, at top level, goes back to where the person came from. */
export function leave(page: KeypadPage, event: KeypadMessage['event']): void {
  if (isFramed) tell(page, event)
  else location.replace(page.returnTo)
}
