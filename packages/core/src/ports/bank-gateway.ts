import type {
  CardCheck,
  CardCheckRequest,
  ConfirmedCard,
  Payout,
  PayoutRequest,
} from '@campus-ecode/protocol/bank-gateway'
import type { PortAnswer } from './debit-port.ts'

/** What the bank does beside debits: it knows whose a card is (R9) and pays out to it (R12). */
export interface BankGateway {
  /**
   * Compares, and sends the bank's own SMS code when all agrees. Repeating a reference with the same
   * content is harmless and sends no second SMS.
   */
  checkCard(request: CardCheckRequest): Promise<PortAnswer<CardCheck>>
  /** Repeating the right code is harmless. */
  confirmCard(reference: string, smsCode: string): Promise<PortAnswer<ConfirmedCard>>
  /** Repeating the same reference with the same content pays once. */
  payOut(request: PayoutRequest): Promise<PortAnswer<Payout>>
  queryPayout(reference: string): Promise<PortAnswer<Payout>>
  /** Makes sure that a payout never happens, also one that never arrived; one that happened stays. */
  cancelPayout(reference: string): Promise<PortAnswer<Payout>>
}
