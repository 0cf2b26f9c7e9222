import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** A file that is written piece by piece, and what it was in the end. */
export async function openHashedFile(path: string) {
  const file = await open(path, 'wx')
  const hash = createHash('sha256')
  let bytes = 0
  return {
    async write(text: string): Promise<void> {
      const piece = Buffer.from(text, 'utf8')
      hash.update(piece)
      bytes += piece.length
      await file.writeFile(piece)
    },
    /** On disk, then closed. */
    async end(): Promise<{ bytes: number; sha256: string }> {
      await file.sync()
      await file.close()
      return { bytes, sha256: hash.digest('hex') }
    },
    close: () => file.close(),
  }
}
export type HashedFile = Awaited<ReturnType<typeof openHashedFile>>
