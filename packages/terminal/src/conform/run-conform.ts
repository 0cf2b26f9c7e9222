import { spawn } from 'node:child_process'
import { readLines } from '../cli/read-lines.ts'
import { type AccessAnswer, accessAnswerSchema, readAccessCases } from './access-case.ts'

/** What became of one case; `said` is null where the verifier said nothing about it. */
export interface ConformResult {
  id: string
  expected: AccessAnswer
  said: AccessAnswer | null
  isRight: boolean
}

export interface ConformRun {
  results: ConformResult[]
  /** What it said that is no answer, or why there is none: for whoever looks for the mistake. */
  notes: string[]
}

/**
 * Runs a vendor's verifier: all cases, one JSON line each, on its standard input, which then ends; its
 * answers, one JSON line each, in any order, from its standard output.
 *
 * @param command The program and its arguments; alone it is a line for the shell.
 * @param silenceMs It is ended when it has said nothing for so long.
 */
export async function runConform(
  command: readonly string[],
  { silenceMs, onStderr }: { silenceMs: number; onStderr: (text: string) => void },
): Promise<ConformRun> {
  const cases = readAccessCases()
  const [program = '', ...args] = command
  const child = spawn(program, args, { shell: args.length === 0 })
  const notes: string[] = []
  let giveUp = (_why: string) => {}
  const givenUp = new Promise<void>((resolve) => {
    giveUp = (why) => {
      notes.push(why)
      resolve()
    }
  })
  child.once('error', () => giveUp('the command cannot be started'))
  const ended = new Promise<void>((resolve) => {
    child.once('close', (code) => {
      if (code !== 0 && code !== null) notes.push(`the command ended with ${code}`)
      resolve()
    })
  })
  child.stderr.setEncoding('utf8').on('data', onStderr)
  // Whoever reads no further has its reasons; what it has not answered counts as failed.
  child.stdin.on('error', () => undefined)
  child.stdin.end(cases.map(({ given }) => `${JSON.stringify(given)}\n`).join(''))

  const said = new Map<string, AccessAnswer>()
  const fallSilent = () => giveUp(`nothing was said for ${silenceMs / 1000} s`)
  let silence = setTimeout(fallSilent, silenceMs)
  const listening = (async () => {
    for await (const line of readLines(child.stdout)) {
      clearTimeout(silence)
      silence = setTimeout(fallSilent, silenceMs)
      if (line === '') continue
      const answer = readAnswer(line)
      if (!answer) notes.push(`not an answer: ${line.slice(0, 80)}`)
      else if (said.has(answer.id)) notes.push(`answered twice: ${answer.id}`)
      else said.set(answer.id, answer)
    }
  })()
  await Promise.race([givenUp, Promise.all([listening, ended])])
  clearTimeout(silence)
  // What it has started itself may live on; nobody listens any more.
  child.kill('SIGKILL')
  child.stdout.destroy()
  child.stderr.destroy()
  await listening.catch(() => undefined)

  return {
    notes,
    results: cases.map(({ given: { id }, expected }) => {
      const answer = said.get(id) ?? null
      const isRight = answer?.result === expected.result && answer.refusal === expected.refusal
      return { id, expected, said: answer, isRight }
    }),
  }
}

function readAnswer(line: string): AccessAnswer | undefined {
  try {
    return accessAnswerSchema.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}
