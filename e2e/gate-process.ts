import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AccessRefusal } from '@campus-ecode/protocol/access-refusals'
import type { Sentences } from '@campus-ecode/protocol/errors'
import { ROOT } from './system.ts'

/** What the terminal kit's gate prints for a code. */
export interface Reading {
  result: 'opened' | 'refused'
  refusal: AccessRefusal | null
  message: Sentences | null
  recordId: string | null
}

export interface GateSetting {
  dataDir: string
  /** As it is called in demo.json. */
  name: string
  /** Where it keeps what it holds, if not where the same gate did before. */
  folder?: string
  offline?: boolean
  /** A file that somebody has brought. */
  documents?: string
  /** How fast this machine's clock is. */
  aheadSeconds?: number
}

/** A gate: the terminal kit's command line, run as its own process. */
export class GateProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #notes = ''

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    child.stderr.on('data', (chunk) => {
      this.#notes += chunk
    })
  }

  static start({ dataDir, name, folder, offline, documents, aheadSeconds }: GateSetting) {
    const child = spawn(
      process.execPath,
      [
        ...(aheadSeconds === undefined ? [] : ['--import', shiftClock(aheadSeconds)]),
        ...['packages/terminal/dist/cli.js', 'gate', '--gate', name],
        ...(folder === undefined ? [] : ['--dir', join(dataDir, 'e2e-gates', folder)]),
        ...(offline ? ['--offline'] : []),
        ...(documents === undefined ? [] : ['--documents', documents]),
      ],
      { cwd: ROOT, env: { ...process.env, DATA_DIR: dataDir }, stdio: 'pipe' },
    )
    return new GateProcess(child)
  }

  /** Holds a code to it. */
  async read(code: string): Promise<Reading> {
    this.#child.stdin.write(`${code}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`the gate has ended: ${this.#notes}`)
    return JSON.parse(value)
  }

  /** Why it stays shut, or `opened`. */
  async judge(code: string): Promise<AccessRefusal | 'opened'> {
    const { refusal } = await this.read(code)
    return refusal ?? 'opened'
  }

  /** What it has said to whoever looks after it: warnings, and what came of uploads. */
  get notes(): string {
    return this.#notes
  }

  /** Nobody comes any more: it uploads what it can and ends. */
  async stop(): Promise<void> {
    const ended = once(this.#child, 'close')
    this.#child.stdin.end()
    await ended
  }

  async cutPower(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await ended
  }
}

/** A module that sets the clock of the process that loads it first. */
function shiftClock(aheadSeconds: number): string {
  const code = `
    const now = Date.now
    Date.now = () => now() + ${aheadSeconds * 1000}
    globalThis.Date = new Proxy(Date, {
      construct: (target, given) => new target(...(given.length ? given : [Date.now()])),
    })`
  return `data:text/javascript,${encodeURIComponent(code)}`
}
