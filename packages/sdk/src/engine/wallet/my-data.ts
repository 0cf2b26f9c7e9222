import type { MyData } from '@campus-ecode/protocol/my-data'
import { type Cell, createCell } from '../../cell.ts'
import type { ExportState } from '../../wallet-model.ts'
import type { Answer } from '../answer.ts'
import type { Api } from '../api.ts'

const TRIES = 4
const AGAIN_MS = 1_500

/** R42: one's own data, fetched page by page under one approval. */
export interface MyDataExport {
  readonly state: Cell<ExportState | undefined>
  fetch(approvalId: string): Promise<Answer<unknown>>
  forget(): void
}

export function createMyDataExport(api: Api): MyDataExport {
  const state = createCell<ExportState | undefined>(undefined)
  // One that is begun anew, or given up, ends the one before.
  let turn = 0

  async function fetchPage(approvalId: string, cursor: string | undefined) {
    for (let attempt = 1; ; attempt++) {
      const body = { approvalId, ...(cursor !== undefined && { cursor }) }
      const answer = await api.call('getMyData', { body })
      // The approval is good for a while, so what a lost answer held can be asked for again.
      if (answer.ok || !answer.trouble.retryable || attempt === TRIES) return answer
      await new Promise((resolve) => setTimeout(resolve, attempt * AGAIN_MS))
    }
  }

  return {
    state,
    async fetch(approvalId) {
      const mine = ++turn
      const pages: MyData[] = []
      state.value = { kind: 'fetching', count: 0 }
      let cursor: string | undefined
      do {
        const answer = await fetchPage(approvalId, cursor)
        if (mine !== turn) return { ok: true, value: undefined }
        if (!answer.ok) {
          state.value = undefined
          return answer
        }
        pages.push(answer.value)
        cursor = answer.value.next ?? undefined
        state.value = { kind: 'fetching', count: countItems(pages) }
      } while (cursor !== undefined)
      const name = `campus-ecode-${pages[0]?.at.slice(0, 10)}.json`
      state.value = { kind: 'ready', name, text: JSON.stringify(joinPages(pages), undefined, 2) }
      return { ok: true, value: undefined }
    },
    forget() {
      turn++
      state.value = undefined
    },
  }
}

/** One document of all pages: lists to lists, the rest from the first. */
export function joinPages(pages: readonly MyData[]): object {
  const joined: Record<string, unknown> = {}
  for (const { next: _, ...page } of pages) {
    for (const [name, value] of Object.entries(page)) {
      const before = joined[name]
      if (Array.isArray(value)) joined[name] = Array.isArray(before) ? [...before, ...value] : value
      else joined[name] ??= value
    }
  }
  return joined
}

function countItems(pages: readonly MyData[]): number {
  const lists = pages.flatMap((page) => Object.values(page))
  return lists.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0)
}
