import type { DiaryLine } from './diary.ts'

/** The clocks of the core processes, which a run moves on purpose. */
export interface Clocks {
  /** How far this core's clock may have been ahead of the true one, at some moment of these. */
  aheadMs(core: string, fromMs: number, toMs: number): { least: number; most: number }
}

/** The diary says it first; a core has its new clock within this long after, or the run is broken off. */
const TAKES_OVER_MS = 6_000

export function createClocks(lines: DiaryLine[]): Clocks {
  const shifts = new Map<string, { atMs: number; aheadMs: number }[]>()
  for (const line of lines) {
    if (line.line !== 'disturbance') continue
    const { core, atMs } = line
    // Whoever is started again has a right clock.
    const aheadMs = line.what === 'kill-core' ? 0 : line.aheadMs
    if (line.what !== 'shift-clock' && line.what !== 'kill-core') continue
    if (core === undefined || aheadMs === undefined) throw new Error('a clock was moved: whose?')
    shifts.set(core, [...(shifts.get(core) ?? []), { atMs, aheadMs }])
  }
  return {
    aheadMs(core, fromMs, toMs) {
      const settings = [{ atMs: -Infinity, aheadMs: 0 }, ...(shifts.get(core) ?? [])]
      // A setting counts from its line until the next one has surely been taken over.
      const possible = settings.filter(({ atMs }, i) => {
        const until = (settings[i + 1]?.atMs ?? Infinity) + TAKES_OVER_MS
        return atMs <= toMs && until >= fromMs
      })
      const ahead = possible.map(({ aheadMs }) => aheadMs)
      return { least: Math.min(...ahead), most: Math.max(...ahead) }
    },
  }
}
