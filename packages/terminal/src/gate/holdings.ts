import { type KeySet, keySetSchema, type RootKey } from '@campus-ecode/protocol/access-keys'
import { type GatePolicy, gatePolicySchema } from '@campus-ecode/protocol/access-policy'
import type { ListDelta } from '@campus-ecode/protocol/gate-api'
import {
  applyRevocationDelta,
  CREDENTIAL_HASH_BYTES,
  LIST_HEADER_BYTES,
  parseRevocationList,
  type RevocationList,
} from '@campus-ecode/protocol/revocation-list'
import {
  type DocumentType,
  documentSigningInput,
  type SignedDocument,
} from '@campus-ecode/protocol/signed-document'
import { createIssuerVerifier, type IssuerVerifier } from './issuer-verifier.ts'
import { createKeyRing, type KeyRing } from './key-ring.ts'

/** What a gate is set up with: nobody can change it from afar. */
export interface GateIdentity {
  schoolId: string
  gateId: string
  root: RootKey
}

/** The documents that a gate has taken, each with what it was read from. */
export interface Holdings {
  keys?: Held<KeyRing>
  policy?: Held<GatePolicy>
  list?: Held<RevocationList>
}

export interface Held<T> {
  document: SignedDocument
  seq: number
  content: T
}

/** `other_gate`: or another school's; `older`: rolled back; `delta`: not to the list that is held. */
export type DocumentRefusal = 'signature' | 'malformed' | 'other_gate' | 'older' | 'delta'

/** The same holdings, when the document is held already. */
export type Taken = { holdings: Holdings } | { refused: DocumentRefusal }

/** Decides which documents a gate takes (R31, R32): docs/codes.md, "What gates are told". */
export interface DocumentGuard {
  /**
   * Takes a document, whoever brought it. Key sets first: the others are signed by their keys.
   *
   * @param now Unix seconds; `any` for what was taken before and lay on our own disk since.
   */
  take(holdings: Holdings, document: SignedDocument, now: number | 'any'): Taken
  /** Writes the new list out of the one held, and takes it like any other. */
  takeDelta(holdings: Holdings, delta: ListDelta, now: number): Taken
}

/** Throws TypeError for a root key that cannot be used. */
export function createDocumentGuard({ schoolId, gateId, root }: GateIdentity): DocumentGuard {
  const verifyRoot = createIssuerVerifier(root)
  if (!verifyRoot) throw new TypeError('The root key cannot be used on this machine')

  function take(holdings: Holdings, document: SignedDocument, now: number | 'any'): Taken {
    const payload = Buffer.from(document.payload, 'base64url')
    if (!isSigned(document, payload, findSigner(holdings, document, now))) {
      return { refused: 'signature' }
    }
    switch (document.type) {
      case 'ECA1.keys': {
        const set = readJson<KeySet>(payload, keySetSchema)
        const keys = set && { document, seq: set.seq, content: createKeyRing(set) }
        return settle(holdings, 'keys', keys, set?.school === schoolId)
      }
      case 'ECA1.policy': {
        const content = readJson<GatePolicy>(payload, gatePolicySchema)
        const isOurs = content?.school === schoolId && content.gateId === gateId
        const policy = content && { document, seq: content.seq, content }
        return settle(holdings, 'policy', policy, isOurs)
      }
      case 'ECA1.list': {
        const content = parseRevocationList(payload)
        const list = content && { document, seq: content.seq, content }
        return settle(holdings, 'list', list, content?.school === schoolId)
      }
    }
  }

  function findSigner({ keys }: Holdings, document: SignedDocument, now: number | 'any') {
    const { type, algorithm, keyId } = document
    if (type !== 'ECA1.keys') return keys?.content.find(keyId, algorithm, now)
    return keyId === null && algorithm === root.algorithm ? verifyRoot : undefined
  }

  return {
    take,
    takeDelta(holdings, delta, now) {
      const { fromSeq, algorithm, keyId, signature } = delta
      if (holdings.list?.seq !== fromSeq) return { refused: 'delta' }
      const header = Buffer.from(delta.header, 'base64url')
      const added = Buffer.from(delta.added, 'base64url')
      const removed = Buffer.from(delta.removed, 'base64url')
      const isWhole = [added, removed].every(({ length }) => length % CREDENTIAL_HASH_BYTES === 0)
      if (header.length !== LIST_HEADER_BYTES || !isWhole) return { refused: 'delta' }
      const hashes = applyRevocationDelta(holdings.list.content.hashes, { added, removed })
      const payload = Buffer.concat([header, hashes]).toString('base64url')
      const document = { type: 'ECA1.list', algorithm, keyId, payload, signature } as const
      const taken = take(holdings, document, now)
      return 'holdings' in taken && taken.holdings === holdings ? { refused: 'delta' } : taken
    },
  }
}

/** What is signed by a key that the set has no more is not believed: the key may have been stolen. */
function dropUnbelievable({ keys, policy, list }: Holdings): Holdings {
  const isBelieved = ({ document }: Held<unknown>) => {
    const signer = keys?.content.find(document.keyId, document.algorithm, 'any')
    return isSigned(document, Buffer.from(document.payload, 'base64url'), signer)
  }
  return {
    ...(keys && { keys }),
    ...(policy && isBelieved(policy) && { policy }),
    ...(list && isBelieved(list) && { list }),
  }
}

function settle<K extends keyof Holdings>(
  holdings: Holdings,
  what: K,
  next: Holdings[K],
  isOurs: boolean,
): Taken {
  if (!next) return { refused: 'malformed' }
  if (!isOurs) return { refused: 'other_gate' }
  const heldSeq = holdings[what]?.seq ?? 0
  if (next.seq < heldSeq) return { refused: 'older' }
  if (next.seq === heldSeq) return { holdings }
  const changed = { ...holdings, [what]: next }
  return { holdings: what === 'keys' ? dropUnbelievable(changed) : changed }
}

function isSigned(
  { type, signature }: { type: DocumentType; signature: string },
  payload: Uint8Array,
  verify: IssuerVerifier | undefined,
): boolean {
  const bytes = Buffer.from(signature, 'base64url')
  return verify?.(documentSigningInput(type, payload), bytes) ?? false
}

function readJson<T>(
  payload: Buffer,
  schema: { safeParse(value: unknown): { success: boolean; data?: T | undefined } },
): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(payload.toString('utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
