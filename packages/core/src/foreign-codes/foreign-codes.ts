import type { ErrorCode } from '@campus-ecode/protocol/errors'
import {
  type ForeignKind,
  foreignKindSchema,
  type PersonClass,
} from '@campus-ecode/protocol/shapes'
import type { Queryable } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import type { OutsideLine } from '../matching/outside-line.ts'
import type { ForeignCodePort } from '../ports/foreign-code-port.ts'

/**
 * What it takes for tills to take the codes of another system (R28). One is given for each kind of code, as
 * `services.ports.foreignCodes`; a kind without one is refused. Everything else is the same for all of them:
 * price by class, one charge, asking, undoing, refunds, books, bill, statement and matching under the kind's
 * own word (docs/foreign-codes.md).
 */
export interface ForeignCodes {
  port: ForeignCodePort
  /**
   * Who has bound what the port knows the code's owner by, the value of `indexPayer`; nobody pays whom the
   * school does not know. Asked again under the payer's lock.
   */
  findPayer(
    on: Queryable,
    schoolId: string,
    payerIndex: Uint8Array,
  ): Promise<BoundPayer | undefined>
  /** What tills and phones are told, in that system's own words. */
  refusals: Record<'notBound' | 'declined' | 'timedOut' | 'unavailable', ErrorCode>
  /**
   * Within which it takes back, by its own rules: what is asked of it beyond them would be asked for ever.
   * Days are since the order.
   */
  takesBack: { reversalDays: number; refundDays: number; refundsMax: number }
  /** All that it has booked on a day (R34). Throws when it cannot be had. @param day `YYYY-MM-DD` */
  readBill(day: string): Promise<OutsideLine[]>
}

export interface BoundPayer {
  person_id: string
  class: PersonClass
  masked_name: string
}

/** By what a person is found whose account there is called `openid`, and by nothing else. */
export function indexPayer(
  { keys }: Pick<Services, 'keys'>,
  kind: ForeignKind,
  schoolId: string,
  openid: string,
): Promise<Uint8Array> {
  return keys.index(`${kind}/${schoolId}`, openid)
}

export function isForeign(word: string | null): word is ForeignKind {
  return foreignKindSchema.options.some((kind) => kind === word)
}
