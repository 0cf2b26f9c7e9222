import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { OrderKey, PaymentRow } from '../payments/store.ts'

/** An online order (R38). What became of it stands in its attempts: `describeOrder`. */
export interface OrderRow {
  school_id: string
  terminal_id: string
  order_no: string
  order_id: string
  merchant_id: string
  content_hash: Buffer
  description: string
  list_fen: number
  created_at: Date
  expires_at: Date
  /** By the database's clock, as `now()` everywhere else in it. */
  overdue: boolean
  payment_id: string | null
  closed_at: Date | null
}

const COLUMNS = `school_id, terminal_id, order_no, order_id, merchant_id, content_hash, description,
                 list_fen, created_at, expires_at, expires_at <= now() as overdue, payment_id, closed_at`

const select = prepare<OrderRow>(
  `select ${COLUMNS} from online_orders
    where school_id = $1 and terminal_id = $2 and order_no = $3`,
)
const selectById = prepare<OrderRow>(
  `select ${COLUMNS} from online_orders where school_id = $1 and order_id = $2`,
)

export async function findOrder(on: Queryable, key: OrderKey): Promise<OrderRow | undefined> {
  return (await select(on, [key.schoolId, key.terminalId, key.orderNo]))[0]
}

export async function findOrderById(
  on: Queryable,
  schoolId: string,
  orderId: string,
): Promise<OrderRow | undefined> {
  return (await selectById(on, [schoolId, orderId]))[0]
}

const insert = prepare<{ order_id: string }>(
  `insert into online_orders (school_id, terminal_id, order_no, order_id, merchant_id, content_hash,
                              description, list_fen, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))
       on conflict (school_id, terminal_id, order_no) do nothing
   returning order_id`,
)

/** @returns false when there is one under this number. */
export async function insertOrder(
  tx: Tx,
  order: {
    schoolId: string
    terminalId: string
    orderNo: string
    orderId: string
    merchantId: string
    contentHash: Buffer
    description: string
    listFen: number
    expiresInSeconds: number
  },
): Promise<boolean> {
  const { schoolId, terminalId, orderNo, orderId, merchantId, contentHash } = order
  const values = [schoolId, terminalId, orderNo, orderId, merchantId, contentHash]
  const rows = await insert(tx, [
    ...values,
    order.description,
    order.listFen,
    order.expiresInSeconds,
  ])
  return rows.length > 0
}

/** Payments of one order that may come to nothing before it is over. */
export const ATTEMPTS_MAX = 20

/** The number of an order's payment; `~` stands in no number of a merchant's. */
export function attemptNo(orderNo: string, attempt: number): string {
  return attempt === 1 ? orderNo : `${orderNo}~${attempt}`
}

const selectAttempts = prepare<PaymentRow>(
  `select p.* from payments p
     join unnest($3::text[]) with ordinality as n(order_no, attempt) on n.order_no = p.order_no
    where p.school_id = $1 and p.terminal_id = $2
    order by n.attempt`,
)

/** All payments of an order, the newest last; of a closed one that is the tombstone of the close. */
export async function findAttempts(
  on: Queryable,
  order: Pick<OrderRow, 'school_id' | 'terminal_id' | 'order_no'>,
): Promise<PaymentRow[]> {
  const numbers = Array.from({ length: ATTEMPTS_MAX + 1 }, (_, at) =>
    attemptNo(order.order_no, at + 1),
  )
  return selectAttempts(on, [order.school_id, order.terminal_id, numbers])
}

const insertEnd = prepare<{ payment_id: string }>(
  `insert into payments (school_id, terminal_id, order_no, payment_id, status, merchant_id, settled_at)
   values ($1, $2, $3, $4, 'REVERSED', $5, now())
       on conflict do nothing
   returning payment_id`,
)

/** Takes the number that the next payment would have. @returns false when somebody was faster. */
export async function insertOrderEnd(
  tx: Tx,
  order: OrderRow,
  orderNo: string,
  paymentId: string,
): Promise<boolean> {
  const { school_id: schoolId, terminal_id: terminalId, merchant_id: merchantId } = order
  const rows = await insertEnd(tx, [schoolId, terminalId, orderNo, paymentId, merchantId])
  return rows.length > 0
}

const close = prepare<{ order_id: string }>(
  `update online_orders set closed_at = now()
    where school_id = $1 and terminal_id = $2 and order_no = $3 and closed_at is null
   returning order_id`,
)

/** @returns false when it was closed before. */
export async function setClosed(tx: Tx, order: OrderRow): Promise<boolean> {
  const rows = await close(tx, [order.school_id, order.terminal_id, order.order_no])
  return rows.length > 0
}

const markPaid = prepare<OrderRow>(
  `update online_orders set payment_id = $4
    where school_id = $1 and terminal_id = $2 and order_no = split_part($3, '~', 1)
   returning ${COLUMNS}`,
)

/** The constraint on the table throws if the order is closed. */
export async function setPaid(tx: Tx, payment: PaymentRow): Promise<OrderRow> {
  const { school_id: schoolId, terminal_id: terminalId, order_no: orderNo } = payment
  const [row] = await markPaid(tx, [schoolId, terminalId, orderNo, payment.payment_id])
  if (!row) throw new Error('a payment names no order')
  return row
}

const selectOverdue = prepare<OrderRow>(
  `select ${COLUMNS} from online_orders
    where payment_id is null and closed_at is null and expires_at <= now()
      and not exists (
        select from payments p
         where p.school_id = online_orders.school_id and p.terminal_id = online_orders.terminal_id
           and split_part(p.order_no, '~', 1) = online_orders.order_no and p.means = 'order'
           and p.status in ('PAID', 'AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'))
    order by expires_at limit $1`,
)

/** Orders whose time is over while nobody is paying them. */
export async function findOverdueOrders(on: Queryable, countMax: number): Promise<OrderRow[]> {
  return selectOverdue(on, [countMax])
}

const selectPlace = prepare<{ merchant_name: string; accepting: boolean }>(
  `select m.name as merchant_name, m.accepting and t.enabled as accepting
     from terminals t
     join merchants m on m.school_id = t.school_id and m.merchant_id = t.merchant_id
    where t.school_id = $1 and t.terminal_id = $2`,
)

export async function findOrderPlace(on: Queryable, schoolId: string, terminalId: string) {
  return (await selectPlace(on, [schoolId, terminalId]))[0]
}
