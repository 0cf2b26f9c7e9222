import { readFileSync } from 'node:fs'

const POLL_MS = 250

/**
 * Calls back when the npm that runs us ends. One that is killed outright can tell nobody, but its
 * child, we or the shell in between, gets another parent. Linux only: elsewhere nothing happens.
 */
export function onNpmEnd(callback) {
  if (process.platform !== 'linux') return
  const child = [process.pid, process.ppid].find((pid) => isNpm(parentOf(pid)))
  if (!child) return
  const npm = parentOf(child)
  setInterval(() => parentOf(child) !== npm && callback(), POLL_MS).unref()
}

function isNpm(pid) {
  return /^npm\b/.test(read(`/proc/${pid}/cmdline`))
}

/** proc_pid_stat(5): pid, name in parentheses, state, parent. */
function parentOf(pid) {
  return Number(read(`/proc/${pid}/stat`).match(/.*\) \S (\d+)/s)?.[1])
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
