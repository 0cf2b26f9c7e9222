export type { Answer, Answered, Refused, Unknown, UnknownReason } from './answer.ts'
export type { OwnKey, SharedKey } from './core-key.ts'
export { createGate } from './gate/create-gate.ts'
export type { CoreOptions, Gate, GateOptions, GateReading, GateState } from './gate/gate.ts'
export type { TakenDocument } from './gate/gate-documents.ts'
export type { GateWarning } from './gate/gate-warnings.ts'
export {
  createDocumentGuard,
  type DocumentGuard,
  type DocumentRefusal,
  type GateIdentity,
  type Holdings,
} from './gate/holdings.ts'
export { GateFolderInUse } from './gate/lock-folder.ts'
export type { Finding } from './gate/upload-records.ts'
export {
  type Knowledge,
  type ReplayMemory,
  type Seen,
  type Verdict,
  verifyAccess,
} from './gate/verify-access.ts'
export {
  createMerchant,
  type Merchant,
  type MerchantOptions,
  type NewOrder,
} from './merchant/create-merchant.ts'
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
export { createShower } from './shower/create-shower.ts'
export type {
  Shower,
  ShowerOptions,
  ShowerPhase,
  ShowerState,
  StartOutcome,
  Valve,
} from './shower/shower.ts'
export { createWaterCalls, type WaterCalls } from './shower/water-calls.ts'
export {
  createTerminal,
  type OrderCalls,
  type RefundOrder,
  type Terminal,
  type TerminalOptions,
} from './terminal.ts'
