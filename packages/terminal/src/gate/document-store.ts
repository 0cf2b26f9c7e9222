import { join } from 'node:path'
import { signedDocumentSchema } from '@campus-ecode/protocol/signed-document'
import type { DocumentGuard, Holdings } from './holdings.ts'
import { readIfThere, writeSafely } from './write-safely.ts'

/** In the order in which they are believed. */
const FILES = { keys: 'keys.json', policy: 'policy.json', list: 'list.json' } as const
type What = keyof typeof FILES

export interface DocumentStore {
  /** What the last run had taken. A file that is damaged or not ours is left out. */
  load(): Promise<Holdings>
  /** Writes what is new in `after`. Once it resolves, the gate may say that it holds it. */
  save(before: Holdings, after: Holdings): Promise<void>
}

/** Keeps a gate's documents as they came, so that each start proves them anew. */
export function createDocumentStore(dir: string, guard: DocumentGuard): DocumentStore {
  const pathOf = (what: What) => join(dir, FILES[what])

  async function readDocument(what: What) {
    const text = await readIfThere(pathOf(what))
    if (!text) return undefined
    try {
      return signedDocumentSchema.parse(JSON.parse(text.toString('utf8')))
    } catch {
      return undefined
    }
  }

  return {
    async load() {
      let holdings: Holdings = {}
      for (const what of Object.keys(FILES) as What[]) {
        const document = await readDocument(what)
        if (!document) continue
        const taken = guard.take(holdings, document, 'any')
        if ('holdings' in taken) holdings = taken.holdings
      }
      return holdings
    },
    async save(before, after) {
      for (const what of Object.keys(FILES) as What[]) {
        const { document } = after[what] ?? {}
        if (!document || document === before[what]?.document) continue
        await writeSafely(pathOf(what), JSON.stringify(document))
      }
    },
  }
}
