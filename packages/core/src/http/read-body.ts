import type { IncomingMessage } from 'node:http'

/** Nothing but an operator's tables is longer; a scanned code has at most 512 characters. */
export const BODY_BYTES_MAX = 16 * 1024

const EMPTY = Buffer.alloc(0)

/**
 * The bytes of a request as they arrived.
 *
 * @param bytesMax Where less is taken, or more.
 * @returns 'too_large' as soon as that is known, without reading on; 'cut' when the sender went away.
 */
export function readBody(
  incoming: IncomingMessage,
  bytesMax = BODY_BYTES_MAX,
): Promise<Buffer | 'too_large' | 'cut'> {
  const declared = incoming.headers['content-length']
  if (declared === undefined && incoming.headers['transfer-encoding'] === undefined) {
    return Promise.resolve(EMPTY)
  }
  if (Number(declared) > bytesMax) return Promise.resolve('too_large')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > bytesMax) {
        incoming.removeAllListeners('data')
        resolve('too_large')
        return
      }
      chunks.push(chunk)
    })
    incoming.once('end', () => {
      const [first] = chunks
      resolve(first && chunks.length === 1 ? first : Buffer.concat(chunks))
    })
    incoming.once('error', () => resolve('cut'))
    incoming.once('close', () => resolve('cut'))
  })
}
