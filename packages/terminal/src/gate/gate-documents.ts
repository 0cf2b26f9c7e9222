import type { GateUpdate } from '@campus-ecode/protocol/gate-api'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import type { DocumentStore } from './document-store.ts'
import type { DocumentGuard, DocumentRefusal, Holdings, Taken } from './holdings.ts'

/** What came of one document or delta. */
export interface TakenDocument {
  document: SignedDocument['type'] | 'delta'
  /** null: it is held now, or was before. */
  refusal: DocumentRefusal | null
}

/** The documents of a gate, in use and on disk. */
export interface GateDocuments {
  readonly holdings: Holdings
  /** What is on disk, by number: that is what the core is told. 0: none. */
  readonly seqs: { keys: number; policy: number; list: number }
  /**
   * Takes what can be believed. It is in use at once; `stored` resolves when it is on disk.
   *
   * @param now Unix seconds.
   */
  take(
    update: Omit<GateUpdate, 'serverTime'>,
    now: number,
  ): { taken: TakenDocument[]; stored: Promise<void> }
}

export async function openGateDocuments(
  guard: DocumentGuard,
  store: DocumentStore,
): Promise<GateDocuments> {
  let holdings = await store.load()
  let onDisk = holdings
  let last: Promise<void> = Promise.resolve()

  return {
    get holdings() {
      return holdings
    },
    get seqs() {
      // Not what is in use but not written yet; nor what a new key set has put out of belief.
      const seqOf = (what: keyof Holdings) =>
        (holdings[what] && Math.min(holdings[what].seq, onDisk[what]?.seq ?? 0)) ?? 0
      return { keys: seqOf('keys'), policy: seqOf('policy'), list: seqOf('list') }
    },
    take({ keys, policy, list, delta }, now) {
      const taken: TakenDocument[] = []
      const settle = (document: TakenDocument['document'], result: Taken) => {
        if ('holdings' in result) holdings = result.holdings
        taken.push({ document, refusal: 'refused' in result ? result.refused : null })
      }
      // Keys first: they sign the others.
      for (const document of [keys, policy, list]) {
        if (document) settle(document.type, guard.take(holdings, document, now))
      }
      if (delta) settle('delta', guard.takeDelta(holdings, delta, now))
      const after = holdings
      const written = last.then(async () => {
        await store.save(onDisk, after)
        onDisk = after
      })
      last = written.catch(() => undefined)
      return { taken, stored: written }
    },
  }
}
