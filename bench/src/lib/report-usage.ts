/** Loaded into every measured process before its program: tells what it uses, and ends with its parent. */
import { onQuestion } from './questions.ts'

/** What a process has used, as it counts itself. */
export interface Usage {
  /** User and system, all threads. */
  cpuMs: number
  rssBytes: number
  heapBytes: number
}

onQuestion('usage', (): Usage => {
  // Only there when it was asked for on the command line: then memory is what is really held.
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return { cpuMs: (user + system) / 1000, rssBytes: rss, heapBytes: heapUsed }
})
process.on('disconnect', () => process.exit())
