import { type Consent, consentPurposeSchema, consentTexts } from '@campus-ecode/protocol/consents'
import { findCard } from '../cards/store.ts'
import type { Queryable } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findConsents } from './store.ts'

/** What personal data is taken for, and what the person agreed to when (R42). */
export async function getConsents({
  params,
  services,
}: PersonContext<'getConsents'>): PersonOutcome<'getConsents'> {
  const { schoolId, personId } = params
  const { pool } = services.db
  if (!(await findCard(pool, schoolId, personId))) return refuse('NOT_FOUND')
  return { status: 200, body: { consents: await describeConsents(pool, schoolId, personId) } }
}

export async function describeConsents(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<Consent[]> {
  const rows = new Map(
    (await findConsents(on, schoolId, personId)).map((row) => [row.purpose, row]),
  )
  return consentPurposeSchema.options.map((purpose) => {
    const row = rows.get(purpose)
    const stands = row && !row.withdrawn_at
    return {
      purpose,
      ...consentTexts[purpose],
      given: stands ? { version: row.version, at: row.given_at.toISOString() } : null,
      withdrawnAt: row?.withdrawn_at?.toISOString() ?? null,
    }
  })
}
