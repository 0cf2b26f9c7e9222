import type { SpawnOptions } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type Child,
  runChild,
  STOP_WITH_PARENT,
  startChild,
} from '@campus-ecode/processes/children'
import { isReady as isServerReady } from '@campus-ecode/processes/is-ready'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const READY_TIMEOUT_MS = 180_000

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

export function describeProgram(options: ProgramOptions): Program {
  const { name, file, args = [], env, logFile, isReady } = options
  let child: Child | undefined

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    await child?.stop(signal)
    return child?.process.exitCode ?? null
  }

  return {
    name,
    get pid() {
      return child?.process.pid
    },
    get isAlive() {
      return child?.isAlive() ?? false
    },
    async start() {
      const log = openSync(logFile, 'a')
      child = startChild(file, args, {
        env: { PATH: process.env.PATH, ...env },
        stdio: ['ignore', log, log, 'ipc'],
        ...options.spawn,
      })
      closeSync(log)
      const deadline = Date.now() + READY_TIMEOUT_MS
      while (!(await isReady())) {
        if (child.isAlive() && Date.now() < deadline) {
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
    isReady: () => isServerReady(url),
  })
}

/** Runs a compiled program to its end; throws with what it printed unless it ended well. */
export function runProgram(
  entry: string,
  args: string[],
  env: Record<string, string>,
): Promise<string> {
  return runChild(process.execPath, [join(ROOT, entry), ...args], {
    env: { PATH: process.env.PATH, ...env },
  })
}
