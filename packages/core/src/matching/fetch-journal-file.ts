import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { journalFilePath } from '@campus-ecode/protocol/journal-file'
import { request } from 'undici'
import { fill, type PortConfig } from '../ports/signed-client.ts'

const DEADLINE_MS = 300_000
/** Two million lines. */
const FILE_BYTES_MAX = 256 * 1024 * 1024

/**
 * Fetches an outside system's file of a day. It is held whole in memory, for its signature covers all of it.
 * Throws when it cannot be had, is too long or is not signed for this request.
 *
 * @returns undefined when they have none for the day.
 */
export async function fetchJournalFile(
  { url, key, now }: Pick<PortConfig, 'url' | 'key' | 'now'>,
  day: string,
): Promise<Uint8Array | undefined> {
  const { origin, pathname } = new URL(url)
  const target = pathname.replace(/\/$/, '') + fill(journalFilePath, { day })
  const signed = signRequest({ method: 'GET', origin, target, headers: {}, key, nowMs: now() })
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const answer = await request(origin + target, { headers: signed.headers, signal })
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer.body as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > FILE_BYTES_MAX) throw new Error('the daily file is too long')
    pieces.push(piece)
  }
  const body = Buffer.concat(pieces)
  const verified = await verifyResponse({
    status: answer.statusCode,
    headers: answer.headers,
    body,
    requestSignature: signed.signature,
    findKey: (keyId) => (keyId === key.keyId ? key : undefined),
    nowMs: now(),
  })
  if (!verified.ok) throw new Error(`the daily file is not signed (status ${answer.statusCode})`)
  if (answer.statusCode === 404) return undefined
  if (answer.statusCode !== 200) throw new Error(`no daily file (status ${answer.statusCode})`)
  return body
}
