import { randomBytes } from 'node:crypto'
import type { Campus } from '@campus-ecode/protocol/campus'
import { prepare, type Tx } from '../db/database.ts'
import { terminalKeyContext } from '../http/caller-keys.ts'
import type { Services } from '../http/operation.ts'
import { CampusError } from './campus-error.ts'

const updateTariff = prepare(
  'update terminals set water = $3 where school_id = $1 and terminal_id = $2',
)

/** What a shower's water costs, as the file says now; showers that run go on under what they began with. */
export async function importTariff(
  tx: Tx,
  schoolId: string,
  terminalId: string,
  { name, kind, water }: Campus['merchants'][number]['terminals'][number],
): Promise<void> {
  if ((kind === 'shower') !== (water !== undefined)) {
    throw new CampusError(`terminal ${name}: a shower has a water tariff, and nothing else has`)
  }
  await updateTariff(tx, [schoolId, terminalId, water ? JSON.stringify(water) : null])
}

const selectUtility = prepare<{ utility_id: string; terminal_id: string }>(
  'select utility_id, terminal_id from utilities where school_id = $1 and name = $2',
)
const upsertUtility = prepare(
  `insert into utilities (school_id, utility_id, kind, name, campus, account_word, terminal_id)
   values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (school_id, utility_id) do update
      set kind = excluded.kind, campus = excluded.campus, account_word = excluded.account_word, enabled = true`,
)
const upsertTerminal = prepare(
  `insert into terminals (school_id, terminal_id, merchant_id, name, kind, key_id, sealed_key)
   values ($1, $2, $3, $4, 'utility', $5, $6)
       on conflict (school_id, terminal_id) do update set merchant_id = excluded.merchant_id`,
)
const disableOthers = prepare(
  'update utilities set enabled = false where school_id = $1 and name <> all ($2)',
)

/**
 * Brings in what dormitories top up (R39), known again by name. Each gets a terminal of its own for its
 * payments, whose key nobody is told.
 */
export async function importUtilities(
  tx: Tx,
  { keys, newId }: Pick<Services, 'keys' | 'newId'>,
  { school, utilities }: Campus,
  merchantIds: ReadonlyMap<string, string>,
): Promise<void> {
  const schoolId = school.id
  for (const { kind, name, campus, accountWord, merchantKey } of utilities) {
    const merchantId = merchantIds.get(merchantKey)
    if (!merchantId)
      throw new CampusError(`utility ${name} names a merchant that is not in the file`)
    const [known] = await selectUtility(tx, [schoolId, name])
    const utilityId = known?.utility_id ?? newId()
    const terminalId = known?.terminal_id ?? newId()
    const keyId = `${schoolId}.u.${terminalId}` // No caller's: those are .t. and .g.
    const secret = randomBytes(32).toString('base64url')
    const sealedKey = await keys.seal(terminalKeyContext(schoolId, terminalId), secret)
    await upsertTerminal(tx, [schoolId, terminalId, merchantId, name, keyId, sealedKey])
    const word = JSON.stringify(accountWord)
    await upsertUtility(tx, [schoolId, utilityId, kind, name, campus ?? null, word, terminalId])
  }
  await disableOthers(tx, [schoolId, utilities.map(({ name }) => name)])
}
