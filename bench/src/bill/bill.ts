import type { Benchmark, Figure } from '../benchmark.ts'
import { type LineProgram, startLineProgram } from '../lib/line-program.ts'
import { runPairs } from '../lib/pairs.ts'
import { startPostgresServer } from '../lib/postgres-server.ts'

const PAIRS = 7
const COUNT = 40
const ROWS = 10_000
const OTHERS = 1_000_000
const PROGRAM = new URL('../../../packages/core/dist/benchmarks/bill-load.js', import.meta.url)

type What = 'opening' | 'last' | 'last_by_offset'

/** A month of ten thousand rows, alone and beside a million of other people. */
export const bill: Benchmark = {
  name: 'bill',
  title: 'Pages of a bill with 10,000 rows in a month',
  async run() {
    const server = await startPostgresServer()
    if (!server) return { skipped: 'no PostgreSQL is installed (postgresql)' }
    const programs: LineProgram[] = []
    const open = async (name: string, others: number) => {
      server.createDatabase(name)
      const args = [String(ROWS), String(others)]
      const program = await startLineProgram(PROGRAM, { DATABASE_URL: server.url(name) }, args)
      programs.push(program)
      return (what: What) => async () =>
        (await program.ask<{ p50Ms: number }>({ what, count: COUNT })).p50Ms
    }
    try {
      const small = await open('small', 0)
      const large = await open('large', OTHERS)
      server.checkpoint()
      const compare = async (
        measure: string,
        peerName: string,
        [ours, peer]: [() => Promise<number>, () => Promise<number>],
      ): Promise<Figure> => {
        const pairs = await runPairs(PAIRS, ours, peer)
        return {
          measure,
          ours: `${pairs.ours.toFixed(1)} ms`,
          peer: `${peerName}: ${pairs.peer.toFixed(1)} ms`,
          value: pairs.ratio,
        }
      }
      return [
        await compare(
          'the page that opens, with its sums, 1 M rows of others',
          'the same without others',
          [large('opening'), small('opening')],
        ),
        await compare('the last of 200 pages, 1 M rows of others', 'the same without others', [
          large('last'),
          small('last'),
        ]),
        await compare('the last of 200 pages, by cursor', 'by OFFSET, its payments alone', [
          large('last'),
          large('last_by_offset'),
        ]),
      ]
    } finally {
      for (const program of programs) await program.stop()
      server.stop()
    }
  },
}
