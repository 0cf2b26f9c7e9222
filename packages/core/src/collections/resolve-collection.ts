import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findCollection } from './find-collection.ts'
import { findAllowance } from './store.ts'

/**
 * Whom a merchant's static code pays, as the core knows it (R24): what the person confirms before anything
 * is begun. Changes nothing but the count of tries.
 *
 * Refuses: COLLECTION_UNKNOWN, MERCHANT_NOT_ACCEPTING, RATE_LIMITED.
 */
export async function resolveCollection({
  params,
  body,
  services,
}: PersonContext<'resolveCollection'>): PersonOutcome<'resolveCollection'> {
  const { schoolId, personId } = params
  const code = await findCollection(services, params, body)
  if (isRefusal(code)) return code
  if (code.withdrawn) return refuse('COLLECTION_UNKNOWN')
  if (!code.accepting) return refuse('MERCHANT_NOT_ACCEPTING')
  const allowance = await findAllowance(services.db.pool, schoolId, personId)
  if (!allowance) return refuse('NOT_FOUND')
  const rule = code.price_rules.find((candidate) => candidate.class === allowance.class)
  return {
    status: 200,
    body: {
      collectionNo: code.collection_no,
      merchantName: code.merchant_name,
      terminalName: code.terminal_name,
      campus: code.campus,
      rule: rule ? { name: rule.name, permille: rule.permille } : null,
      leftTodayFen: allowance.left_fen,
    },
  }
}
