import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { readDemo } from '../cli/read-access.ts'
import { UsageError } from '../cli/usage-error.ts'
import { allChecks, runChecks } from './run-checks.ts'
import { World, type WorldOptions } from './world.ts'

const USAGE = `Usage: npm run conform-core -- <url of a core> [--demo <path>] [--inbox <url>]

Checks over HTTP whether a core keeps to the documented API. It pays with the people of the demo and
undoes what it paid; it takes about a minute and a half, most of it waiting for a code to expire. What it
tells as the demo's gates stays: a few records of one person, who agrees to them.

  --demo <path>   people, terminals, gates and school secret; $DATA_DIR/demo.json (.data/demo.json) if left out
  --inbox <url>   an SMS sandbox that answers GET /inbox.json; then one person's phone is enrolled
                  anew and removed again

The BFF's key is BFF_KEY_ID and BFF_KEY_SECRET, or bff-1 with the bffKey of $DATA_DIR/secrets.json.
Exit code: 0 all passed, 1 something failed, 3 wrong usage.`

const print = (line: string) => process.stdout.write(`${line}\n`)

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n\n${USAGE}\n`)
  process.exitCode = 3
}

async function main(): Promise<number> {
  const world = new World(await readOptions())
  print(`conform-core ${world.origin}`)
  const { passed, failed, skipped } = await runChecks(world, allChecks, print)
  await world.close()
  print(skipped > 0 ? `\n${skipped} skipped` : '')
  print(`${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

async function readOptions(): Promise<WorldOptions> {
  const { url, demo: demoPath, inbox } = readArgs()
  const dataDir = process.env.DATA_DIR || '.data'
  const demo = await readDemo(demoPath ?? join(dataDir, 'demo.json'))
  return { coreUrl: url, demo, bffKey: await readBffKey(dataDir), inboxUrl: inbox }
}

function readArgs(): { url: string; demo: string | undefined; inbox: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { demo: { type: 'string' }, inbox: { type: 'string' } },
    })
    const url = z.url({ protocol: /^https?$/ })
    const [core, ...more] = positionals
    if (more.length > 0) throw new Error('one core at a time')
    return {
      url: url.parse(core),
      demo: values.demo,
      inbox: url.optional().parse(values.inbox),
    }
  } catch {
    throw new UsageError('give the url of one core, and options as below')
  }
}

async function readBffKey(dataDir: string): Promise<{ keyId: string; secret: string }> {
  const { BFF_KEY_ID: keyId = 'bff-1', BFF_KEY_SECRET: given } = process.env
  if (given) return { keyId, secret: given }
  try {
    const secrets = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'))
    return { keyId, secret: z.object({ bffKey: z.string() }).parse(secrets).bffKey }
  } catch {
    throw new UsageError('the BFF key is missing: BFF_KEY_SECRET, or secrets.json of the demo')
  }
}
