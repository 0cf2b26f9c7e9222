import { cpus, release, totalmem } from 'node:os'

/** What the figures were measured on, in one line. */
export function describeMachine(): string {
  const cores = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const model = cores[0]?.model.trim() ?? 'unknown processor'
  return `${cores.length} × ${model}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.versions.node}`
}
