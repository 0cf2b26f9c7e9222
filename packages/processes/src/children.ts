import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/** A process that we started, and that does not outlive us. */
export interface Child {
  readonly process: ChildProcess
  /** Resolves, whatever the reason, when it is gone. */
  readonly ended: Promise<void>
  readonly isAlive: () => boolean
  /** Sends the signal and waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Asks it to leave, and ends it when it does not. */
  stop(signal: NodeJS.Signals): Promise<void>
}

/** A server drains, then answers for at most ten seconds what has begun. */
const STOP_MS_MAX = 30_000

/**
 * Imported by a Node child with a channel to us: it stops when we are gone, however that came about.
 */
export const STOP_WITH_PARENT = new URL(
  '../../../scripts/lib/stop-with-parent.mjs',
  import.meta.url,
).href

/** All that live now; ended by pid when we end for a reason that leaves no time. */
const living = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

export function startChild(file: string, args: string[], options: SpawnOptions): Child {
  const child = spawn(file, args, options)
  living.add(child)
  let isAlive = true
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      isAlive = false
      living.delete(child)
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  function kill(signal: NodeJS.Signals): Promise<void> {
    if (isAlive) child.kill(signal)
    return ended
  }
  return {
    process: child,
    ended,
    isAlive: () => isAlive,
    kill,
    async stop(signal) {
      const late = setTimeout(() => kill('SIGKILL'), STOP_MS_MAX)
      await kill(signal)
      clearTimeout(late)
    },
  }
}

/** Runs a program to its end and gives what it printed; throws with it unless it ended well. */
export async function runChild(
  file: string,
  args: string[],
  options: SpawnOptions,
): Promise<string> {
  const child = startChild(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.process.stdout, child.process.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  // After its end there may be output left to read.
  await new Promise((resolve) => child.process.once('close', resolve))
  if (child.process.exitCode !== 0) throw new Error(`${args[0] ?? file} failed: ${output.trim()}`)
  return output
}
