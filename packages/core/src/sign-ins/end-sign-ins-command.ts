import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { schoolIdSchema } from '@campus-ecode/protocol/shapes'
import { lockPayer } from '../cards/store.ts'
import { readCommandConfig } from '../config.ts'
import { inTransaction, prepare } from '../db/database.ts'
import { createLog } from '../http/log.ts'
import type { Services } from '../http/operation.ts'
import { openServices } from '../open-services.ts'
import { indexCardNo } from '../people/open-person.ts'
import { UsageError } from '../usage-error.ts'
import { endSignIns } from './end-wechat-sign-in.ts'

export const END_SIGN_INS_USAGE = `ecode end-sign-ins --school SCHOOL < FILE
  For the card office: no WeChat signs the people in any more whose card numbers are in the file, one a line.`

/** `ecode end-sign-ins` (R6). Numbers come by standard input: arguments are seen by everybody on the machine. */
export async function runEndSignIns(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const schoolId = parseOptions(args)
  const config = readCommandConfig(env)
  const cardNos = (await text(process.stdin)).split(/\r?\n/).filter((line) => line.trim() !== '')
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const ended = { yes: 0, unknown: 0 }
    for (const cardNo of cardNos) {
      ended[(await endSignInsOf(services, schoolId, cardNo.trim())) ? 'yes' : 'unknown'] += 1
    }
    print(`ended for ${ended.yes}; ${ended.unknown} numbers are nobody's`)
  } finally {
    await close()
  }
}

const selectPerson = prepare<{ person_id: string }>(
  'select person_id from people where school_id = $1 and card_no_index = $2',
)

/** @returns False for a number that nobody has. */
export async function endSignInsOf(
  services: Services,
  schoolId: string,
  cardNo: string,
): Promise<boolean> {
  const { pool } = services.db
  const index = await indexCardNo(services, schoolId, cardNo)
  const [person] = await selectPerson(pool, [schoolId, index])
  if (!person) return false
  const personId = person.person_id
  await inTransaction(pool, async (tx) => {
    await lockPayer(tx, schoolId, personId)
    await endSignIns(tx, services, { schoolId, personId })
  })
  services.wakeEvents()
  return true
}

function parseOptions(args: string[]): string {
  try {
    const { values } = parseArgs({ args, options: { school: { type: 'string' } } })
    return schoolIdSchema.parse(values.school)
  } catch {
    throw new UsageError('name the school, as below')
  }
}
