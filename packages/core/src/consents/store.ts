import { type ConsentPurpose, consentTexts } from '@campus-ecode/protocol/consents'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'

const insert = prepare(
  `insert into consents (school_id, consent_id, person_id, purpose, version)
   values ($1, $2, $3, $4, $5)
   on conflict (person_id, purpose, version, school_id) where withdrawn_at is null do nothing`,
)

/**
 * Records that a person agrees to a purpose in its present words (R42), in the transaction of what they
 * agreed to. A consent to the same words that stands keeps its time.
 */
export async function giveConsent(
  tx: Tx,
  { newId }: Pick<Services, 'newId'>,
  { schoolId, personId }: { schoolId: string; personId: string },
  purpose: ConsentPurpose,
): Promise<void> {
  await insert(tx, [schoolId, newId(), personId, purpose, consentTexts[purpose].version])
}

const withdraw = prepare(
  `update consents set withdrawn_at = now()
    where school_id = $1 and person_id = $2 and purpose = $3 and withdrawn_at is null`,
)

export async function markWithdrawn(
  tx: Tx,
  schoolId: string,
  personId: string,
  purpose: ConsentPurpose,
): Promise<void> {
  await withdraw(tx, [schoolId, personId, purpose])
}

export interface ConsentRow {
  purpose: ConsentPurpose
  version: string
  given_at: Date
  withdrawn_at: Date | null
}

const selectLast = prepare<ConsentRow>(
  `select distinct on (purpose) purpose, version, given_at, withdrawn_at
     from consents where school_id = $1 and person_id = $2
    order by purpose, withdrawn_at is not null, given_at desc, consent_id desc`,
)

/** Of each purpose the consent that stands, or the one that was withdrawn. */
export async function findConsents(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<ConsentRow[]> {
  return selectLast(on, [schoolId, personId])
}

const selectStanding = prepare<{ stands: boolean }>(
  `select exists (select from consents
                   where school_id = $1 and person_id = $2 and purpose = $3
                     and withdrawn_at is null) as stands`,
)

/** Whether the person agrees to a purpose, in whatever words that was. */
export async function hasConsent(
  on: Queryable,
  schoolId: string,
  personId: string,
  purpose: ConsentPurpose,
): Promise<boolean> {
  return (await selectStanding(on, [schoolId, personId, purpose]))[0]?.stands ?? false
}

// A minute more than a binding may be confirmed: the bank may be answering a confirmation just now.
const selectBound = prepare<{ bound: boolean }>(
  `select exists (select from bank_cards
                   where school_id = $1 and person_id = $2 and unbound_at is null)
       or exists (select from card_bindings
                   where school_id = $1 and person_id = $2 and bound_card_id is null
                     and expires_at > now() - interval '1 minute') as bound`,
)

/** Whether a bank card is bound or being bound. The payer's lock guards it. */
export async function isCardBoundOrStarted(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<boolean> {
  return (await selectBound(tx, [schoolId, personId]))[0]?.bound ?? false
}

const endChecks = prepare(
  `update card_bindings set face_status = 'expired', token = null
    where school_id = $1 and person_id = $2 and bound_card_id is null
      and face_status in ('pending', 'passed')`,
)

/** Whatever a provider says later of a face check under way, it binds nothing. */
export async function endFaceChecks(tx: Tx, schoolId: string, personId: string): Promise<void> {
  await endChecks(tx, [schoolId, personId])
}
