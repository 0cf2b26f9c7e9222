import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { createKeyClient } from './key-client.ts'

const START_TIMEOUT_MS = 10_000
const RESTART_DELAY_MS_MIN = 50
const RESTART_DELAY_MS_MAX = 5_000
/** `sun_path` has 104 bytes on macOS, 108 on Linux. */
const SOCKET_PATH_LENGTH_MAX = 100

export interface KeyProcess {
  socketPath: string
  /** Of the child that serves now; for tests and the log. */
  pid(): number | undefined
  stop(): Promise<void>
}

/**
 * Starts the key process as a child and starts it again whenever it ends by itself.
 *
 * @param keysDir Where its keyring is; a directory and a keyring are made on first use.
 * @param program Of the key process, compiled.
 */
export async function startKeyProcess(
  keysDir: string,
  log: Logger,
  program = fileURLToPath(new URL('main.js', import.meta.url)),
): Promise<KeyProcess> {
  const directory = resolve(keysDir)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const socketPath = await chooseSocketPath(directory)
  let child: ChildProcess | undefined
  let stopping = false
  let delayMs = RESTART_DELAY_MS_MIN

  function start(): void {
    const startedAt = Date.now()
    child = spawn(process.execPath, [program], {
      // Nothing of our own environment: it holds secrets that are none of the key process's business.
      env: { KEYS_DIR: directory, KEY_SOCKET: socketPath, NODE_ENV: process.env.NODE_ENV },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Ctrl-C is for the core alone, which needs keys until its last answer.
      detached: process.platform !== 'win32',
    })
    child.once('error', (error) => log.error({ error }, 'the key process cannot be started'))
    child.once('close', (code, signal) => {
      if (stopping) return
      log.error({ code, signal }, 'the key process ended; starting it again')
      if (Date.now() - startedAt > RESTART_DELAY_MS_MAX) delayMs = RESTART_DELAY_MS_MIN
      setTimeout(() => !stopping && start(), delayMs)
      delayMs = Math.min(delayMs * 2, RESTART_DELAY_MS_MAX)
    })
  }

  async function stop(): Promise<void> {
    stopping = true
    const leaving = child
    if (leaving && leaving.exitCode === null && leaving.signalCode === null) {
      const left = new Promise((done) => leaving.once('close', done))
      leaving.kill('SIGTERM')
      await left
    }
    if (dirname(socketPath) !== directory && process.platform !== 'win32') {
      await rm(dirname(socketPath), { recursive: true, force: true })
    }
  }

  start()
  const endedAtOnce = new Promise<never>((_, reject) => {
    child?.once('close', () => reject(new Error('the key process cannot start; it has said why')))
  })
  // Later ends are what it is started again after.
  endedAtOnce.catch(() => {})
  try {
    await Promise.race([waitUntilItAnswers(socketPath), endedAtOnce])
  } catch (error) {
    await stop()
    throw error
  }
  return { socketPath, pid: () => child?.pid, stop }
}

/** One socket per core process, so that two of them on one machine do not take each other's. */
async function chooseSocketPath(directory: string): Promise<string> {
  const name = `keys-${process.pid}.sock`
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\campus-ecode-${randomBytes(16).toString('hex')}-${name}`
  }
  const path = join(directory, name)
  if (Buffer.byteLength(path) <= SOCKET_PATH_LENGTH_MAX) return path
  return join(await mkdtemp(join(tmpdir(), 'campus-ecode-keys-')), name)
}

async function waitUntilItAnswers(socketPath: string): Promise<void> {
  const client = createKeyClient(socketPath)
  const deadline = Date.now() + START_TIMEOUT_MS
  try {
    for (;;) {
      try {
        return await client.check()
      } catch (error) {
        if (Date.now() > deadline) throw error
        await sleep(20)
      }
    }
  } finally {
    await client.close()
  }
}
