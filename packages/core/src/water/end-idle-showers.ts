import type { Services } from '../http/operation.ts'
import { LEASE_SECONDS, REST_SECONDS } from './rules.ts'
import { endSession } from './settle-water.ts'
import { findIdleSessions } from './store.ts'

const AT_ONCE_MAX = 100

const TIMES = { leaseSeconds: LEASE_SECONDS, restSeconds: REST_SECONDS }

/**
 * Ends sessions whose controllers have fallen silent, or tell of no more water, for what was heard of them, so
 * that nobody's money is held by a plug that was pulled or a stall that was left (R26). One that fails keeps none
 * waiting.
 */
export async function endIdleShowers(services: Services): Promise<void> {
  for (const session of await findIdleSessions(services.db.pool, TIMES, AT_ONCE_MAX)) {
    const { school_id: schoolId, session_id: sessionId } = session
    try {
      await endSession(services, session, 'idle')
    } catch (error) {
      services.log.error({ schoolId, sessionId, err: error }, 'a silent shower was not ended')
    }
  }
}
