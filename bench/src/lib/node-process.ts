import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Question, READY, type Reply } from './questions.ts'
import type { Usage } from './report-usage.ts'

/** A Node.js program in a process of its own, which says what it uses. It never outlives us. */
export interface NodeProcess {
  /** What its program says with sayReady(); one that is not ours never does. */
  ready: Promise<unknown>
  /** Asks its program, which answers with onQuestion(). Rejects when the process ends instead. */
  ask<Answer>(name: string, input?: unknown): Promise<Answer>
  usage(): Promise<Usage>
  stop(): Promise<void>
}

export interface NodeProgram {
  entry: URL
  env?: Record<string, string>
  /** The core it runs on, where canPin(). */
  cpu?: number
  /** Lets it collect garbage before it says what it holds. */
  collects?: boolean
  /** Where its standard output goes; nowhere unless told. */
  logFile?: string
}

export function startNode(program: NodeProgram): NodeProcess {
  const { entry, env = {}, cpu, collects = false, logFile = '/dev/null' } = program
  const log = openSync(logFile, 'a')
  const child = fork(fileURLToPath(entry), {
    execArgv: [
      ...(collects ? ['--expose-gc'] : []),
      ...['--import', new URL('./report-usage.js', import.meta.url).href],
    ],
    env: { ...process.env, ...env },
    stdio: ['ignore', log, 'inherit', 'ipc'],
  })
  closeSync(log)
  if (cpu !== undefined && canPin()) {
    spawnSync('taskset', ['-a', '-c', '-p', String(cpu), String(child.pid)])
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const { ask, ready } = createAsk(child)
  return {
    ready,
    ask,
    usage: () => ask<Usage>('usage'),
    async stop() {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await ended
      clearTimeout(killer)
    },
  }
}

/** Whether processes can be given a core each, so that the one measured shares its own with nobody of ours. */
export function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0
}

const STOP_TIMEOUT_MS = 5_000

function createAsk(child: ChildProcess): Pick<NodeProcess, 'ask' | 'ready'> {
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  let lastId = READY
  const wait = (id: number) =>
    new Promise((resolve, reject) => waiting.set(id, { resolve, reject })).finally(() =>
      waiting.delete(id),
    )
  child.on('message', ({ id, answer }: Reply) => waiting.get(id)?.resolve(answer))
  child.once('exit', (code, signal) => {
    const error = new Error(`${child.spawnargs.at(-1)} ended (${signal ?? code})`)
    for (const { reject } of waiting.values()) reject(error)
  })
  const ready = wait(READY)
  // Of no interest where a program never says it.
  ready.catch(() => {})
  return {
    ready,
    ask<Answer>(name: string, input?: unknown) {
      const question: Question = { id: ++lastId, name, input }
      const answer = wait(question.id)
      child.send(question)
      return answer as Promise<Answer>
    },
  }
}
