import { readdirSync, readFileSync } from 'node:fs'

/** Of /proc, on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100

interface Stat {
  parent: number
  /** utime + stime, then those of children that ended and were waited for. */
  own: number
  ended: number
}

/** Processor time of a process, of all below it, and of those below it that have ended. Linux only. */
export function cpuMsOfTree(pid: number): number {
  const stats = new Map<number, Stat>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined
    if (stat) stats.set(Number(name), stat)
  }
  const sum = (of: number): number => {
    const { own = 0, ended = 0 } = stats.get(of) ?? {}
    const children = [...stats].filter(([, stat]) => stat.parent === of)
    return own + ended + children.reduce((total, [child]) => total + sum(child), 0)
  }
  return (sum(pid) * 1000) / TICKS_PER_SECOND
}

/** proc_pid_stat(5): after the name in parentheses come state, parent, …; 14 to 17 are the times. */
function readStat(pid: string): Stat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15)
  return { parent: fields[1] ?? 0, own: utime + stime, ended: cutime + cstime }
}
