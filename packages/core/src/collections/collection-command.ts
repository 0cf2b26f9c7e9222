import { parseArgs } from 'node:util'
import { canHoldCollections } from '@campus-ecode/protocol/collection-link'
import { readCommandConfig } from '../config.ts'
import { inTransaction, prepare } from '../db/database.ts'
import { createLog } from '../http/log.ts'
import type { Services } from '../http/operation.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { giveCollectionCode } from './give-code.ts'
import { printCollectionCode } from './print-code.ts'
import { withdrawCollection } from './store.ts'
import { writeCollectionLink } from './verify-link.ts'

export const COLLECTION_CODE_USAGE = `ecode collection-code --school SCHOOL --merchant NAME --terminal NAME --out FOLDER [--replace]
ecode collection-code --school SCHOOL --merchant NAME --terminal NAME --withdraw
  Prints the code that people scan to pay when the till has no power or network: PNG, SVG and a page for the
  printer. The same each time; --replace: a new one, and the one before pays no more. --withdraw: none.`

/** `ecode collection-code` (R24). */
export async function runCollectionCode(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const options = parseOptions(args)
  const config = readCommandConfig(env)
  if (!config.keypad) throw new UsageError('set KEYPAD_PORT as for the core: the code leads there')
  if (!canHoldCollections(config.keypad.origin)) {
    throw new UsageError('KEYPAD_ORIGIN must be https for codes that anybody may scan')
  }
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const till = await findTill(services, options)
    const { schoolId, terminalId } = till
    const { ended, code } = await inTransaction(services.db.pool, async (tx) => ({
      ended:
        options.withdraw || options.replace
          ? await withdrawCollection(tx, schoolId, terminalId)
          : undefined,
      code: options.withdraw ? undefined : await giveCollectionCode(tx, till),
    }))
    if (ended) print(`${ended} pays no more`)
    if (!code) return
    const link = await writeCollectionLink(services, code)
    for (const path of await printCollectionCode(code, link, options.out)) print(path)
  } finally {
    await close()
  }
}

const selectTill = prepare<{ merchant_id: string; terminal_id: string; kind: string }>(
  `select m.merchant_id, t.terminal_id, t.kind
     from merchants m
     join terminals t on t.school_id = m.school_id and t.merchant_id = m.merchant_id
    where m.school_id = $1 and m.name = $2 and t.name = $3`,
)

async function findTill({ db }: Services, { school, merchant, terminal }: Options) {
  const [row] = await selectTill(db.pool, [school, merchant, terminal])
  if (!row) throw new UsageError(`school ${school} has no terminal ${terminal} of ${merchant}`)
  if (row.kind !== 'till') throw new UsageError(`${terminal} is no till`)
  return { schoolId: school, merchantId: row.merchant_id, terminalId: row.terminal_id }
}

type Options = ReturnType<typeof parseOptions>

function parseOptions(args: string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({
      args,
      options: {
        ...{ school: text, merchant: text, terminal: text, out: text },
        ...{ replace: flag, withdraw: flag },
      },
    })
    const { school, merchant, terminal, out, replace, withdraw } = values
    if (!school || !merchant || !terminal) throw new Error('name --school, --merchant, --terminal')
    if (withdraw === (out !== undefined)) throw new Error('say --out FOLDER, or --withdraw')
    return { school, merchant, terminal, out: out ?? '', replace, withdraw }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
