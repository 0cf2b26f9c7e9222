import type { Transfer } from '@campus-ecode/protocol/wallet'
import { type Cell, createCell } from '../../cell.ts'
import type { TransferDraft, TransferState } from '../../wallet-model.ts'
import { type Answer, failed, type Trouble } from '../answer.ts'
import type { Api } from '../api.ts'
import type { Notes } from '../open-notes.ts'
import { sleep } from '../sleep.ts'

const ATTEMPTS = 3
const AGAIN_MS = 1_500
const ASK_MS_MIN = 1_500
const ASK_MS_MAX = 10_000

/** R12: one top-up or withdrawal at a time, from the first send to its end. */
export interface Transfers {
  readonly state: Cell<TransferState | undefined>
  /** Sends it, again while no answer comes: one id is one movement of money. */
  send(draft: TransferDraft, approvalId: string): Promise<Answer<Transfer>>
  /** Takes what was heard of a transfer, if it is the one on display. */
  take(transfer: Transfer): void
  /** Puts one on display. */
  open(transfer: Transfer): void
  /**
   * Finds out whether the core knows it.
   *
   * @returns False when it never arrived; undefined when that could not be found out.
   */
  ask(): Promise<boolean | undefined>
  /** Asks after the one on display until it is decided. Returns how to stop. */
  keepAsking(): () => void
  /** After the page was closed in the middle: forgets the id, once the core has been asked for it. */
  recover(): Promise<void>
}

/** @param onChange A transfer was sent, or has got further. */
export function createTransfers(api: Api, notes: Notes, onChange: () => void): Transfers {
  const state = createCell<TransferState | undefined>(undefined)

  function show(transfer: Transfer) {
    notes.write('transfer', undefined)
    state.value = { kind: 'known', transfer }
    onChange()
  }

  function isShown(transferId: string): boolean {
    const { value } = state
    if (!value) return false
    return (value.kind === 'known' ? value.transfer : value.draft).transferId === transferId
  }

  function take(transfer: Transfer) {
    const { value } = state
    if (!isShown(transfer.transferId)) return
    // Events and answers may cross: what is decided stays decided.
    if (value?.kind === 'known' && isDecided(value.transfer)) return
    if (value?.kind === 'known' && value.transfer.status === transfer.status) return
    show(transfer)
  }

  async function find(transferId: string): Promise<Transfer | false | undefined> {
    const answer = await api.call('getTransfer', { transferId })
    if (answer.ok) return answer.value
    return answer.trouble.code === 'TRANSFER_NOT_FOUND' ? false : undefined
  }

  return {
    state,
    take,
    async send(draft, approvalId) {
      const { kind, transferId, cardId, amountFen } = draft
      const route = kind === 'top_up' ? 'topUp' : 'withdraw'
      const body = { transferId, cardId, amountFen, approvalId }
      notes.write('transfer', { transferId })
      state.value = { kind: 'sending', draft }
      let trouble: Trouble | undefined
      let refused = false
      let first = true
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const answer = await api.call(route, { body })
        if (answer.ok) {
          show(answer.value)
          return answer
        }
        trouble = answer.trouble
        const { status } = trouble
        refused = Boolean(status && status < 500 && status !== 429)
        if (refused) break
        first = false
        if (attempt < ATTEMPTS) await new Promise((go) => setTimeout(go, AGAIN_MS * attempt))
      }
      // A no to one attempt says nothing of those before it, whose answers were lost.
      const found = refused && first ? false : await find(transferId)
      if (found) {
        show(found)
        return { ok: true, value: found }
      }
      if (found === false && refused) {
        notes.write('transfer', undefined)
        state.value = { kind: 'refused', draft, problem: trouble as Trouble }
        return failed(trouble as Trouble)
      }
      state.value = { kind: 'unsure', draft, problem: trouble as Trouble, asking: false }
      return failed(trouble as Trouble)
    },
    open(transfer) {
      state.value = { kind: 'known', transfer }
    },
    async ask() {
      const { value } = state
      if (value?.kind !== 'unsure') return undefined
      state.value = { ...value, asking: true }
      const found = await find(value.draft.transferId)
      if (found) show(found)
      else state.value = { ...value, asking: false }
      return found === undefined ? undefined : Boolean(found)
    },
    keepAsking() {
      const stop = new AbortController()
      void (async () => {
        for (let ms = ASK_MS_MIN; !stop.signal.aborted; ms = Math.min(ms * 1.5, ASK_MS_MAX)) {
          await sleep(ms, stop.signal)
          const { value } = state
          if (value?.kind !== 'known' || isDecided(value.transfer)) continue
          const found = await find(value.transfer.transferId)
          if (found && !stop.signal.aborted) take(found)
        }
      })()
      return () => stop.abort()
    },
    async recover() {
      const noted = notes.read('transfer')
      if (!noted) return
      const found = await find(noted.transferId)
      if (found === undefined || isShown(noted.transferId)) return
      notes.write('transfer', undefined)
    },
  }
}

function isDecided({ status }: Transfer): boolean {
  return status === 'SUCCEEDED' || status === 'DECLINED'
}
