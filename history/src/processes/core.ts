import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, STOP_WITH_PARENT, startChild } from '@campus-ecode/processes/children'
import { isReady } from '@campus-ecode/processes/is-ready'
import type { ClockMessage } from './shifted-clock.ts'

const START_TIMEOUT_MS = 30_000
const CLOCK = new URL('shifted-clock.js', import.meta.url).href

/** One core process, which comes back at the same port each time it is started. */
export interface Core {
  readonly name: string
  readonly port: number
  /** Where phones reach the keypad page. */
  readonly keypadPort: number
  /** How far its clock is ahead of the true one. */
  readonly aheadMs: number
  readonly isAlive: boolean
  /** Whether it has ever ended by itself, which nothing that is done to it may make it do. */
  readonly hasFallen: boolean
  /** Answers when it serves. A started core's clock is right. */
  start(): Promise<void>
  /** `kill -9`; it is dead when this resolves. */
  kill(): Promise<void>
  /** Sets its clock; resolves when it has. */
  shiftClock(aheadMs: number): Promise<void>
  stop(): Promise<void>
}

export function createCore({
  name,
  port,
  keypadPort,
  coreDir,
  logFile,
  env,
}: {
  name: string
  port: number
  keypadPort: number
  /** Of packages/core, or of a copy of it. */
  coreDir: string
  logFile: string
  env: Record<string, string>
}): Core {
  let child: Child | undefined
  let aheadMs = 0
  let isLeaving = false
  let hasFallen = false

  async function waitUntilItServes(started: Child): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS
    while (started.isAlive()) {
      if (await isReady(`http://127.0.0.1:${port}`)) return
      if (Date.now() > deadline) throw new Error(`core ${name} does not become ready`)
      await sleep(30)
    }
    const said = readFileSync(logFile, 'utf8').trim().split('\n').at(-1)
    throw new Error(`core ${name} ended while it was starting: ${said}`)
  }

  return {
    name,
    port,
    keypadPort,
    get aheadMs() {
      return aheadMs
    },
    get hasFallen() {
      return hasFallen
    },
    get isAlive() {
      return child?.isAlive() ?? false
    },
    async start() {
      aheadMs = 0
      isLeaving = false
      const log = openSync(logFile, 'a')
      child = startChild(process.execPath, [join(coreDir, 'dist/main.js')], {
        env: {
          PATH: process.env.PATH,
          ...env,
          CORE_PORT: String(port),
          KEYPAD_PORT: String(keypadPort),
          NODE_OPTIONS: `--import=${STOP_WITH_PARENT} --import=${CLOCK}`,
        },
        stdio: ['ignore', log, log, 'ipc'],
      })
      closeSync(log)
      void child.ended.then(() => {
        hasFallen ||= !isLeaving
      })
      await waitUntilItServes(child)
    },
    async kill() {
      isLeaving = true
      await child?.kill('SIGKILL')
    },
    async shiftClock(ms) {
      const { process: target } = child ?? {}
      if (!target?.connected) return
      const acknowledged = once(target, 'message', { signal: AbortSignal.timeout(5_000) })
      target.send({ aheadMs: ms } satisfies ClockMessage)
      aheadMs = ms
      await acknowledged
    },
    async stop() {
      isLeaving = true
      await child?.stop('SIGTERM')
    },
  }
}
