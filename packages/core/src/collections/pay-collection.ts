import { createHash } from 'node:crypto'
import { toBillEntry } from '../bill/entry.ts'
import { findBillEntry } from '../bill/store.ts'
import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { payFromPhone } from '../payments/pay-from-phone.ts'
import { findCollection, leadsTo } from './find-collection.ts'
import { findBegun } from './store.ts'

/**
 * Begins a payment to a merchant's static code (R24). The password is asked for whatever the amount, and a
 * day's sum to such codes has a ceiling of its own (R15), since a code that was pasted over another is as
 * genuine as any. The order is the till's, so that the till can return the money.
 *
 * Refuses: COLLECTION_UNKNOWN, RATE_LIMITED, ORDER_NO_REUSED, and what payFromPhone() refuses.
 */
export async function payCollection(
  ctx: PersonContext<'payCollection'>,
): PersonOutcome<'payCollection'> {
  const { params, body, services } = ctx
  const { schoolId, personId } = params
  const { paymentNo, amountFen, account } = body
  const orderNo = toOrderNo(personId, paymentNo)
  const contentOf = (at: string) => hash(`${personId}\n${at}\n${amountFen}\n${account}`)
  const begun = await findBegun(services.db.pool, schoolId, personId, orderNo)
  // A repeat asks what became of it. That is told however often somebody has looked for codes, and also
  // after the code was withdrawn.
  const isRepeat =
    begun?.content_hash.equals(contentOf(begun.terminal_id)) &&
    (await leadsTo(services, schoolId, body.collection, begun.terminal_id))
  const code = begun && isRepeat ? begun : await findCollection(services, params, body.collection)
  if (isRefusal(code)) return code
  // Elsewhere, or with other content: the number stands for one payment of this person, wherever it goes.
  if (begun && !isRepeat) return refuse('ORDER_NO_REUSED')
  if ('withdrawn' in code && code.withdrawn) return refuse('COLLECTION_UNKNOWN')
  const { terminal_id: terminalId, merchant_id: merchantId } = code
  const contentHash = contentOf(terminalId)
  const row = await payFromPhone(services, ctx, {
    ...{ schoolId, personId, terminalId, merchantId, orderNo, contentHash },
    ...{ listFen: amountFen, account, means: 'collection', needsPassword: true },
  }).catch(async (error) => {
    // At the same moment it was begun at another till, which only the index of such numbers sees.
    const other = await findBegun(services.db.pool, schoolId, personId, orderNo)
    if (other && !other.content_hash.equals(contentHash)) return refuse('ORDER_NO_REUSED')
    throw error
  })
  if (isRefusal(row)) return row
  const entry = await findBillEntry(services.db.pool, schoolId, personId, row.payment_id)
  if (!entry) throw new Error('a payment that was just begun is gone')
  return { status: 202, body: toBillEntry(entry) }
}

/**
 * The till's number for what a person's page calls `paymentNo`. A till that draws its own numbers never
 * comes upon it, and two people's pages never meet in one.
 */
function toOrderNo(personId: string, paymentNo: string): string {
  return `ecm-${hash(`${personId}\n${paymentNo}`).toString('base64url')}`
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
