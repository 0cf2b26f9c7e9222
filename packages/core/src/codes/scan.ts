import type { PriceRule } from '@campus-ecode/protocol/campus'
import type { Account, PersonClass } from '@campus-ecode/protocol/shapes'
import { type Batcher, createBatcher } from '../batch/batcher.ts'
import { type Database, prepare } from '../db/database.ts'

/** What a scan may be about: the terminal's order, and the owner of the code if it is one of ours. */
export interface ScanKey {
  schoolId: string
  terminalId: string
  orderNo: string
  /** From the alias, for device-made codes. */
  deviceIndex?: number
  /** SHA-256 of the digits in hex, for issued codes. */
  codeHash?: string
  /** Keyed hash in hex, of cards and faces (R29). */
  tokenIndex?: string
}

/** Everything the answer to a scan depends on, read at once and live (`scan_batch`). */
export interface Scan {
  merchant_id: string
  merchant_name: string
  terminal_name: string
  price_rules: PriceRule[]
  bad_streak: number
  paused_until: Date | null
  locked_at: Date | null
  order_payment_id: string | null
  order_content_hash: Buffer | null
  order_status: string | null
  person_id: string | null
  class: PersonClass | null
  masked_name: string | null
  device_id: string | null
  public_key: Buffer | null
  device_status: string | null
  bad_epoch: number | null
  bad_count: number | null
  grant_salt: Buffer | null
  grant_issued_at: Date | null
  next_grant_id: string | null
  next_grant_salt: Buffer | null
  next_grant_issued_at: Date | null
  previous_grant_salt: Buffer | null
  previous_grant_ends_at: Date | null
  code_id: string | null
  code_account: Account | null
  code_revealed: boolean | null
  code_expires_at: Date | null
  code_revoked_at: Date | null
  code_used_at: Date | null
  token_id: string | null
  token_removed_at: Date | null
  /** Of the token's owner. */
  default_account: Account | null
}

const selectScans = prepare<Scan & { ord: number }>('select * from scan_batch($1)')

/**
 * Reads what scans need, many in one round trip.
 *
 * @returns undefined for a terminal that is gone.
 */
export function createScanLoader(db: Database): Batcher<ScanKey, Scan | undefined> {
  return createBatcher({
    groupOf: ({ schoolId }) => schoolId,
    async flush(keys) {
      const items = keys.map((key, ord) => ({
        ord,
        school_id: key.schoolId,
        terminal_id: key.terminalId,
        order_no: key.orderNo,
        device_index: key.deviceIndex,
        code_hash: key.codeHash,
        token_index: key.tokenIndex,
      }))
      const scans: (Scan | undefined)[] = keys.map(() => undefined)
      for (const row of await selectScans(db.pool, [JSON.stringify(items)])) scans[row.ord] = row
      return scans
    },
  })
}
