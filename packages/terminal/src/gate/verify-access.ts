import type { AccessPurpose } from '@campus-ecode/protocol/access-code'
import type { GatePolicy } from '@campus-ecode/protocol/access-policy'
import type { AccessRefusal } from '@campus-ecode/protocol/access-refusals'
import type { RevocationList } from '@campus-ecode/protocol/revocation-list'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { accessChecks, type Reading } from './access-checks.ts'
import type { KeyRing } from './key-ring.ts'

/** All that a gate knows when it reads a code. */
export interface Knowledge {
  /** Four digits; of the gate's own school. */
  school: string
  keys: KeyRing | undefined
  policy: GatePolicy | undefined
  list: RevocationList | undefined
  memory: ReplayMemory
}

export interface ReplayMemory {
  /** When this gate let in the same code, unix seconds; undefined if it has not, or not lately. */
  letInAt(seen: Seen): number | undefined
}

/** A code, as far as another reading of it is the same. */
export interface Seen {
  /** Hash of the credential, base64url. */
  credential: string
  shownAt: number
}

/**
 * What came of a code. What a member would tell is null until it is proven: who by the issuer's
 * signature, the rest by the phone's.
 */
export interface Verdict {
  result: 'opened' | 'refused'
  refusal: AccessRefusal | null
  /** Hash of the credential, base64url, 11 characters. */
  credential: string | null
  class: PersonClass | null
  profile: number | null
  /** Unix seconds. */
  shownAt: number | null
  purpose: AccessPurpose | null
  context: number | null
}

/**
 * Judges an access code as docs/codes.md, "Checking an access code", has it: the first check that fails
 * is the answer. Nothing is asked, kept or written here.
 *
 * @param text What the scanner read, untouched.
 * @param now The gate's clock, unix seconds.
 */
export function verifyAccess(text: string, now: number, knowledge: Knowledge): Verdict {
  const reading: Reading = { text, now, knowledge, rules: knowledge.policy?.rules ?? [] }
  for (const check of accessChecks) {
    const refusal = check(reading)
    if (refusal) return toVerdict(reading, refusal)
  }
  return toVerdict(reading, null)
}

function toVerdict({ code, credential, isShown }: Reading, refusal: AccessRefusal | null): Verdict {
  const holder = credential && code
  const shown = isShown ? code : undefined
  return {
    result: refusal ? 'refused' : 'opened',
    refusal,
    credential: credential?.name ?? null,
    class: holder?.class ?? null,
    profile: holder?.profile ?? null,
    shownAt: shown?.shownAt ?? null,
    purpose: shown?.purpose ?? null,
    context: shown?.context ?? null,
  }
}
