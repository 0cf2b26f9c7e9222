import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { lookUp } from './look-up.ts'
import { findRecentAccounts, findUtilities, findUtility } from './store.ts'

/** What the person's campus has to top up (R39, R40); nothing where no utility can be reached at all. */
export async function getUtilities({
  params,
  services,
}: PersonContext<'getUtilities'>): PersonOutcome<'getUtilities'> {
  const { schoolId, personId } = params
  if (!services.ports.utility) return { status: 200, body: { utilities: [] } }
  const { pool } = services.db
  const [rows, recent] = await Promise.all([
    findUtilities(pool, schoolId, personId),
    findRecentAccounts(pool, schoolId, personId),
  ])
  const utilities = rows.map(({ utility_id, kind, name, account_word }) => ({
    utilityId: utility_id,
    kind,
    name,
    accountWord: account_word,
    recent: recent
      .filter((account) => account.utility_id === utility_id)
      .map(({ account_no: accountNo, label }) => ({ accountNo, label })),
  }))
  return { status: 200, body: { utilities } }
}

/**
 * A room or account by its number, as the utility knows it.
 *
 * Refuses: UTILITY_UNKNOWN, RATE_LIMITED, UTILITY_ACCOUNT_UNKNOWN, UTILITY_NOT_REACHABLE.
 */
export async function findUtilityAccount(
  ctx: PersonContext<'findUtilityAccount'>,
): PersonOutcome<'findUtilityAccount'> {
  const { params, services, body } = ctx
  const { schoolId, personId, utilityId } = params
  const utility = await findUtility(services.db.pool, schoolId, personId, utilityId)
  if (!utility) return refuse('UTILITY_UNKNOWN')
  const found = await lookUp(services, params, utility, body.accountNo, ctx.claimNonce)
  return 'refused' in found ? found : { status: 200, body: found }
}
