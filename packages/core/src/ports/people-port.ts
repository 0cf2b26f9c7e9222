import type { CardHolder } from '@campus-ecode/protocol/people-port'
import type { PortAnswer } from './debit-port.ts'

/** What the one-card system knows of people (R2b). */
export interface PeoplePort {
  /** REFUSED with ACCOUNT_UNKNOWN for a number that nobody has. */
  lookUp(cardNo: string): Promise<PortAnswer<CardHolder>>
  /** The password is sent and nowhere kept. */
  checkPassword(cardNo: string, password: string): Promise<PortAnswer<{ matches: boolean }>>
}
