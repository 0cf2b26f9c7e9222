import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { readCommandConfig } from '../config.ts'
import { inTransaction, prepare } from '../db/database.ts'
import { createLog } from '../http/log.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { hashPageToken } from './incoming-page.ts'
import { insertIncomingPage, withdrawIncomingPages } from './store.ts'

export const INCOMING_PAGE_USAGE = `ecode incoming-page --school SCHOOL --merchant NAME [--withdraw]
  Prints the address of a page that shows what the merchant's collection codes take, for a phone of the staff.
  Whoever has the address may look; it is told once. --withdraw: none of the merchant's pages works any more.`

const selectMerchant = prepare<{ merchant_id: string }>(
  'select merchant_id from merchants where school_id = $1 and name = $2',
)

/** `ecode incoming-page` (R24). */
export async function runIncomingPage(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const { school: schoolId, merchant, withdraw } = parseOptions(args)
  const config = readCommandConfig(env)
  const { keypad } = config
  if (!keypad) throw new UsageError('set KEYPAD_PORT as for the core: the page is served there')
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const { pool } = services.db
    const [row] = await selectMerchant(pool, [schoolId, merchant])
    if (!row) throw new UsageError(`school ${schoolId} has no merchant ${merchant}`)
    const merchantId = row.merchant_id
    if (withdraw) {
      const count = await inTransaction(pool, (tx) =>
        withdrawIncomingPages(tx, schoolId, merchantId),
      )
      print(`${count} pages of ${merchant} work no more`)
      return
    }
    const token = randomBytes(32).toString('base64url')
    const page = { schoolId, merchantId, pageId: services.newId(), tokenHash: hashPageToken(token) }
    await inTransaction(pool, (tx) => insertIncomingPage(tx, page))
    print(`${keypad.origin}/incoming#${token}`)
  } finally {
    await close()
  }
}

function parseOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        school: { type: 'string' },
        merchant: { type: 'string' },
        withdraw: { type: 'boolean', default: false },
      },
    })
    const { school, merchant, withdraw } = values
    if (!school || !merchant) throw new Error('name --school and --merchant')
    return { school, merchant, withdraw }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
