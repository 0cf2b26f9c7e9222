import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkPlantable, checkPlanted, checkRun, type Verdict } from './check-runs.ts'
import { plantedFaults } from './planted-faults.ts'

const USAGE = `check-history [--seed S] [--seeds N] [--seconds T] [--keep FOLDER]
  Plays N histories of T seconds, with the seeds S, S + 1, …, and checks each.
  FOLDER gets what each run leaves behind.
check-history --planted [NAME …] [--seed S] [--seconds T]
  Demands that the checks notice each fault that is planted on purpose, or those named.`

class UsageError extends Error {
  override name = 'UsageError'
}

// What we started ends when we exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143))
}

/** What it finds goes to standard output, how far it is to standard error. */
const print = (line: string) => console.log(line)

try {
  const { passed, failed } = await run()
  print(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}

async function run(): Promise<Verdict> {
  const { values, positionals } = parse()
  const seed = readCount(values.seed, 'seed')
  const seconds = readCount(values.seconds ?? (values.planted ? '8' : '35'), 'seconds')
  const sum: Verdict = { passed: 0, failed: 0 }
  const add = ({ passed, failed }: Verdict) => {
    sum.passed += passed
    sum.failed += failed
  }
  if (values.planted) {
    for (const fault of findFaults(positionals)) {
      const onProgress = (what: string) => console.error(`${fault.name}: ${what}`)
      add(
        await attempt(() => checkPlanted(fault, { seed, seconds, onProgress }, print), fault.name),
      )
    }
    return sum
  }
  if (positionals.length > 0) throw new UsageError('faults are named after --planted')
  add(await attempt(async () => checkPlantable(plantedFaults, print), 'planted faults'))
  for (let i = 0; i < readCount(values.seeds, 'seeds'); i++) {
    const name = `seed ${seed + i}`
    const onProgress = (what: string) => console.error(`${name}: ${what}`)
    const keep = values.keep === undefined ? {} : { keep: join(values.keep, `seed-${seed + i}`) }
    add(
      await attempt(() => checkRun({ seed: seed + i, seconds, onProgress, ...keep }, print), name),
    )
  }
  return sum
}

/** A run that cannot be played is one failure, and the others go on. */
async function attempt(work: () => Promise<Verdict>, name: string): Promise<Verdict> {
  try {
    return await work()
  } catch (error) {
    print(`✗ ${name}: ${(error as Error).message}`)
    return { passed: 0, failed: 1 }
  }
}

function findFaults(names: string[]) {
  const unknown = names.filter((name) => !plantedFaults.some((fault) => fault.name === name))
  if (unknown.length > 0) throw new UsageError(`there is no fault ${unknown.join(', ')}`)
  return plantedFaults.filter(({ name }) => names.length === 0 || names.includes(name))
}

function readCount(text: string, name: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--${name} takes a whole number from 1 up`)
  return Number(text)
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seed: { type: 'string', default: '1' },
        seeds: { type: 'string', default: '1' },
        seconds: { type: 'string' },
        keep: { type: 'string' },
        planted: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
