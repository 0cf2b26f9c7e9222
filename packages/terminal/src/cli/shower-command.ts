import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createShower } from '../shower/create-shower.ts'
import type { Shower } from '../shower/shower.ts'
import { createWaterCalls } from '../shower/water-calls.ts'
import { readAccess } from './read-access.ts'
import { readLines } from './read-lines.ts'
import type { LineSurroundings } from './surroundings.ts'
import { UsageError } from './usage-error.ts'

const SHOWER_USAGE = `Usage: npm run --silent terminal -- shower --terminal <id> [options]

Reads a line at a time from standard input and prints a line of JSON for each:

  start <bath number> <water password>   open    shut    flow <millilitres>    stop    state

  --demo <path>      a demo.json; $DATA_DIR/demo.json (.data/demo.json) when left out
  --terminal <id>    which of its terminals; a shower
  --dir <path>       where it keeps what must outlast a power cut; $DATA_DIR/terminal-showers when left out

With TERMINAL_KEY_ID set, CORE_URL and TERMINAL_SECRET_FILE are used in place of a demo.json.
Exit code: 0 at the end of input, 3 wrong usage. A session that runs then is taken up by the next start.`

const LINE_LENGTH_MAX = 200

/** A shower on the command line, with a valve and a meter that are words. Never prints a password. */
export async function runShowerCommand(
  args: string[],
  { env, input, print, explain }: LineSurroundings,
): Promise<number> {
  let shower: Shower
  try {
    const { dir, ...which } = parse(args)
    const access = await readAccess(which, env)
    shower = await createShower({
      dir: dir ?? join(env.DATA_DIR || '.data', 'terminal-showers', access.keyId),
      calls: createWaterCalls(access),
      valve: { open: () => explain('valve open\n'), shut: () => explain('valve shut\n') },
      onFault: (error) => explain(`fault ${error instanceof Error ? error.name : ''}\n`),
    })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    explain(`${error.message}\n\n${SHOWER_USAGE}\n`)
    return 3
  }
  for await (const line of readLines(input, LINE_LENGTH_MAX)) {
    print(JSON.stringify(await act(shower, line.trim().split(/\s+/))))
  }
  await shower.close()
  return 0
}

async function act(shower: Shower, [name = '', ...words]: string[]): Promise<object> {
  switch (name) {
    case 'start':
      return shower.start(words[0] ?? '', words[1] ?? '')
    case 'open':
      return { opened: shower.open() }
    case 'shut':
      shower.shut()
      return shower.state
    case 'flow': {
      const ml = Number(words[0])
      if (!Number.isSafeInteger(ml) || ml < 1) return { error: 'flow takes millilitres' }
      shower.flow(ml)
      return shower.state
    }
    case 'stop':
      return { session: (await shower.stop()) ?? null }
    case 'state':
      return shower.state
    default:
      // Not what was typed: it may be a password in the wrong place.
      return { error: 'start, open, shut, flow, stop or state' }
  }
}

function parse(args: string[]) {
  const text = { type: 'string' } as const
  try {
    const { demo, terminal, dir } = parseArgs({
      args,
      options: { demo: text, terminal: text, dir: text },
    }).values
    return { demo, terminal, dir }
  } catch {
    throw new UsageError('an option is unknown or lacks its value')
  }
}
