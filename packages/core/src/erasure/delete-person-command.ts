import { parseArgs } from 'node:util'
import { describeError } from '@campus-ecode/protocol/errors'
import { idSchema } from '@campus-ecode/protocol/shapes'
import { readCommandConfig } from '../config.ts'
import { prepare } from '../db/database.ts'
import { createLog } from '../http/log.ts'
import type { Services } from '../http/operation.ts'
import { openServices } from '../open-services.ts'
import { indexCardNo } from '../people/open-person.ts'
import { UsageError } from '../usage-error.ts'
import { deletePerson, unsealErased } from './delete-person.ts'

export const DELETE_PERSON_USAGE = `ecode delete-person --school SCHOOL --card-no NUMBER
  Deletes a person who asks for it at the card office and has no payment password (R42, docs/personal-data.md). Cannot be undone.
  Prints the id under which the books stay.
ecode delete-person --school SCHOOL --unseal ID
  Who that was, for who may ask by law.`

const selectPerson = prepare<{ person_id: string }>(
  'select person_id from people where school_id = $1 and card_no_index = $2',
)

/** `ecode delete-person`; works beside a running core. */
export async function runDeletePerson(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const { schoolId, cardNo, personId } = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    if (personId) {
      const person = await unsealErased(services, { schoolId, personId })
      if (!person) throw new UsageError('nobody is sealed away under this id')
      print(JSON.stringify(person))
    } else print(await deleteByNumber(services, schoolId, cardNo ?? ''))
  } finally {
    await close()
  }
}

async function deleteByNumber(
  services: Services,
  schoolId: string,
  cardNo: string,
): Promise<string> {
  const index = await indexCardNo(services, schoolId, cardNo)
  const [person] = await selectPerson(services.db.pool, [schoolId, index])
  if (!person) throw new UsageError('the school has no person with this card number')
  const refused = await deletePerson(services, { schoolId, personId: person.person_id })
  if (refused) throw new UsageError(describeError(refused.refused).sentences.en)
  return person.person_id
}

function parseOptions(args: string[]) {
  const text = { type: 'string' } as const
  try {
    const options = { school: text, 'card-no': text, unseal: text }
    const { values } = parseArgs({ args, options })
    const { school: schoolId, 'card-no': cardNo, unseal } = values
    if (!schoolId) throw new Error('name a --school')
    if ((cardNo === undefined) === (unseal === undefined)) throw new Error('name a --card-no')
    return { schoolId, cardNo, personId: unseal === undefined ? undefined : idSchema.parse(unseal) }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
