import { encodeRevocationList, LIST_HEADER_BYTES } from '@campus-ecode/protocol/revocation-list'
import { lockAccessState } from '../access-keys/store.ts'
import { withPresentKey } from '../access-keys/with-present-key.ts'
import type { Database, Queryable } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import {
  findListed,
  findListState,
  type ListSignature,
  type ListStateRow,
  numberList,
  saveList,
} from './store.ts'

/** Another list is made at this age at the latest, when somebody asks. */
const RENEW_MS = 30 * 60_000
/** What a list promises: the next one comes before. */
const NEXT_UPDATE_SECONDS = 3_600
/** A credential stays on the list for so long after its end, for gates whose clock is slow. */
const KEPT_MS = 3_600_000

/**
 * Issues a revocation list when it is time: credentials were revoked since the last, or it has become old, or
 * is signed by a key that signs no more. Of any number that do so at once, one does.
 *
 * @returns The number of the present list.
 */
export async function issueListIfDue(services: Services, schoolId: string): Promise<number> {
  const held = await readState(services, services.db.pool, schoolId)
  if (!isDue(held, services.now())) return held.seq
  return onceAtATime(services.db, schoolId, () => issueList(services, schoolId))
}

function issueList(services: Services, schoolId: string): Promise<number> {
  return withPresentKey(services, schoolId, async (tx, holdKey) => {
    await lockAccessState(tx, schoolId)
    const key = await holdKey()
    // Somebody else may have been faster.
    const { seq: heldSeq, ...held } = await readState(services, tx, schoolId)
    if (!isDue(held, services.now())) return heldSeq
    const seq = heldSeq + 1
    await numberList(tx, schoolId, seq, endedBefore(services))
    const issued = Math.floor(services.now() / 1000)
    const payload = encodeRevocationList({
      school: schoolId,
      seq,
      issued,
      nextUpdate: issued + NEXT_UPDATE_SECONDS,
      minNotBefore: minNotBefore(held),
      hashes: await findListed(tx, schoolId),
    })
    const { algorithm, key_id: keyId } = key
    const { keys } = services
    const signature = await keys.signDocument(schoolId, algorithm, keyId, 'ECA1.list', payload)
    await saveList(tx, schoolId, seq, {
      algorithm,
      keyId,
      header: Buffer.from(payload.subarray(0, LIST_HEADER_BYTES)).toString('base64url'),
      signature: Buffer.from(signature).toString('base64url'),
    })
    return seq
  })
}

async function readState(
  services: Services,
  on: Queryable,
  schoolId: string,
): Promise<ListStateRow> {
  const at = new Date(services.now())
  const state = await findListState(on, schoolId, at, endedBefore(services))
  if (!state) throw new Error('there is no such school')
  return state
}

function isDue(state: Omit<ListStateRow, 'seq'>, nowMs: number): boolean {
  const { document, pending, signing_key } = state
  if (!document || pending || document.keyId !== signing_key) return true
  const header = readHeader(document)
  return nowMs - header.issued * 1000 > RENEW_MS || header.minNotBefore !== minNotBefore(state)
}

/** What of a list is known without its hashes. */
export function readHeader({ header }: Pick<ListSignature, 'header'>) {
  const bytes = Buffer.from(header, 'base64url')
  return {
    issued: bytes.readUInt32BE(6),
    minNotBefore: bytes.readUInt32BE(14),
    count: bytes.readUInt32BE(18),
  }
}

/** Up to the next whole second: what began within it is revoked too. */
function minNotBefore({ not_before }: Pick<ListStateRow, 'not_before'>): number {
  return not_before ? Math.ceil(not_before.getTime() / 1000) : 0
}

function endedBefore({ now }: Services): Date {
  return new Date(now() - KEPT_MS)
}

/** Within a process nobody queues for the school's row, holding a connection each. */
const issuing = new WeakMap<Database, Map<string, Promise<number>>>()

function onceAtATime(
  db: Database,
  schoolId: string,
  issue: () => Promise<number>,
): Promise<number> {
  const running = issuing.get(db) ?? new Map<string, Promise<number>>()
  issuing.set(db, running)
  const mine =
    running.get(schoolId) ??
    issue().finally(() => {
      running.delete(schoolId)
    })
  running.set(schoolId, mine)
  return mine
}
