import { PREVIOUS_GRANT_SECONDS } from '@campus-ecode/protocol/code-rules'
import { prepare, type Queryable } from '../db/database.ts'

const promote = prepare(
  `update devices
      set previous_grant_salt = grant_salt,
          previous_grant_ends_at = now() + make_interval(secs => $4),
          grant_id = next_grant_id, grant_salt = next_grant_salt, grant_issued_at = next_grant_issued_at,
          next_grant_id = null, next_grant_salt = null, next_grant_issued_at = null
    where school_id = $1 and device_id = $2 and next_grant_id = $3`,
)

/**
 * The phone has the new grant: it said so, or used it. The one before ends a minute later. Does
 * nothing when that was known already.
 *
 * Source: docs/codes.md, "Grants".
 */
export async function promoteGrant(
  on: Queryable,
  schoolId: string,
  deviceId: string,
  nextGrantId: string,
): Promise<void> {
  await promote(on, [schoolId, deviceId, nextGrantId, PREVIOUS_GRANT_SECONDS])
}
