import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from './workspace.mjs'

const PORT_FREE_TIMEOUT_MS = 15_000
const READY_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 15_000
const POLL_MS = 100

/**
 * Runs processes that belong together: each is started when the one before it is ready, all stop in
 * the opposite order, and the end of one is the end of all (`onDeath` is told its name).
 * None outlives us, however we end.
 */
export class Supervisor {
  #running = []
  #stopping
  #logDir
  #onDeath

  constructor(logDir, onDeath) {
    mkdirSync(logDir, { recursive: true })
    this.#logDir = logDir
    this.#onDeath = onDeath
  }

  /** Resolves when the process answers `url`/readyz. Its output goes to a log of its name. */
  async start({ name, entry, url, env }) {
    await waitForFreePort(name, url)
    const child = this.#spawn(name, entry, env)
    child.once('exit', (code, signal) => {
      if (!this.#stopping) this.#onDeath(`${name} ended (${signal ?? code})${this.#tail(name)}`)
    })
    this.#running.push({ name, child })
    const deadline = Date.now() + READY_TIMEOUT_MS
    while (!(await answersOk(`${url}/readyz`))) {
      if (this.#stopping || hasEnded(child)) throw new Error(`${name} did not become ready`)
      if (Date.now() > deadline) throw new Error(`${name} is not ready${this.#tail(name)}`)
      await sleep(POLL_MS)
    }
  }

  /** Runs a process to its end. */
  async complete({ name, entry, args = [], env }) {
    const child = this.#spawn(name, entry, env, args)
    this.#running.push({ name, child })
    await ended(child)
    this.#running = this.#running.filter((running) => running.child !== child)
    if (child.exitCode !== 0) throw new Error(`${name} failed${this.#tail(name)}`)
  }

  stop() {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll() {
    for (const { name, child } of this.#running.toReversed()) {
      child.kill('SIGTERM')
      const killer = setTimeout(() => {
        console.error(`${name} does not stop: killed`)
        child.kill('SIGKILL')
      }, STOP_TIMEOUT_MS)
      await ended(child)
      clearTimeout(killer)
    }
  }

  #spawn(name, entry, env, args = []) {
    const log = openSync(this.#logFile(name), 'a')
    const hook = new URL('./stop-with-parent.mjs', import.meta.url).href
    const child = spawn(process.execPath, ['--import', hook, resolve(ROOT, entry), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log, 'ipc'],
      // Ctrl-C reaches the whole foreground group; ours must wait for their turn to stop.
      detached: process.platform !== 'win32',
    })
    closeSync(log)
    return child
  }

  #logFile(name) {
    return join(this.#logDir, `${name}.log`)
  }

  #tail(name) {
    const lines = readFileSync(this.#logFile(name), 'utf8').trimEnd().split('\n').slice(-20)
    return `; the end of ${this.#logFile(name)}:\n${lines.join('\n')}`
  }
}

/** A run before this one may still be stopping. */
async function waitForFreePort(name, url) {
  const deadline = Date.now() + PORT_FREE_TIMEOUT_MS
  while (await isListening(url)) {
    if (Date.now() > deadline) throw new Error(`${url}, wanted for ${name}, is in use`)
    await sleep(POLL_MS)
  }
}

function isListening(url) {
  const { hostname, port } = new URL(url)
  return new Promise((done) => {
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })
}

function answersOk(url) {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    async (response) => {
      await response.body?.cancel()
      return response.ok
    },
    () => false,
  )
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null
}

function ended(child) {
  return hasEnded(child) ? undefined : new Promise((done) => child.once('exit', done))
}
