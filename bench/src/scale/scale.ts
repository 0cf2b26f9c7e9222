import type { Benchmark } from '../benchmark.ts'
import { type LineProgram, startLineProgram } from '../lib/line-program.ts'
import { runPairs } from '../lib/pairs.ts'
import { startPostgresServer } from '../lib/postgres-server.ts'

const PAIRS = 9
const MS = 1_000
const IN_FLIGHT = 32
const MERCHANTS = 200
const ORDERS_EACH = 10
const PROGRAM = new URL('../../../packages/core/dist/benchmarks/pay-load.js', import.meta.url)

/** The same payments in a school of a thousand and in one of a million, both on one server. */
export const scale: Benchmark = {
  name: 'scale',
  title: 'Payments as a school and its books grow',
  async run() {
    const server = await startPostgresServer()
    if (!server) return { skipped: 'no PostgreSQL with pgbench is installed (postgresql)' }
    const programs: LineProgram[] = []
    const open = async (name: string, people: number) => {
      server.createDatabase(name)
      const args = [people, MERCHANTS, ORDERS_EACH].map(String)
      const program = await startLineProgram(PROGRAM, { DATABASE_URL: server.url(name) }, args)
      programs.push(program)
      return async () => {
        const order = { inFlight: IN_FLIGHT, ms: MS, merchants: MERCHANTS }
        return (await program.ask<{ p99Ms: number }>(order)).p99Ms
      }
    }
    try {
      const small = await open('small', 1_000)
      const large = await open('large', 1_000_000)
      server.checkpoint()
      const { ours, peer, ratio } = await runPairs(PAIRS, large, small)
      return [
        {
          measure: `99th percentile, ${IN_FLIGHT} in flight: 1 M people, 10 M orders and postings`,
          ours: `${ours.toFixed(1)} ms`,
          peer: `1 k people, 10 k orders and postings: ${peer.toFixed(1)} ms`,
          value: ratio,
          target: { atMost: 1.3 },
        },
      ]
    } finally {
      for (const program of programs) await program.stop()
      server.stop()
    }
  },
}
