import { brotliCompressSync, gzipSync } from 'node:zlib'

export interface Weight {
  gzipBytes: number
  brotliBytes: number
}

/** What a page downloads for these files, each compressed on its own, as it is served. */
export function weigh(files: readonly (string | Uint8Array)[]): Weight {
  return {
    gzipBytes: sum(files.map((file) => gzipSync(file, { level: 9 }).length)),
    brotliBytes: sum(files.map((file) => brotliCompressSync(file).length)),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
