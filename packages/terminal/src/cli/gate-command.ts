import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { gateUpdateSchema } from '@campus-ecode/protocol/gate-api'
import { createGate } from '../gate/create-gate.ts'
import type { Gate, GateOptions } from '../gate/gate.ts'
import { GateFolderInUse } from '../gate/lock-folder.ts'
import { GATE_USAGE, readGateSetup } from './read-gate-setup.ts'
import { readLines } from './read-lines.ts'
import type { LineSurroundings } from './surroundings.ts'
import { UsageError } from './usage-error.ts'

/** A code has 277 characters; a scanner that sends more than this is broken. */
const LINE_LENGTH_MAX = 1_024
/** How long to wait for the core before the first code, and for the last records after the last. */
const BEGIN_MS = 5_000
const END_MS = 10_000

/** A gate on the command line: a code a line in, a line of JSON out. Never prints a code or a secret. */
export async function runGateCommand(
  args: string[],
  { env, input, print, explain }: LineSurroundings,
): Promise<number> {
  let gate: Gate
  try {
    const { documents, ...setup } = await readGateSetup(args, env)
    gate = await open({
      ...setup,
      onWarning: (warning) => explain(`warning ${JSON.stringify(warning)}\n`),
      onFinding: ({ record, finding }) => explain(`finding ${finding} ${record.recordId}\n`),
      onFault: (error) => explain(`fault ${error instanceof Error ? error.name : ''}\n`),
    })
    if (documents !== undefined) await bring(gate, documents, explain)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    explain(`${error.message}\n\n${GATE_USAGE}\n`)
    return 3
  }
  await Promise.race([gate.begun, sleep(BEGIN_MS, undefined, { ref: false })])
  for await (const line of readLines(input, LINE_LENGTH_MAX)) {
    print(JSON.stringify(await gate.read(line)))
  }
  const waiting = await gate.upload(END_MS)
  if (waiting > 0) explain(`${waiting} records wait for a network\n`)
  await gate.close()
  return 0
}

async function open(options: GateOptions): Promise<Gate> {
  try {
    return await createGate(options)
  } catch (error) {
    if (error instanceof GateFolderInUse) throw new UsageError(error.message)
    if (!(error instanceof TypeError)) throw error
    throw new UsageError("the root key, the core's address or the gate's key cannot be used")
  }
}

async function bring(gate: Gate, path: string, explain: (text: string) => void) {
  const text = await readFile(path, 'utf8').catch(() => '')
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    content = undefined
  }
  const file = gateUpdateSchema.safeParse(content)
  if (!file.success) throw new UsageError('--documents is not a file of ecode gate-documents')
  for (const { document, refusal } of await gate.takeDocuments(file.data)) {
    explain(`${document} ${refusal ? `refused: ${refusal}` : 'is held'}\n`)
  }
}
