import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'
import { describeMachine } from './machine.ts'
import { record } from './record.ts'
import { type Result, toMarkdown } from './table.ts'

/** npm run bench [-- name… ] [--record]: measures and prints; with --record into docs/benchmarks.md too. */
const { values, positionals } = parseArgs({
  options: { record: { type: 'boolean', default: false } },
  allowPositionals: true,
})

const unknown = positionals.filter((name) => !benchmarks.some((known) => known.name === name))
if (unknown.length > 0) {
  const names = benchmarks.map((known) => known.name).join(', ')
  console.error(`No benchmark is named ${unknown.join(', ')}. There are: ${names}.`)
  process.exitCode = 2
} else {
  await runAll(benchmarks.filter(({ name }) => !positionals.length || positionals.includes(name)))
}

async function runAll(chosen: readonly Benchmark[]): Promise<void> {
  console.log(`${describeMachine()}\n`)
  const results: Result[] = []
  for (const benchmark of chosen) {
    console.error(`${benchmark.name} …`)
    const result = { benchmark, outcome: await benchmark.run() }
    results.push(result)
    console.log(toMarkdown(result))
  }
  if (values.record) record(results)
}
