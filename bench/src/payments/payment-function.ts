import type { Benchmark, Figure } from '../benchmark.ts'
import { type LineProgram, startLineProgram } from '../lib/line-program.ts'
import { runPairs } from '../lib/pairs.ts'
import { type PostgresServer, startPostgresServer } from '../lib/postgres-server.ts'
import { median } from '../lib/stats.ts'
import { prepareTpcB, runTpcB } from './tpc-b.ts'

const PAIRS = 7
const SECONDS = 1
const WARM_UP_PAYMENTS = 40_000
const PROGRAM = new URL('../../../packages/core/dist/benchmarks/pay-load.js', import.meta.url)

/** What packages/core/src/benchmarks/pay-load.ts answers. */
interface Load {
  payments: number
  ms: number
  p99Ms: number
  cpuMs: number
}

/** Payments through `pay_batch` and its batcher, all to one merchant unless said otherwise. */
export const paymentFunction: Benchmark = {
  name: 'payment-function',
  title: 'Payments through the payment function',
  async run() {
    const server = await startPostgresServer()
    if (!server) return { skipped: 'no PostgreSQL with pgbench is installed (postgresql)' }
    let program: LineProgram | undefined
    try {
      prepareTpcB(server)
      server.createDatabase('pay')
      program = await startLineProgram(PROGRAM, { DATABASE_URL: server.url('pay') })
      // By count: until the compiler has seen everything.
      for (let paid = 0; paid < WARM_UP_PAYMENTS; ) paid += (await ask(program, 128)).payments
      server.checkpoint()
      return [
        await compare(server, program, 128, { atLeast: 5 }),
        ...(await compareCost(server, program)),
        await compare(server, program, 1),
        await compare(server, program, 32),
        await compare(server, program, 512),
        await compareMerchants(program),
      ].flat()
    } finally {
      await program?.stop()
      server.stop()
    }
  },
}

const ask = (program: LineProgram, inFlight: number, merchants = 1) =>
  program.ask<Load>({ inFlight, ms: SECONDS * 1000, merchants })

const perSecond = ({ payments, ms }: Load) => (payments / ms) * 1000

async function compare(
  server: PostgresServer,
  program: LineProgram,
  inFlight: number,
  target?: Figure['target'],
): Promise<Figure[]> {
  const p99s: number[] = []
  const { ours, peer, ratio } = await runPairs(
    PAIRS,
    async () => {
      const load = await ask(program, inFlight)
      p99s.push(load.p99Ms)
      return perSecond(load)
    },
    async () => (await runTpcB(server, SECONDS)).perSecond,
  )
  const p99Ms = median(p99s.slice(1))
  const rate: Figure = {
    measure: `payments/s, ${inFlight} in flight`,
    ours: `${Math.round(ours)}/s`,
    peer: `pgbench TPC-B, 8 clients: ${Math.round(peer)}/s`,
    value: ratio,
    ...(target && { target }),
  }
  const wait: Figure = {
    measure: `99th percentile, ${inFlight} in flight, ms`,
    ours: `${p99Ms.toFixed(1)} ms`,
    peer: '',
    value: p99Ms,
    ...(target && { target: { atMost: 20 } }),
  }
  return [rate, wait]
}

/** Processor time is what two cores have to give, however busy the machine is with other things. */
async function compareCost(server: PostgresServer, program: LineProgram): Promise<Figure[]> {
  const measure = async (run: () => Promise<{ count: number; ownMs: number }>) => {
    const before = server.cpuMs()
    const { count, ownMs } = await run()
    return ((server.cpuMs() - before + ownMs) * 1000) / count
  }
  const { ours, peer, ratio } = await runPairs(
    PAIRS,
    () =>
      measure(async () => {
        const { payments, cpuMs } = await ask(program, 128)
        return { count: payments, ownMs: cpuMs }
      }),
    // What pgbench itself uses is left out, in its favour.
    () => measure(async () => ({ count: (await runTpcB(server, SECONDS)).transactions, ownMs: 0 })),
  )
  return [
    {
      measure: 'processor time of one, 128 in flight: server and ours',
      ours: `${Math.round(ours)} µs`,
      peer: `pgbench TPC-B, the server alone: ${Math.round(peer)} µs`,
      value: ratio,
    },
  ]
}

async function compareMerchants(program: LineProgram): Promise<Figure[]> {
  const { ours, peer, ratio } = await runPairs(
    PAIRS,
    async () => perSecond(await ask(program, 128)),
    async () => perSecond(await ask(program, 128, 200)),
  )
  return [
    {
      measure: 'one hot merchant, 128 in flight',
      ours: `${Math.round(ours)}/s`,
      peer: `200 merchants: ${Math.round(peer)}/s`,
      value: ratio,
      target: { atLeast: 0.85 },
    },
  ]
}
