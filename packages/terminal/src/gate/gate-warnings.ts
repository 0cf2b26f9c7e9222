import { KEYS_WARNING_SECONDS } from '@campus-ecode/protocol/access-keys'
import { isListStale } from './access-checks.ts'
import type { TakenDocument } from './gate-documents.ts'
import type { Holdings } from './holdings.ts'

/** What whoever looks after a gate has to know, for as long as it is so. Times are unix seconds. */
export type GateWarning =
  /** It has not been told what it needs, and opens to nobody. */
  | { warning: 'no_documents' }
  /** Its key set, or the last key in it, runs out at `at`: until then it has to be online, or visited. */
  | { warning: 'keys_expiring'; at: number }
  | { warning: 'keys_expired'; at: number }
  /** It does not know the locks of the last day (R32). */
  | { warning: 'list_stale'; issued: number | null }
  /** Its clock is behind what it has been told before. */
  | { warning: 'clock_behind'; seconds: number }
  /** The core says that this gate is not in use. */
  | { warning: 'gate_disabled' }
  /** What it was given last cannot be believed. */
  | { warning: 'document_refused'; document: string; reason: string }
  /** Its disk takes nothing: what is read now is forgotten with a restart. */
  | { warning: 'storage_failed' }
  /** Records that nobody will ever see: too many, or refused by the core. */
  | { warning: 'records_lost'; count: number }

/** What has gone wrong in this run. */
export interface Troubles {
  isDisabled: boolean
  isStorageFailed: boolean
  lostCount: number
  refused: readonly TakenDocument[]
}

/** All that apply. `now` is unix seconds. */
export function listWarnings(holdings: Holdings, now: number, troubles: Troubles): GateWarning[] {
  const { isDisabled, isStorageFailed, lostCount, refused } = troubles
  const warnings = listOfHoldings(holdings, now)
  if (isDisabled) warnings.push({ warning: 'gate_disabled' })
  for (const { document, refusal } of refused) {
    if (refusal) warnings.push({ warning: 'document_refused', document, reason: refusal })
  }
  if (isStorageFailed) warnings.push({ warning: 'storage_failed' })
  if (lostCount > 0) warnings.push({ warning: 'records_lost', count: lostCount })
  return warnings
}

/** @returns A function that tells of each warning once, when it begins. */
export function createWarningWatch(
  list: () => GateWarning[],
  onWarning: (warning: GateWarning) => void,
): () => void {
  let known = new Set<string>()
  return () => {
    const present = list()
    const names = present.map((warning) =>
      warning.warning === 'document_refused' ? warning.document : warning.warning,
    )
    const before = known
    known = new Set(names)
    for (const [at, warning] of present.entries()) {
      if (!before.has(names[at] ?? '')) onWarning(warning)
    }
  }
}

function listOfHoldings({ keys, policy, list }: Holdings, now: number): GateWarning[] {
  if (!keys || !policy) return [{ warning: 'no_documents' }]
  const warnings: GateWarning[] = []
  const { set } = keys.content
  const at = Math.min(set.expires, Math.max(...set.keys.map(({ notAfter }) => notAfter)))
  if (now >= at) warnings.push({ warning: 'keys_expired', at })
  else if (now >= at - KEYS_WARNING_SECONDS) warnings.push({ warning: 'keys_expiring', at })
  if (!list || isListStale(list.content, now)) {
    warnings.push({ warning: 'list_stale', issued: list?.content.issued ?? null })
  }
  const told = Math.max(set.issued, policy.content.issued, list?.content.issued ?? 0)
  if (now < told - CLOCK_SECONDS) warnings.push({ warning: 'clock_behind', seconds: told - now })
  return warnings
}

/** Less is the way of the answer, and the core's processes among themselves. */
const CLOCK_SECONDS = 60
