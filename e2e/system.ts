import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePorts } from '@campus-ecode/processes/free-ports'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import type { HttpsFront } from './https-front.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const READY_TIMEOUT_MS = 180_000
/** As scripts/processes.mjs names them. */
const PORTS = [
  'PORT',
  'CORE_PORT',
  'DEMO_PORT',
  'SANDBOX_PORT',
  'POS_PORT',
  'BANK_PORT',
  'ONE_CARD_PORT',
  'KEYPAD_PORT',
  'GATE_PORT',
  'SHOWER_PORT',
  'UTILITY_PORT',
  'CONSOLE_PORT',
  'ORDERING_PORT',
  'WECHAT_PORT',
  'OFFICIAL_ACCOUNT_PORT',
] as const

/** Where a running system is, as an outside client knows it. */
export interface SystemUrls {
  dataDir: string
  bffUrl: string
  coreUrl: string
  demoUrl: string
  sandboxUrl: string
  oneCardUrl: string
  posUrl: string
  /** Of the gate with a screen. */
  gateUrl: string
  /** Of the showers that can be unplugged. */
  showerUrl: string
  /** What phones reach of the core: the keypad, and the pages of collection codes. */
  keypadUrl: string
  /** Of the school's console. */
  consoleUrl: string
  /** Of the canteen that takes orders online. */
  orderingUrl: string
  /** WeChat, as the sandbox plays it. */
  wechatUrl: string
  /** Where the page of examples/wechat-official-account is known to be, once it is started. */
  officialAccountUrl: string
}

/** The whole system, started as `npm start` starts it, on ports and data of its own. */
export class System {
  readonly urls: SystemUrls
  readonly #env: Record<string, string>
  #main: ChildProcess | undefined

  private constructor(dataDir: string, ports: number[], settings: Record<string, string>) {
    const urlOf = (name: (typeof PORTS)[number]) => `http://127.0.0.1:${ports[PORTS.indexOf(name)]}`
    this.urls = {
      dataDir,
      bffUrl: urlOf('PORT'),
      coreUrl: urlOf('CORE_PORT'),
      demoUrl: urlOf('DEMO_PORT'),
      sandboxUrl: urlOf('SANDBOX_PORT'),
      oneCardUrl: urlOf('ONE_CARD_PORT'),
      posUrl: urlOf('POS_PORT'),
      gateUrl: urlOf('GATE_PORT'),
      showerUrl: urlOf('SHOWER_PORT'),
      keypadUrl: urlOf('KEYPAD_PORT'),
      orderingUrl: urlOf('ORDERING_PORT'),
      consoleUrl: urlOf('CONSOLE_PORT'),
      wechatUrl: urlOf('WECHAT_PORT'),
      officialAccountUrl: urlOf('OFFICIAL_ACCOUNT_PORT'),
    }
    this.#env = { ...settings, DATA_DIR: dataDir }
    for (const [index, name] of PORTS.entries()) this.#env[name] = String(ports[index])
  }

  /** @param settings Of the demo, beside its places. */
  static async create(settings: Record<string, string> = {}): Promise<System> {
    const dataDir = mkdtempSync(join(tmpdir(), 'campus-ecode-e2e-'))
    return new System(dataDir, await findFreePorts(PORTS.length), settings)
  }

  /** Before it starts: phones address it over https only. */
  async standBehind(front: HttpsFront): Promise<void> {
    const open = (name: (typeof PORTS)[number]) => front.open(Number(this.#env[name]))
    const demoUrl = await open('DEMO_PORT')
    const bffUrl = await open('PORT')
    const keypadUrl = await open('KEYPAD_PORT')
    Object.assign(this.urls, { demoUrl, bffUrl, keypadUrl })
    Object.assign(this.#env, {
      ...{ DEMO_ORIGIN: demoUrl, BFF_ORIGIN: bffUrl, KEYPAD_ORIGIN: keypadUrl },
      // The school's own server opens sessions there, too.
      NODE_EXTRA_CA_CERTS: front.certificateFile,
    })
  }

  /** Resolves once `ready <url>` is printed. */
  async start(): Promise<void> {
    const main = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: ROOT,
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#main = main
    let output = ''
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why}\n${output}`))
      const timer = setTimeout(() => fail('the system is not ready'), READY_TIMEOUT_MS)
      const read = (chunk: Buffer) => {
        output += chunk
        if (!/^ready https?:\/\/\S+$/m.test(output)) return
        clearTimeout(timer)
        resolve()
      }
      main.stdout.on('data', read)
      main.stderr.on('data', read)
      main.once('exit', (code, signal) => {
        clearTimeout(timer)
        fail(`the system ended (${signal ?? code})`)
      })
    })
  }

  /** As Ctrl-C does. Resolves with the exit code once everything is gone. */
  async stop(): Promise<number | null> {
    const main = this.#main
    if (!main || main.exitCode !== null || main.signalCode !== null) return main?.exitCode ?? null
    const processes = listDescendants(main.pid)
    const ended = new Promise<number | null>((done) => main.once('exit', done))
    main.kill('SIGTERM')
    const code = await ended
    await waitUntilGone(processes)
    return code
  }

  /** `kill -9` on the process that the person started. */
  async kill(): Promise<void> {
    const processes = listDescendants(this.#main?.pid)
    this.#main?.kill('SIGKILL')
    await waitUntilGone(processes)
  }

  /** As when the power goes: the database and everything else ends at once, unasked. Linux only. */
  async cutPower(): Promise<void> {
    const { pid } = this.#main ?? {}
    const processes = listDescendants(pid)
    // From the top, so that nobody is left who could tidy up.
    for (const victim of [pid, ...processes]) {
      try {
        if (victim) process.kill(victim, 'SIGKILL')
      } catch {
        // Ended by itself when its parent did.
      }
    }
    await waitUntilGone(processes)
  }

  remove(): void {
    rmSync(this.urls.dataDir, { recursive: true, force: true })
  }
}

/** What `npm start` wrote for outside clients. */
export function readDemo(dataDir: string): Demo {
  return demoSchema.parse(JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')))
}

/** Children, their children and so on; from /proc, so nothing elsewhere. */
function listDescendants(pid: number | undefined): number[] {
  if (process.platform !== 'linux') return []
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = parentOf(name)
    if (parent === undefined) continue
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const collect = (of: number): number[] =>
    (children.get(of) ?? []).flatMap((child) => [child, ...collect(child)])
  return pid === undefined ? [] : collect(pid)
}

/** proc_pid_stat(5): pid, name in parentheses, state, parent. A zombie counts as gone. */
function parentOf(pid: string): number | undefined {
  if (!/^\d+$/.test(pid)) return undefined
  try {
    const [, state, parent] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').match(/.*\) (\S) (\d+)/s) ?? []
    return state === 'Z' ? undefined : Number(parent)
  } catch {
    return undefined
  }
}

async function waitUntilGone(pids: number[]): Promise<void> {
  const deadline = Date.now() + 30_000
  while (pids.some((pid) => parentOf(String(pid)) !== undefined)) {
    if (Date.now() > deadline) throw new Error('processes are left over')
    await new Promise((done) => setTimeout(done, 100))
  }
}
