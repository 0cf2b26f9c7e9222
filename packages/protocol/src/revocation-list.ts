import { CREDENTIAL_BODY_BYTES } from './access-code.ts'

// Payload of `ECA1.list` (R32): docs/codes.md, "Revocation list". Binary, because it may hold tens of
// thousands of entries and gates are small.

/** Bytes of the hash by which a credential stands in the list. */
export const CREDENTIAL_HASH_BYTES = 8
/** Bytes before the first hash. */
export const LIST_HEADER_BYTES = 22
/** From this age on a gate follows its own policy for stale lists. */
export const LIST_STALE_SECONDS = 86_400

export interface RevocationListHeader {
  /** Four digits. */
  school: string
  /** Rises with every issue; a gate refuses a lower one than it holds. */
  seq: number
  issued: number
  /** When the next is to be expected at the latest. */
  nextUpdate: number
  /** Credentials that begin before this are revoked, all of them; 0: none. */
  minNotBefore: number
}

export interface RevocationList extends RevocationListHeader {
  /** Sorted, each once, 8 bytes each: the view into the payload. */
  hashes: Uint8Array
}

/**
 * u16 school ‖ u32 seq ‖ u32 issued ‖ u32 nextUpdate ‖ u32 minNotBefore ‖ u32 count ‖ count hashes.
 *
 * @param hashes Sorted, each once, `CREDENTIAL_HASH_BYTES` each.
 */
export function encodeRevocationList(list: RevocationList): Uint8Array<ArrayBuffer> {
  const count = list.hashes.length / CREDENTIAL_HASH_BYTES
  if (!Number.isInteger(count)) throw new RangeError('hashes are eight bytes each')
  const bytes = new Uint8Array(LIST_HEADER_BYTES + list.hashes.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, Number(list.school))
  view.setUint32(2, list.seq)
  view.setUint32(6, list.issued)
  view.setUint32(10, list.nextUpdate)
  view.setUint32(14, list.minNotBefore)
  view.setUint32(18, count)
  bytes.set(list.hashes, LIST_HEADER_BYTES)
  return bytes
}

/** @returns undefined unless the payload is exactly one list, numbered from 1, its hashes rising. */
export function parseRevocationList(payload: Uint8Array): RevocationList | undefined {
  if (payload.length < LIST_HEADER_BYTES) return undefined
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const school = view.getUint16(0)
  const hashes = payload.subarray(LIST_HEADER_BYTES)
  if (school > 9999 || view.getUint32(18) * CREDENTIAL_HASH_BYTES !== hashes.length)
    return undefined
  const list = {
    school: String(school).padStart(4, '0'),
    seq: view.getUint32(2),
    issued: view.getUint32(6),
    nextUpdate: view.getUint32(10),
    minNotBefore: view.getUint32(14),
    hashes,
  }
  return list.seq > 0 && isRising(hashes) ? list : undefined
}

/** Whether a sorted list holds a hash. */
export function isRevoked({ hashes }: Pick<RevocationList, 'hashes'>, hash: Uint8Array): boolean {
  let low = 0
  let high = hashes.length / CREDENTIAL_HASH_BYTES - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const order = compareHashes(hashes, middle * CREDENTIAL_HASH_BYTES, hash, 0)
    if (order === 0) return true
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return false
}

/** The bytes whose SHA-256, cut to 8 bytes, names a credential. */
export function revocableBytes(code: Uint8Array): Uint8Array {
  return code.subarray(0, CREDENTIAL_BODY_BYTES)
}

/** What turns one list into the next; both sorted. */
export interface RevocationDelta {
  added: Uint8Array
  removed: Uint8Array
}

/**
 * Applies a delta. Nothing of it is signed: the gate writes the new list's payload with it and checks the
 * new list's own signature, so a wrong delta can only fail.
 *
 * @returns The new hashes, sorted.
 */
export function applyRevocationDelta(
  hashes: Uint8Array,
  { added, removed }: RevocationDelta,
): Uint8Array {
  const kept: number[] = []
  let gone = 0
  for (let at = 0; at < hashes.length; at += CREDENTIAL_HASH_BYTES) {
    while (gone < removed.length && compareHashes(removed, gone, hashes, at) < 0) {
      gone += CREDENTIAL_HASH_BYTES
    }
    if (gone < removed.length && compareHashes(removed, gone, hashes, at) === 0) continue
    kept.push(at)
  }
  const result = new Uint8Array(kept.length * CREDENTIAL_HASH_BYTES + added.length)
  let to = 0
  let next = 0
  const take = (from: Uint8Array, at: number) => {
    result.set(from.subarray(at, at + CREDENTIAL_HASH_BYTES), to)
    to += CREDENTIAL_HASH_BYTES
  }
  for (const at of kept) {
    while (next < added.length && compareHashes(added, next, hashes, at) < 0) {
      take(added, next)
      next += CREDENTIAL_HASH_BYTES
    }
    take(hashes, at)
  }
  for (; next < added.length; next += CREDENTIAL_HASH_BYTES) take(added, next)
  return result
}

function isRising(hashes: Uint8Array): boolean {
  for (let at = CREDENTIAL_HASH_BYTES; at < hashes.length; at += CREDENTIAL_HASH_BYTES) {
    if (compareHashes(hashes, at - CREDENTIAL_HASH_BYTES, hashes, at) >= 0) return false
  }
  return true
}

function compareHashes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  for (let i = 0; i < CREDENTIAL_HASH_BYTES; i++) {
    const difference = (a[aAt + i] ?? 0) - (b[bAt + i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
