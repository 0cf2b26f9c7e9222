import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { rootKeySchema } from '@campus-ecode/protocol/access-keys'
import { idSchema, schoolIdSchema } from '@campus-ecode/protocol/shapes'
import type { CoreOptions } from '../gate/gate.ts'
import type { GateIdentity } from '../gate/holdings.ts'
import { readDemo } from './read-access.ts'
import { UsageError } from './usage-error.ts'

export const GATE_USAGE = `Usage: npm run --silent terminal -- gate [options]

Reads a code a line from standard input, as a scanner types them, and prints a line of JSON for each:
"result": "opened" opens. Nothing but the end of the line is taken off.

  --demo <path>       a demo.json; $DATA_DIR/demo.json (.data/demo.json) when left out
  --gate <id or name> which of its gates; the first when left out
  --dir <path>        where the gate keeps what it holds; $DATA_DIR/terminal-gates/<id> when left out
  --offline           without a network: by what it holds, and by --documents
  --documents <path>  a file of "ecode gate-documents" that somebody has brought

A gate of your own, in place of a demo.json's:

  --root <key>        the school's root key, as "ecode gate-documents" prints it: ed25519:<base64url>
  --school <id>, --gate <id>, --dir <path>

With GATE_KEY_ID set it follows the core at CORE_URL, by the secret in the file GATE_SECRET_FILE; else it
is offline. Exit code: 0 at the end of input, 3 wrong usage.`

export interface GateSetup extends GateIdentity {
  dir: string
  core?: CoreOptions
  documents: string | undefined
}

type Env = Record<string, string | undefined>

/** Finds out which gate this is. Throws UsageError. */
export async function readGateSetup(args: string[], env: Env): Promise<GateSetup> {
  const values = parse(args)
  const setup = await (values.root === undefined ? readDemoSetup : readOwnSetup)(values, env)
  const { core, ...rest } = setup
  return { ...rest, ...(core && !values.offline && { core }), documents: values.documents }
}

type Values = ReturnType<typeof parse>
type Found = GateIdentity & { dir: string; core: CoreOptions | undefined }

async function readDemoSetup(values: Values, env: Env): Promise<Found> {
  const dataDir = env.DATA_DIR || '.data'
  const demo = await readDemo(values.demo ?? join(dataDir, 'demo.json'))
  const { gates, accessRoot: root } = demo
  const gate =
    values.gate === undefined
      ? gates[0]
      : gates.find(({ id, name }) => id === values.gate || name === values.gate)
  if (!gate || !root) throw new UsageError('there is no such gate in demo.json')
  const { id: gateId, keyId, secret } = gate
  return {
    schoolId: demo.school.id,
    gateId,
    root,
    dir: values.dir ?? join(dataDir, 'terminal-gates', gateId),
    core: { coreUrl: demo.coreUrl, keyId, secret },
  }
}

async function readOwnSetup({ root = '', ...values }: Values, env: Env): Promise<Found> {
  const [algorithm, publicKey] = root.split(/[: ]/)
  const key = rootKeySchema.safeParse({ algorithm, publicKey })
  const school = schoolIdSchema.safeParse(values.school)
  const gate = idSchema.safeParse(values.gate)
  if (!key.success || !school.success || !gate.success || !values.dir) {
    throw new UsageError('--root <algorithm>:<key> needs --school, --gate <id> and --dir beside it')
  }
  const identity = { schoolId: school.data, gateId: gate.data, root: key.data }
  return { ...identity, dir: values.dir, core: await readCore(env) }
}

async function readCore(env: Env): Promise<CoreOptions | undefined> {
  const { GATE_KEY_ID: keyId, GATE_SECRET_FILE: secretFile, CORE_URL: coreUrl } = env
  if (!keyId) return undefined
  if (!coreUrl || !secretFile) {
    throw new UsageError('GATE_KEY_ID needs CORE_URL and GATE_SECRET_FILE beside it')
  }
  try {
    return { coreUrl, keyId, secret: (await readFile(secretFile, 'utf8')).trim() }
  } catch {
    throw new UsageError('GATE_SECRET_FILE cannot be read')
  }
}

function parse(args: string[]) {
  const text = { type: 'string' } as const
  const options = { demo: text, gate: text, dir: text, documents: text, root: text, school: text }
  try {
    return parseArgs({ args, options: { ...options, offline: { type: 'boolean' } } }).values
  } catch {
    throw new UsageError('an option is unknown or lacks its value')
  }
}
