import { checkHistory, promises } from './check-history.ts'
import type { Finding } from './finding.ts'
import { judgeCoverage } from './judge-coverage.ts'
import { assertPlantable, type PlantedFault, plantFault, removePlanted } from './plant.ts'
import type { RecordedHistory } from './read-history.ts'
import { type RunOptions, runHistory } from './run-history.ts'
import { shortenHistory } from './shorten.ts'

/** Tests of one run: each promise is one, and that the run was worth its name is one more. */
export interface Verdict {
  passed: number
  failed: number
}

/** At most so many findings of one promise are told; the others are counted. */
const FINDINGS_SHOWN = 3
const LINES_SHOWN = 60
/** Other seeds that a planted fault gets, should chance have hidden it. */
const PLANTED_SEEDS_MAX = 3

type Print = (line: string) => void

/** Plays one history of the real core, and tells what it breaks with a shortened history. */
export async function checkRun(options: RunOptions, print: Print): Promise<Verdict> {
  const recorded = await runHistory(options)
  const findings = checkHistory(recorded)
  const { counts, missing } = judgeCoverage(recorded)
  const calls = recorded.lines.filter(({ line }) => line === 'send').length
  const orders = recorded.ledger.payments.length
  print(`seed ${options.seed}: ${calls} calls, ${orders} orders in the books`)
  for (const [what, count] of Object.entries(counts))
    print(`  ${String(count).padStart(5)}  ${what}`)
  for (const what of missing) print(`✗ seed ${options.seed} is void: nothing of "${what}"`)

  const broken = groupByPromise(findings)
  for (const promise of Object.keys(promises)) {
    const ofPromise = broken.get(promise) ?? []
    print(`${ofPromise.length === 0 ? '✓' : '✗'} ${promise}`)
    if (ofPromise.length > 0) tell(recorded, ofPromise, options.seed, print)
  }
  const failed = broken.size + (missing.length > 0 ? 1 : 0)
  return { passed: Object.keys(promises).length + 1 - failed, failed }
}

/** Whether each fault still fits the core: one that does not would show nothing when it is asked for. */
export function checkPlantable(faults: PlantedFault[], print: Print): Verdict {
  for (const fault of faults) assertPlantable(fault)
  print('✓ every fault can still be planted')
  return { passed: 1, failed: 0 }
}

/** Plays the same with a core that is wrong on purpose; passes when the checks notice. */
export async function checkPlanted(
  fault: PlantedFault,
  options: RunOptions,
  print: Print,
): Promise<Verdict> {
  const { programme = [], seconds = options.seconds } = fault
  const startedAt = Date.now()
  const coreDir = plantFault(fault)
  try {
    for (let i = 0; i < PLANTED_SEEDS_MAX; i++) {
      const seed = options.seed + i
      const recorded = await runHistory({ ...options, seed, seconds, programme, coreDir })
      const broken = groupByPromise(checkHistory(recorded))
      if (!broken.has(fault.breaks)) continue
      const where = i === 0 ? '' : `, with seed ${seed}`
      const tookSeconds = Math.round((Date.now() - startedAt) / 1_000)
      print(
        `✓ ${fault.name} is noticed after ${tookSeconds} s${where}: ${[...broken.keys()].join('; ')}`,
      )
      return { passed: 1, failed: 0 }
    }
    print(`✗ ${fault.name} does not break "${fault.breaks}": ${fault.what}`)
    return { passed: 0, failed: 1 }
  } finally {
    removePlanted(coreDir)
  }
}

function tell(recorded: RecordedHistory, findings: Finding[], seed: number, print: Print): void {
  for (const { what, about } of findings.slice(0, FINDINGS_SHOWN)) {
    print(`  seed ${seed}: ${what} ${JSON.stringify(about)}`)
  }
  if (findings.length > FINDINGS_SHOWN) print(`  and ${findings.length - FINDINGS_SHOWN} more`)
  const [first] = findings
  if (!first) return
  const { lines, ledger, outside, journals } = shortenHistory(recorded, first.about)
  print('  what happened around the first:')
  for (const line of lines.slice(0, LINES_SHOWN)) print(`    ${JSON.stringify(line)}`)
  if (lines.length > LINES_SHOWN) print(`    and ${lines.length - LINES_SHOWN} lines more`)
  const rows = Object.entries({ ...ledger, outside, ...journals })
  for (const [table, entries] of rows) {
    for (const entry of entries.slice(0, LINES_SHOWN)) {
      print(`    ${table}: ${JSON.stringify(entry)}`)
    }
  }
}

function groupByPromise(findings: Finding[]): Map<string, Finding[]> {
  const grouped = new Map<string, Finding[]>()
  for (const finding of findings) {
    grouped.set(finding.promise, [...(grouped.get(finding.promise) ?? []), finding])
  }
  return grouped
}
