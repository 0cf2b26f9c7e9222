import type { CollectionDraft, UtilityDraft } from '../ways-model.ts'

/** What a tab has written down for a person, to be found when the page is opened again. */
export interface NoteValues {
  /**
   * The page was left for the keypad, a face check or WeChat (2: again, after it had come to nothing), and leads back
   * to the wallet.
   */
  left?: { approvalId?: string; wechat?: 1 | 2 } | undefined
  /** A top-up or withdrawal that may have been sent and whose answer has not been seen. */
  transfer?: { transferId: string } | undefined
  /** A card whose SMS code or face check is awaited. */
  binding?:
    | {
        bindingId: string
        bankName: string
        tail: string
        phoneTail?: string
        expiresAt: string
        awaits: ('SMS_CODE' | 'FACE')[]
        left?: boolean
      }
    | undefined
  /** A payment to a merchant's printed code (R24), from before it was sent until it was looked at. */
  collection?: { draft: CollectionDraft; at: number } | undefined
  /** Likewise a utility's top-up (R39). */
  utility?: { draft: UtilityDraft; at: number } | undefined
}

/**
 * Never anything secret; and it may be lost, because some pages have no storage.
 *
 * @param key The person's place in all that the page stores.
 */
export function readNotes(key: string): NoteValues {
  try {
    return JSON.parse(sessionStorage.getItem(key) as string) || {}
  } catch {
    return {}
  }
}

/** Replaces what was written. Without storage nothing is kept; the core knows all of it, too. */
export function writeNotes(key: string, notes: NoteValues): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(notes))
  } catch {}
}
