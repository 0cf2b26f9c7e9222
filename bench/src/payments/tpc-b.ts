import { spawn } from 'node:child_process'
import type { PostgresServer } from '../lib/postgres-server.ts'

/**
 * pgbench's own "TPC-B (sort of)": three updates, a select and an insert in one transaction of seven
 * statements, prepared. 8 clients are its best on two cores; more only make it slower.
 */
const CLIENTS = 8
const DATABASE = 'tpcb'
/** Enough branches that its clients rarely wait for each other's rows. */
const SCALE = 50

export interface TpcB {
  transactions: number
  perSecond: number
}

export function prepareTpcB(server: PostgresServer): void {
  server.createDatabase(DATABASE)
  server.run('pgbench', ['-i', '-q', '-s', String(SCALE), DATABASE])
}

/** Not server.run(): what else is measured must be able to run meanwhile. */
export async function runTpcB(server: PostgresServer, seconds: number): Promise<TpcB> {
  const connection = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'postgres']
  const load = ['-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-T', String(seconds)]
  const child = spawn(server.program('pgbench'), [...connection, ...load, DATABASE], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  await new Promise((resolve) => child.once('close', resolve))
  const transactions = Number(/transactions actually processed: (\d+)/.exec(text)?.[1])
  const perSecond = Number(/tps = ([\d.]+)/.exec(text)?.[1])
  if (!(transactions > 0 && perSecond > 0)) throw new Error(`pgbench gave no figure: ${text}`)
  return { transactions, perSecond }
}
