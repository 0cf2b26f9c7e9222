import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { WaterSession } from '@campus-ecode/protocol/water'
import { ROOT } from './system.ts'

/** What the terminal kit's shower prints. */
export interface ShowerLine {
  kind?: 'running' | 'refused' | 'unknown' | 'busy'
  code?: string
  phase?: 'idle' | 'starting' | 'running' | 'ending'
  isOpen?: boolean
  opened?: boolean
  totalMl?: number
  session?: WaterSession | null
}

/** A shower controller: the terminal kit's command line, run as its own process. */
export class ShowerProcess {
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

  /** @param dir What it keeps; the same one again is the same controller with its power back. */
  static start(options: { dataDir: string; terminal: string; dir: string }): ShowerProcess {
    const { dataDir, terminal, dir } = options
    const child = spawn(
      process.execPath,
      ['packages/terminal/dist/cli.js', 'shower', '--terminal', terminal, '--dir', dir],
      { cwd: ROOT, env: { ...process.env, DATA_DIR: dataDir }, stdio: 'pipe' },
    )
    return new ShowerProcess(child)
  }

  async say(line: string): Promise<ShowerLine> {
    this.#child.stdin.write(`${line}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`the shower has ended: ${this.#notes}`)
    return JSON.parse(value)
  }

  /** How its valve stands. */
  get valve(): 'open' | 'shut' | undefined {
    return /valve (open|shut)\n$/.exec(this.#notes)?.[1] as 'open' | 'shut' | undefined
  }

  async cutPower(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await ended
  }
}
