import { createHash } from 'node:crypto'
import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { payFromPhone } from '../payments/pay-from-phone.ts'
import { describeTopUp } from './describe-top-up.ts'
import { lookUp } from './look-up.ts'
import { findTopUp, findUtility, insertTopUp, type TopUpRow } from './store.ts'

/**
 * Begins a top-up of a dormitory's electricity, water or network (R39): the utility is asked for the room,
 * then an order waits for the password. What was paid is delivered by the movement that the payment's own
 * transaction writes. Repeating is harmless, and asks the utility nothing.
 *
 * Refuses: UTILITY_UNKNOWN, TRANSFER_ID_REUSED, RATE_LIMITED, UTILITY_ACCOUNT_UNKNOWN, UTILITY_NOT_REACHABLE,
 * and what a payment from the phone refuses.
 */
export async function topUpUtility(
  ctx: PersonContext<'topUpUtility'>,
): PersonOutcome<'topUpUtility'> {
  const { params, services, body } = ctx
  const { schoolId, personId, utilityId } = params
  const { topUpId, accountNo, amountFen } = body
  const { pool } = services.db
  const utility = await findUtility(pool, schoolId, personId, utilityId)
  if (!utility) return refuse('UTILITY_UNKNOWN')
  if (!(await findTopUp(pool, schoolId, topUpId))) {
    const found = await lookUp(services, params, utility, accountNo)
    if (isRefusal(found)) return found
    await insertTopUp(pool, {
      school_id: schoolId,
      top_up_id: topUpId,
      utility_id: utilityId,
      person_id: personId,
      account_no: accountNo,
      label: found.label,
      amount_fen: amountFen,
      delivery_id: services.newId(),
    })
  }
  const row = await findTopUp(pool, schoolId, topUpId)
  if (!row) throw new Error('a top-up that was just written is gone')
  const asked = { personId, utilityId, accountNo, amountFen }
  if (!isOf(row, asked)) return refuse('TRANSFER_ID_REUSED')

  const paid = await payFromPhone(services, ctx, {
    schoolId,
    personId,
    terminalId: utility.terminal_id,
    merchantId: utility.merchant_id,
    orderNo: topUpId,
    contentHash: createHash('sha256').update(JSON.stringify(asked)).digest(),
    listFen: amountFen,
    account: 'wallet',
    means: 'utility',
    needsPassword: true,
  })
  if (isRefusal(paid)) return paid
  const begun = await findTopUp(pool, schoolId, topUpId)
  const told = begun && (await describeTopUp(pool, begun))
  if (!told) throw new Error('a top-up that was just begun is gone')
  return { status: 202, body: told }
}

/**
 * What became of a top-up.
 *
 * Refuses: TRANSFER_NOT_FOUND.
 */
export async function getUtilityTopUp({
  params,
  services,
}: PersonContext<'getUtilityTopUp'>): PersonOutcome<'getUtilityTopUp'> {
  const { schoolId, personId, topUpId } = params
  const { pool } = services.db
  const row = await findTopUp(pool, schoolId, topUpId)
  const told = row?.person_id === personId ? await describeTopUp(pool, row) : undefined
  return told ? { status: 200, body: told } : refuse('TRANSFER_NOT_FOUND')
}

function isOf(
  row: TopUpRow,
  asked: { personId: string; utilityId: string; accountNo: string; amountFen: number },
): boolean {
  return (
    row.person_id === asked.personId &&
    row.utility_id === asked.utilityId &&
    row.account_no === asked.accountNo &&
    row.amount_fen === asked.amountFen
  )
}
