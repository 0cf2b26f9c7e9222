import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * An append-only file, one JSON line an entry. An entry is on disk before `append` returns, so what
 * was answered survives `kill -9`; a line that a crash cut short was never answered and is dropped.
 */
export function openJournal<T>(file: string): Journal<T> {
  mkdirSync(dirname(file), { recursive: true })
  const fd = openSync(file, 'a+', 0o600)
  const text = readFileSync(file, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) ftruncateSync(fd, Buffer.byteLength(whole))
  const entries = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
  return {
    entries,
    append(entry) {
      writeSync(fd, `${JSON.stringify(entry)}\n`)
      fdatasyncSync(fd)
      entries.push(entry)
    },
    close: () => closeSync(fd),
  }
}

export interface Journal<T> {
  /** All of them, oldest first. */
  readonly entries: T[]
  append(entry: T): void
  close(): void
}
