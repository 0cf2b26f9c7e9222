import type { Benchmark, Figure } from './benchmark.ts'

export interface Result {
  benchmark: Benchmark
  outcome: Figure[] | { skipped: string }
}

/** The figures as a Markdown table, one part per benchmark. */
export function toMarkdown({ benchmark, outcome }: Result): string {
  const title = `### ${benchmark.title}`
  if (!Array.isArray(outcome)) return `${title}\n\nSkipped: ${outcome.skipped}\n`
  const rows = [
    ['Measure', 'Ours', 'Peer', 'Figure', 'Target', ''],
    ...outcome.map((figure) => [
      figure.measure,
      figure.ours,
      figure.peer,
      toText(figure.value),
      toTarget(figure),
      toVerdict(figure),
    ]),
  ]
  const widths = (rows[0] ?? []).map((_, at) => Math.max(3, ...rows.map((row) => width(row[at]))))
  const lines = rows.map((row) => `| ${row.map((cell, at) => pad(cell, widths[at])).join(' | ')} |`)
  lines.splice(1, 0, `| ${widths.map((length) => '-'.repeat(length)).join(' | ')} |`)
  return `${title}\n\n${lines.join('\n')}\n`
}

function toText(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3)
}

function toTarget({ target }: Figure): string {
  if (!target) return ''
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`
}

/** Missed is said as loudly as met. */
function toVerdict({ target, value }: Figure): string {
  if (!target) return ''
  const met = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
  return met ? 'met' : '**missed**'
}

const width = (text = '') => [...text].length
const pad = (text: string, length = 0) => text + ' '.repeat(length - width(text))
