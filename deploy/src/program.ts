import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Imported by a Node child with a channel to us: it stops when we are gone, however that came about. */
const STOP_WITH_PARENT = new URL('../../scripts/lib/stop-with-parent.mjs', import.meta.url).href
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000

/** A process of ours that may be killed, stopped and started again in its place. */
export interface Program {
  readonly name: string
  readonly pid: number | undefined
  readonly isAlive: boolean
  /** Resolves when it is ready. */
  start(): Promise<void>
  /** Sends the signal; resolves with its exit code when it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export interface ProgramOptions {
  name: string
  file: string
  args?: string[]
  env: Record<string, string>
  logFile: string
  spawn?: SpawnOptions
  isReady(): Promise<boolean>
}

const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

export function describeProgram(options: ProgramOptions): Program {
  const { name, file, args = [], env, logFile, isReady } = options
  let child: ChildProcess | undefined
  const isAlive = () => child?.exitCode === null && child.signalCode === null

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const leaving = child
    if (!leaving || !isAlive()) return leaving?.exitCode ?? null
    const gone = new Promise((resolve) => leaving.once('exit', resolve))
    leaving.kill(signal)
    const late = setTimeout(() => leaving.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await gone
    clearTimeout(late)
    return leaving.exitCode
  }

  return {
    name,
    get pid() {
      return child?.pid
    },
    get isAlive() {
      return isAlive()
    },
    async start() {
      const log = openSync(logFile, 'a')
      const started = spawn(file, args, {
        env: { PATH: process.env.PATH, ...env },
        stdio: ['ignore', log, log, 'ipc'],
        ...options.spawn,
      })
      closeSync(log)
      child = started
      living.add(started)
      started.once('exit', () => living.delete(started))
      started.once('error', () => living.delete(started))
      const deadline = Date.now() + READY_TIMEOUT_MS
      while (!(await isReady())) {
        if (isAlive() && Date.now() < deadline) {
          await sleep(50)
          continue
        }
        await end('SIGKILL')
        const said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join('\n')
        throw new Error(`${name} does not become ready: ${said}`)
      }
    },
    end,
  }
}

/** A compiled program of the workspace that says at `/readyz` when it is ready. */
export function describeNodeProgram({
  entry,
  url,
  ...rest
}: Pick<ProgramOptions, 'name' | 'env' | 'logFile'> & {
  entry: string
  /** Undefined: it is ready as soon as `isReady` says so. */
  url: string
}): Program {
  return describeProgram({
    ...rest,
    file: process.execPath,
    args: [`--import=${STOP_WITH_PARENT}`, join(ROOT, entry)],
    isReady: () => answers(`${url}/readyz`),
  })
}

/** Runs a compiled program to its end; throws with what it printed unless it ended well. */
export async function runProgram(
  entry: string,
  args: string[],
  env: Record<string, string>,
): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, entry), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  living.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  await new Promise((resolve) => child.once('close', resolve))
  living.delete(child)
  if (child.exitCode !== 0) throw new Error(`${args[0] ?? entry} failed: ${output.trim()}`)
  return output
}

export async function answers(url: string): Promise<boolean> {
  try {
    const answer = await request(url, { signal: AbortSignal.timeout(2_000) })
    await answer.body.dump()
    return answer.statusCode === 200
  } catch {
    return false
  }
}
