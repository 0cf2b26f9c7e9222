import type { Services } from '../http/operation.ts'
import type { GateRow } from './store.ts'

const HOLDER_BYTES = 16

/**
 * What a zone knows a person by (R4): the same each time, and of no use anywhere else.
 */
export async function nameHolder(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  { campus, zone }: Pick<GateRow, 'campus' | 'zone'>,
  personId: string,
): Promise<string> {
  const context = `holder/${JSON.stringify([schoolId, campus, zone])}`
  const index = await keys.index(context, personId)
  return Buffer.from(index).subarray(0, HOLDER_BYTES).toString('base64url')
}
