import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '@campus-ecode/processes/free-ports'
import type { Benchmark, Figure } from '../benchmark.ts'
import { startLineProgram } from '../lib/line-program.ts'
import { runPairs } from '../lib/pairs.ts'
import { type PostgresServer, startPostgresServer } from '../lib/postgres-server.ts'
import { cpuMsOfTree } from '../lib/process-cpu.ts'
import { median } from '../lib/stats.ts'
import { prepareTpcB, runTpcB } from './tpc-b.ts'

const PAIRS = 7
const SECONDS = 1
const IN_FLIGHT = 64
/** More than pay in ten seconds, which is how long one has to wait for the next code. */
const PEOPLE = 16_000
const dist = (path: string) => new URL(`../../../packages/core/dist/${path}`, import.meta.url)

/** What packages/core/src/benchmarks/http-load.ts answers. */
interface Load {
  payments: number
  ms: number
  p50Ms: number
  p99Ms: number
}

/**
 * Phones' codes scanned by tills with HMAC keys: signatures, nonces, alias, one-time part, price,
 * limits, books; a real core with its key process. Tills, core and server share the machine.
 */
export const paymentHttp: Benchmark = {
  name: 'payment-http',
  title: 'Payments over signed HTTP, code checks included',
  async run() {
    const server = await startPostgresServer()
    if (!server) return { skipped: 'no PostgreSQL with pgbench is installed (postgresql)' }
    const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-bench-'))
    const processes: ChildProcess[] = []
    try {
      prepareTpcB(server)
      server.createDatabase('pay')
      const databaseUrl = server.url('pay')
      const keySocket = join(folder, 'keys.sock')
      const keys = start('keys/main.js', { KEYS_DIR: folder, KEY_SOCKET: keySocket })
      processes.push(keys)
      const port = await findFreePort()
      const coreUrl = `http://127.0.0.1:${port}`
      const core = start('main.js', coreEnv(folder, port, databaseUrl, keySocket))
      processes.push(core)
      await waitUntilReady(coreUrl)

      const env = { DATABASE_URL: databaseUrl, CORE_URL: coreUrl, KEY_SOCKET: keySocket }
      const tills = await startLineProgram(dist('benchmarks/http-load.js'), env, [String(PEOPLE)])
      const run = () => tills.ask<Load>({ inFlight: IN_FLIGHT, ms: SECONDS * 1000 })
      // Every phone once, so that the core has derived its key as it has in the middle of a lunch.
      for (let paid = 0; paid < PEOPLE; ) paid += (await run()).payments
      server.checkpoint()
      const figures = await compare(server, [keys, core], run)
      await tills.stop()
      return figures
    } finally {
      for (const { pid } of processes) if (pid) process.kill(pid, 'SIGKILL')
      server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function compare(
  server: PostgresServer,
  cores: ChildProcess[],
  run: () => Promise<Load>,
): Promise<Figure[]> {
  const loads: Load[] = []
  const coreUs: number[] = []
  const serverUs: number[] = []
  const coreMs = () => cores.reduce((sum, { pid }) => sum + cpuMsOfTree(pid ?? 0), 0)
  const { ours, peer, ratio } = await runPairs(
    PAIRS,
    async () => {
      const [core, database] = [coreMs(), server.cpuMs()]
      const load = await run()
      loads.push(load)
      coreUs.push(((coreMs() - core) * 1000) / load.payments)
      serverUs.push(((server.cpuMs() - database) * 1000) / load.payments)
      return (load.payments / load.ms) * 1000
    },
    async () => (await runTpcB(server, SECONDS)).perSecond,
  )
  const [core, database] = [median(coreUs), median(serverUs)]
  const peerName = `pgbench TPC-B, 8 clients: ${Math.round(peer)}/s`
  return [
    {
      measure: `payments/s, ${IN_FLIGHT} in flight`,
      ours: `${Math.round(ours)}/s`,
      peer: peerName,
      value: ratio,
      target: { atLeast: 0.8 },
    },
    {
      measure: "payments per second of the core's processor time",
      ours: `${Math.round(1e6 / core)}/s (${Math.round(core)} µs each, the database ${Math.round(database)} µs)`,
      peer: peerName,
      value: 1e6 / core / peer,
    },
    {
      measure: 'half and 99 % of the tills wait at most, ms',
      ours: `${median(loads.map((load) => load.p50Ms)).toFixed(1)} and ${median(loads.map((load) => load.p99Ms)).toFixed(1)} ms`,
      peer: '',
      value: median(loads.map((load) => load.p99Ms)),
    },
  ]
}

function start(program: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(dist(program))], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** Bank, one-card system and SMS are never asked here. */
function coreEnv(folder: string, port: number, databaseUrl: string, keySocket: string) {
  const secret = () => randomBytes(32).toString('base64url')
  const nowhere = 'http://127.0.0.1:9'
  return {
    CORE_PORT: String(port),
    DATA_DIR: folder,
    DATABASE_URL: databaseUrl,
    KEY_SOCKET: keySocket,
    BFF_KEY_ID: 'bff-1',
    BFF_KEY_SECRET: secret(),
    PORT_KEY_ID: 'core-1',
    PORT_KEY_SECRET: secret(),
    BANK_URL: nowhere,
    ONE_CARD_URL: nowhere,
    SMS_URL: nowhere,
    LOG_LEVEL: 'warn',
  }
}

async function waitUntilReady(url: string): Promise<void> {
  for (let left = 300; left > 0; left--) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await sleep(100)
  }
  throw new Error('The core does not become ready')
}
