import { readFileSync } from 'node:fs'
import type { RootKey } from '@campus-ecode/protocol/access-keys'
import type { ListDelta } from '@campus-ecode/protocol/gate-api'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import { describe, expect, it } from 'vitest'
import { createAccessSchool } from '../testing/access-school.ts'
import { createDocumentGuard, type DocumentGuard, type Holdings } from './holdings.ts'

interface Vectors {
  school: string
  gateId: string
  roots: Record<string, RootKey>
  documents: Record<string, SignedDocument>
  loads: {
    id: string
    now: number
    root: string
    held: string[]
    document: string
    accepted: boolean
    /** What the gate holds no more. */
    ends?: ('policy' | 'list')[]
  }[]
  deltas: {
    id: string
    now: number
    held: string
    delta: ListDelta
    payload?: string
    accepted: boolean
  }[]
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../protocol/vectors/access.json', import.meta.url), 'utf8'),
)

function documentOf(name: string): SignedDocument {
  const document = vectors.documents[name]
  if (!document) throw new Error(`no document ${name}`)
  return document
}

function guardWith(rootName: string): DocumentGuard {
  const root = vectors.roots[rootName]
  if (!root) throw new Error(`no root ${rootName}`)
  return createDocumentGuard({ schoolId: vectors.school, gateId: vectors.gateId, root })
}

function hold(guard: DocumentGuard, names: string[]): Holdings {
  return names.reduce((holdings: Holdings, name) => {
    const taken = guard.take(holdings, documentOf(name), 'any')
    if ('refused' in taken) throw new Error(`${name}: ${taken.refused}`)
    return taken.holdings
  }, {})
}

describe('documents', () => {
  it.each(vectors.loads)('$id', ({ now, root, held, document, accepted, ends }) => {
    const guard = guardWith(root)
    const before = hold(guard, held)
    const taken = guard.take(before, documentOf(document), now)
    expect('holdings' in taken).toBe(accepted)
    for (const kind of ['policy', 'list'] as const) {
      if (!('holdings' in taken) || !held.includes(kind)) continue
      expect(taken.holdings[kind] === undefined).toBe(ends?.includes(kind) ?? false)
    }
  })

  it.each(vectors.deltas)('$id', ({ now, held, delta, payload, accepted }) => {
    const guard = guardWith('root')
    const before = hold(guard, ['keys', held])
    const taken = guard.takeDelta(before, delta, now)
    expect('holdings' in taken).toBe(accepted)
    if ('holdings' in taken) {
      expect(taken.holdings.list?.document.payload).toBe(payload)
      // What is kept is a document like any other, for the next start to prove.
      expect(hold(guard, ['keys'])).toBeDefined()
      const again = guard.take(hold(guard, ['keys']), taken.holdings.list?.document as never, 'any')
      expect('holdings' in again).toBe(true)
    }
  })

  it('are not held any more when the key that signed them has been withdrawn', () => {
    const now = 1_795_399_200
    const school = createAccessSchool(now)
    const [first] = school.issuerKeys
    const second = school.addIssuerKey()
    const guard = createDocumentGuard(school)
    const documents = [school.keySet(), school.policy({}, 1), school.list({}, 2)]
    const held = documents.reduce((holdings: Holdings, document) => {
      const taken = guard.take(holdings, document, now)
      return 'holdings' in taken ? taken.holdings : holdings
    }, {})
    expect(Object.keys(held).sort()).toEqual(['keys', 'list', 'policy'])
    const withdrawn = guard.take(held, school.keySet({ seq: 2, keys: [second] }), now)
    if ('refused' in withdrawn) throw new Error(withdrawn.refused)
    expect(Object.keys(withdrawn.holdings).sort()).toEqual(['keys', 'list'])
    // The same policy signed anew is taken, under the same number.
    const anew = guard.take(withdrawn.holdings, school.policy({}, 2), now)
    expect('holdings' in anew && anew.holdings.policy?.seq).toBe(1)
    expect(first?.keyId).toBe(1)
  })

  it('need a root key that can be used', () => {
    const identity = { schoolId: '1001', gateId: vectors.gateId }
    for (const publicKey of ['AAAA', 'A'.repeat(87)]) {
      for (const algorithm of ['ed25519', 'sm2'] as const) {
        const root = { algorithm, publicKey }
        expect(() => createDocumentGuard({ ...identity, root })).toThrow(TypeError)
      }
    }
  })
})
