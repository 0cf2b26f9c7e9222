import type { BillEntry } from '@campus-ecode/protocol/bill'
import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import type { AppliedRule } from '@campus-ecode/protocol/payments'
import type { Account, Channel, PayMeans } from '@campus-ecode/protocol/shapes'

/** One line of a bill as the statements below read it. */
export interface EntryRow {
  school_id: string
  entry_id: string
  payment_id: string
  kind: BillEntry['kind']
  status: BillEntry['status']
  at: Date
  merchant_name: string | null
  terminal_name: string | null
  means: PayMeans | null
  channel: Channel | null
  tail: string | null
  list_fen: number | null
  rule: AppliedRule | null
  amount_fen: number | null
  order_no: string | null
  refusal: ErrorCode | null
  /** Of a shower: what its meter said. */
  total_ml: number | null
  device_id: string | null
  code_id: string | null
  account: Account | null
}

/** A line of the bill as the phone draws it. */
export function toBillEntry(row: EntryRow): BillEntry {
  return {
    entryId: row.entry_id,
    paymentId: row.payment_id,
    kind: row.kind,
    direction: row.kind === 'payment' || row.kind === 'withdrawal' ? 'out' : 'in',
    status: row.status,
    at: row.at.toISOString(),
    merchantName: row.merchant_name,
    terminalName: row.terminal_name,
    means: row.means,
    channel: row.channel,
    cardTail: row.tail,
    listFen: row.list_fen,
    rule: row.rule,
    // An order that was refused before it was priced has its list price alone.
    amountFen: row.amount_fen ?? row.list_fen ?? 0,
    orderNo: row.order_no,
    refusal: row.refusal && {
      code: row.refusal,
      message: describeError(row.refusal).sentences,
    },
    ...(row.total_ml !== null && { litresMl: row.total_ml }),
  }
}

// Each of these selects EntryRow; what they read from is named p (payments), r (refunds), b (books) or
// x (external movements), for the condition that the caller adds.

const PLACE = `
  join merchants m on m.school_id = p.school_id and m.merchant_id = p.merchant_id
  left join terminals t on t.school_id = p.school_id and t.terminal_id = p.terminal_id
  left join bank_cards c on c.school_id = p.school_id and c.card_id = p.bank_card_id`
// Whichever try paid an online order (R38), its number is the merchant's.
const ORDER_NO = "split_part(p.order_no, '~', 1) as order_no"
const NO_CODE =
  'null::bigint as total_ml, null::uuid as device_id, null::uuid as code_id, null::text as account'

/** The channel is known once money has moved (R13). */
export const SELECT_PAYMENTS = `
  select p.school_id, p.payment_id as entry_id, p.payment_id, 'payment' as kind, p.status,
         p.created_at as at, m.name as merchant_name, t.name as terminal_name, p.means,
         case when p.paid_at is not null then p.channel end as channel,
         case when p.paid_at is not null then c.tail end as tail,
         p.list_fen, p.rule, p.amount_fen, ${ORDER_NO}, p.refusal,
         w.total_ml, p.device_id, p.code_id, p.account
    from payments p ${PLACE}
    left join water_sessions w
      on p.means = 'water' and w.school_id = p.school_id and w.session_id = p.payment_id`

export const SELECT_REFUNDS = `
  select r.school_id, r.refund_id as entry_id, r.payment_id, 'refund' as kind, r.status,
         r.created_at as at, m.name as merchant_name, t.name as terminal_name, p.means, p.channel, c.tail,
         null::bigint as list_fen, null::jsonb as rule, r.amount_fen, ${ORDER_NO},
         null::text as refusal, ${NO_CODE}
    from refunds r
    join payments p on p.school_id = r.school_id and p.payment_id = r.payment_id ${PLACE}`

export const SELECT_REVERSALS = `
  select b.school_id, b.transaction_id as entry_id, b.payment_id, 'reversal' as kind,
         'REVERSED' as status, b.posted_at as at, m.name as merchant_name, t.name as terminal_name,
         p.means, p.channel, c.tail, null::bigint as list_fen, null::jsonb as rule, b.amount_fen, ${ORDER_NO},
         null::text as refusal, ${NO_CODE}
    from postings b
    join payments p on p.school_id = b.school_id and p.payment_id = b.payment_id ${PLACE}`

/** Top-ups and withdrawals, also those that came to nothing: the money was out of sight meanwhile. */
export const SELECT_TRANSFERS = `
  select x.school_id, x.movement_id as entry_id, x.movement_id as payment_id, x.kind,
         case when x.outcome = 'succeeded' then 'SUCCEEDED'
              when x.state = 'done' then 'DECLINED'
              when x.unknown_at is not null then 'UNKNOWN'
              else 'PROCESSING' end as status,
         x.created_at as at, null::text as merchant_name, null::text as terminal_name,
         null::text as means, 'bank_card' as channel, c.tail, null::bigint as list_fen, null::jsonb as rule, x.amount_fen,
         null::text as order_no, null::text as refusal, ${NO_CODE}
    from external_movements x
    left join bank_cards c on c.school_id = x.school_id and c.card_id = x.bank_card_id`
