import type { ListDelta } from '@campus-ecode/protocol/gate-api'
import { CREDENTIAL_HASH_BYTES } from '@campus-ecode/protocol/revocation-list'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { issueListIfDue, readHeader } from './issue-list.ts'
import { type DeltaRow, findDelta, findList, type ListRow } from './store.ts'

/** A few dozen lists of a large school, in characters. */
const CACHE_LENGTH_MAX = 32_000_000
/** Of an answer without its hashes. */
const ANSWER_LENGTH = 500

/** The present revocation list, as far as a gate does not hold it. */
export interface CurrentList {
  seq: number
  /** Where a delta would not be shorter, or can no longer be written. */
  full?: SignedDocument
  delta?: ListDelta
}

/**
 * The revocation list that a gate is to have (R32): nothing but its number when the gate holds it, or
 * one that is newer. A list is issued here, when somebody asks and it is time. It costs one look at a row
 * while nothing has changed, so that a gate that waits may ask often.
 *
 * @param haveSeq Of the list that the gate holds; 0: none.
 */
export async function currentList(
  services: Services,
  schoolId: string,
  haveSeq: number,
): Promise<CurrentList> {
  const seq = await issueListIfDue(services, schoolId)
  if (haveSeq >= seq) return { seq }
  const answers = answersOf(services.db)
  const key = `${schoolId}/${haveSeq}/${seq}`
  const known = answers.get(key)
  if (known) return known
  const answer = await writeAnswer(services, schoolId, haveSeq)
  answers.set(`${schoolId}/${haveSeq}/${answer.seq}`, answer)
  return answer
}

async function writeAnswer(
  { db }: Services,
  schoolId: string,
  haveSeq: number,
): Promise<CurrentList> {
  const delta = haveSeq > 0 ? await findDelta(db.pool, schoolId, haveSeq) : undefined
  if (delta && isShorter(delta)) return { seq: delta.seq, delta: toDelta(delta, haveSeq) }
  const list = await findList(db.pool, schoolId)
  if (!list) throw new Error('a list was issued and is not there')
  return { seq: list.seq, full: toDocument(list) }
}

/** The header says how many hashes the whole list has. */
function isShorter({ document, added, removed }: DeltaRow): boolean {
  return added.length + removed.length < readHeader(document).count * CREDENTIAL_HASH_BYTES
}

function toDelta({ document, added, removed }: DeltaRow, fromSeq: number): ListDelta {
  return {
    fromSeq,
    ...document,
    added: added.toString('base64url'),
    removed: removed.toString('base64url'),
  }
}

function toDocument({ document, hashes }: ListRow): SignedDocument {
  const { header, ...signed } = document
  const payload = Buffer.concat([Buffer.from(header, 'base64url'), hashes])
  return { type: 'ECA1.list', ...signed, payload: payload.toString('base64url') }
}

/** Gates that wait together ask for the same, all at once. */
const caches = new WeakMap<Database, LRUCache<string, CurrentList>>()

function answersOf(db: Database): LRUCache<string, CurrentList> {
  const answers =
    caches.get(db) ??
    new LRUCache<string, CurrentList>({ maxSize: CACHE_LENGTH_MAX, sizeCalculation: lengthOf })
  caches.set(db, answers)
  return answers
}

function lengthOf({ full, delta }: CurrentList): number {
  const texts = [full?.payload, delta?.added, delta?.removed]
  return texts.reduce((length, text = '') => length + text.length, ANSWER_LENGTH)
}
