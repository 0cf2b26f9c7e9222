import { spawn } from 'node:child_process'
import type { Payment, Refund } from '@campus-ecode/protocol/payments'
import type { Problem } from '@campus-ecode/protocol/problem'
import { ROOT } from './system.ts'

/** What the terminal kit's command line answered: one JSON line and an exit code. */
export interface TillAnswer {
  /** 0 paid, 1 refused, 2 unknown. */
  exitCode: number | null
  line: Partial<Omit<Payment, 'status'> & Omit<Refund, 'status'> & Omit<Problem, 'status'>> & {
    /** Of the payment or refund, or the HTTP status of a refusal. */
    status?: string | number
  }
}

/** A cashier with the terminal kit, run as its own process. */
export class Till {
  readonly #dataDir: string
  readonly #terminal: string | undefined
  #orders = 0

  /** @param terminal Id of a terminal of demo.json; otherwise its first. */
  constructor(dataDir: string, terminal?: string) {
    this.#dataDir = dataDir
    this.#terminal = terminal
  }

  newOrderNo(): string {
    this.#orders += 1
    return `e2e-${Date.now().toString(36)}-${process.pid}-${this.#orders}`
  }

  /** @param options Further options of the command, for example `['--patience', '5']`. */
  pay(
    code: string,
    yuan: string,
    orderNo = this.newOrderNo(),
    options: string[] = [],
  ): Promise<TillAnswer> {
    return this.#run('pay', ['--code', code, '--amount', yuan, '--order', orderNo, ...options])
  }

  query(orderNo: string): Promise<TillAnswer> {
    return this.#run('query', ['--order', orderNo])
  }

  reverse(orderNo: string): Promise<TillAnswer> {
    return this.#run('reverse', ['--order', orderNo])
  }

  refund(orderNo: string, yuan: string, refundNo = this.newOrderNo()): Promise<TillAnswer> {
    return this.#run('refund', ['--order', orderNo, '--amount', yuan, '--refund', refundNo])
  }

  async #run(command: string, args: string[]): Promise<TillAnswer> {
    const terminal = this.#terminal ? ['--terminal', this.#terminal] : []
    const child = spawn(
      process.execPath,
      ['packages/terminal/dist/cli.js', command, ...args, ...terminal],
      {
        cwd: ROOT,
        env: { ...process.env, DATA_DIR: this.#dataDir },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    const exitCode = await new Promise<number | null>((done) => child.once('close', done))
    const lines = output.trim().split('\n')
    if (lines.length !== 1 || !lines[0]?.startsWith('{')) {
      throw new Error(`the till did not print one JSON line (${exitCode})\n${output}${errors}`)
    }
    return { exitCode, line: JSON.parse(lines[0]) }
  }
}
