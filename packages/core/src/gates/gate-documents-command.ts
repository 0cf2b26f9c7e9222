import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { GateUpdate } from '@campus-ecode/protocol/gate-api'
import { currentKeySet } from '../access-keys/current-key-set.ts'
import { findRootKey } from '../access-keys/find-root-key.ts'
import { findAccessState } from '../access-keys/store.ts'
import { readCommandConfig } from '../config.ts'
import { createLog } from '../http/log.ts'
import type { Services } from '../http/operation.ts'
import { openServices } from '../open-services.ts'
import { currentList } from '../revocations/current-list.ts'
import { UsageError } from '../usage-error.ts'
import { findPolicy } from './current-policy.ts'
import { findGatesInUse, type GateKey } from './store.ts'

export const GATE_DOCUMENTS_USAGE = `ecode gate-documents --school SCHOOL --gate NAME --out FILE
  Writes what a gate without a network has to be told: key set, policy, revocation list, as a gate with a
  network is answered. All of it is signed; nothing is secret. A gate takes a list for fresh for a day.`

/** `ecode gate-documents`: for a gate to which somebody carries them. */
export async function runGateDocuments(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const { school, gate, out } = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const { pool } = services.db
    if (!(await findAccessState(pool, school))) throw new UsageError(`there is no school ${school}`)
    const gates = await findGatesInUse(pool, school)
    const gateId = gates.find(({ name }) => name === gate)?.gate_id
    if (!gateId) throw new UsageError(`school ${school} has no gate ${gate} in use`)
    const documents = await writeGateDocuments(services, { schoolId: school, gateId })
    await writeFile(out, `${JSON.stringify(documents)}\n`)
    const root = await findRootKey(services, school)
    const what = documents.policy ? 'key set, policy and list' : 'key set and list, but no policy,'
    print(`gate ${gateId} of school ${school}: ${what} are in ${out}`)
    print(`it is set up with the root key ${root.algorithm}:${root.publicKey}`)
  } finally {
    await close()
  }
}

/** All that a gate is to have, whatever it holds. */
export async function writeGateDocuments(services: Services, gate: GateKey): Promise<GateUpdate> {
  const { schoolId } = gate
  const { document: keys } = await currentKeySet(services, schoolId)
  const policy = await findPolicy(services, gate, 0)
  const { full: list = null } = await currentList(services, schoolId, 0)
  return { serverTime: new Date(services.now()).toISOString(), keys, policy, list, delta: null }
}

function parseOptions(args: string[]): Record<'school' | 'gate' | 'out', string> {
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({ args, options: { school: text, gate: text, out: text } })
    const { school, gate, out } = values
    if (!school || !gate || !out) throw new Error('name --school, --gate and --out')
    return { school, gate, out }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
