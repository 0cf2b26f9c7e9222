export type { Answer, Answered, Refused, Unknown, UnknownReason } from './answer.ts'
export type {
  Open,
  Paid,
  PayOutcome,
  Refunded,
  RefundOutcome,
  Refusal,
  Reversed,
  ReverseOutcome,
} from './outcomes.ts'
export type { PayAndSettle } from './pay-and-settle.ts'
export {
  createTerminal,
  type OrderCalls,
  type OwnKey,
  type RefundOrder,
  type SharedKey,
  type Terminal,
  type TerminalOptions,
} from './terminal.ts'
