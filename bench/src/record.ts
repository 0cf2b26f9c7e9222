import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeMachine } from './machine.ts'
import { type Result, toMarkdown } from './table.ts'

const DOCUMENT = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))

/** Puts the figures into docs/benchmarks.md, each between the marks that bear its benchmark's name. */
export function record(results: readonly Result[]): void {
  writeFileSync(DOCUMENT, replaceResults(readFileSync(DOCUMENT, 'utf8'), results, measuredOn()))
}

export function replaceResults(document: string, results: readonly Result[], on: string): string {
  return results.reduce((text, result) => {
    const { name } = result.benchmark
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [from, to] = [text.indexOf(open), text.indexOf(close)]
    if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no marks ${open} … ${close}`)
    return `${text.slice(0, from + open.length)}\n\n${toMarkdown(result)}\n${on}\n\n${text.slice(to)}`
  }, document)
}

function measuredOn(): string {
  return `Measured ${new Date().toISOString().slice(0, 10)} on ${describeMachine()}.`
}
