import { readLines } from '../cli/read-lines.ts'
import type { LineSurroundings } from '../cli/surroundings.ts'
import { accessCaseSchema } from './access-case.ts'
import { verifyCase } from './verify-case.ts'

/** Our own verifier, as `conform` wants one: a line of JSON in, a line of JSON out. */
export async function runVerifyCommand({
  input,
  print,
  explain,
}: Pick<LineSurroundings, 'input' | 'print' | 'explain'>): Promise<number> {
  let wrong = 0
  for await (const line of readLines(input)) {
    const answer = answerLine(line)
    if (answer) {
      print(JSON.stringify(answer))
    } else {
      wrong++
      explain('a line is not a case of the documented form, or holds what no gate can have taken\n')
    }
  }
  return wrong > 0 ? 1 : 0
}

function answerLine(line: string) {
  try {
    return verifyCase(accessCaseSchema.parse(JSON.parse(line)))
  } catch {
    return undefined
  }
}
