import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'

/** Passes bytes on and knows in the end how many they were and what they hash to. */
export function hashThrough() {
  const hash = createHash('sha256')
  let bytes = 0
  const stream = new Transform({
    transform(part: Buffer, _, done) {
      hash.update(part)
      bytes += part.length
      done(null, part)
    },
  })
  return { stream, result: () => ({ bytes, sha256: hash.digest('hex') }) }
}
