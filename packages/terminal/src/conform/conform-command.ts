import type { LineSurroundings } from '../cli/surroundings.ts'
import { runConform } from './run-conform.ts'

export const CONFORM_USAGE = `Usage: npm run --silent terminal -- conform <command> [arguments…]

Holds a gate's verifier against packages/protocol/vectors/access.json. The command gets one line of JSON
per case on standard input:

  {"id", "now", "school", "gateId", "root", "keys", "policy", "list", "seen", "text"}

and answers each with a line of its own, in any order:

  {"id", "result": "opened" | "refused", "refusal": a code of docs/codes.md, or null}

A command of one word with spaces is given to the shell. Exit code: 0 all passed, 1 something failed,
3 wrong usage.`

const SILENCE_MS = 60_000

/** Runs the vectors against a vendor's verifier and prints a line for each. */
export async function runConformCommand(
  command: readonly string[],
  { print, explain }: Pick<LineSurroundings, 'print' | 'explain'>,
): Promise<number> {
  if (command.length === 0) {
    explain(`name the command of the verifier\n\n${CONFORM_USAGE}\n`)
    return 3
  }
  const { results, notes } = await runConform(command, { silenceMs: SILENCE_MS, onStderr: explain })
  for (const { id, expected, said, isRight } of results) {
    const wanted = tell(expected)
    print(isRight ? `✓ ${id}: ${wanted}` : `✗ ${id}: ${wanted} expected, ${tell(said)} said`)
  }
  for (const note of notes) print(`! ${note}`)
  const failed = results.filter(({ isRight }) => !isRight).length
  print('')
  print(`${results.length - failed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

function tell(answer: { result: string; refusal: string | null } | null): string {
  return answer ? (answer.refusal ?? answer.result) : 'nothing'
}
