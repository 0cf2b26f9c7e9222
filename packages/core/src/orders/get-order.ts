import type { PriceRule } from '@campus-ecode/protocol/campus'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { toBillEntry } from '../bill/entry.ts'
import { findBillEntry } from '../bill/store.ts'
import { prepare } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { priceFor } from '../payments/price.ts'
import { readOrder } from './read-order.ts'
import { findOrderById } from './store.ts'

const selectPrice = prepare<{ class: PersonClass; name: string; price_rules: PriceRule[] }>(
  `select p.class, m.name, m.price_rules
     from people p
     join merchants m on m.school_id = p.school_id and m.merchant_id = $3
    where p.school_id = $1 and p.person_id = $2`,
)

/**
 * An online order as the cashier shows it, priced for this person (R4, R38), with their own payment of it
 * where there is one that paid or is under way.
 *
 * Refuses: ORDER_NOT_FOUND.
 */
export async function getOrder({
  params,
  services,
}: Pick<PersonContext<'getOrder'>, 'params' | 'services'>): PersonOutcome<'getOrder'> {
  const { schoolId, personId, orderId } = params
  const { pool } = services.db
  const found = await findOrderById(pool, schoolId, orderId)
  if (!found) return refuse('ORDER_NOT_FOUND')
  const [price] = await selectPrice(pool, [schoolId, personId, found.merchant_id])
  if (!price) return refuse('ORDER_NOT_FOUND')
  const { order, status, payment } = await readOrder(services, found)
  const isOwn = payment?.person_id === personId
  const own = isOwn && (await findBillEntry(pool, schoolId, personId, payment.payment_id))
  const entry = own ? toBillEntry(own) : null
  // What was paid, or is being paid, stays what it was.
  const { amountFen, rule } = entry ?? priceFor(order.list_fen, price.class, price.price_rules)
  return {
    status: 200,
    body: {
      ...{ orderId, status, merchantName: price.name, description: order.description },
      ...{ listFen: order.list_fen, amountFen, rule },
      expiresAt: order.expires_at.toISOString(),
      entry,
    },
  }
}
