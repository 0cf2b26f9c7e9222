import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestCampus, type TestCampus } from '../testing/campus.ts'
import { sweepOnce } from './sweeper.ts'

let campus: TestCampus
beforeAll(async () => {
  campus = await createTestCampus()
})
afterAll(() => campus.close())

const ROWS = [
  // [table, what is to be gone, what is to stay]
  [
    'seen_nonces',
    `insert into seen_nonces (school_id, key_id, nonce, expires_at) select '1001', 'k', $1 || i, now() + $2::interval from generate_series(1, $3) i`,
    ['-1 second', '1 second'],
  ],
  [
    'issued_codes',
    `insert into issued_codes (school_id, code_hash, code_id, person_id, account, revealed, issued_at, expires_at)
     select '1001', sha256(($1 || i)::bytea), gen_random_uuid(), $4, 'wallet', false, now(), now() + $2::interval from generate_series(1, $3) i`,
    ['-11 minutes', '-9 minutes'],
  ],
  [
    'enrolments',
    `insert into enrolments (school_id, enrolment_id, person_id, public_key, label, code_hash, expires_at)
     select '1001', gen_random_uuid(), $4, '', $1, '', now() + $2::interval from generate_series(1, $3) i`,
    ['-49 hours', '-47 hours'],
  ],
  [
    'card_bindings',
    `insert into card_bindings (school_id, binding_id, person_id, bank_name, expires_at)
     select '1001', gen_random_uuid(), $4, $1, now() + $2::interval from generate_series(1, $3) i`,
    ['-49 hours', '-47 hours'],
  ],
  [
    'verifications',
    `insert into verifications (school_id, verification_id, person_id, means, code_hash, expires_at)
     select '1001', gen_random_uuid(), $4, 'school_phone', $1::bytea, now() + $2::interval from generate_series(1, $3) i`,
    ['-49 hours', '-47 hours'],
  ],
  [
    'approvals',
    `insert into approvals (school_id, approval_id, person_id, action, return_to, ticket_hash, challenge, expires_at)
     select '1001', gen_random_uuid(), $4, '{}', $1, '', sha256(''), now() + $2::interval from generate_series(1, $3) i`,
    ['-49 hours', '-47 hours'],
  ],
  [
    'events',
    `insert into events (school_id, person_id, event_id, kind, detail, at)
     select '1001', $4, gen_random_uuid(), 'card', jsonb_build_object('x', $1::text), now() + $2::interval from generate_series(1, $3) i`,
    ['-49 hours', '-47 hours'],
  ],
  [
    'notices',
    `insert into notices (school_id, person_id, notice_id, kind, data, at)
     select '1001', $4, gen_random_uuid(), 'card', jsonb_build_object('x', $1::text), now() + $2::interval from generate_series(1, $3) i`,
    ['-181 days', '-179 days'],
  ],
  [
    'identity_codes',
    `insert into identity_codes (school_id, code_hash, code_id, person_id, issued_at, expires_at)
     select '1001', sha256(($1 || i)::bytea), gen_random_uuid(), $4, now(), now() + $2::interval from generate_series(1, $3) i`,
    ['-11 minutes', '-9 minutes'],
  ],
  [
    'access_records',
    `insert into access_records (school_id, record_id, gate_id, at, result, purpose)
     select '1001', gen_random_uuid(), gen_random_uuid(), now() + $2::interval, 'opened', $1 from generate_series(1, $3) i`,
    ['-91 days', '-89 days'],
  ],
  [
    'gatherings',
    `insert into gatherings (school_id, gathering_id, context, purpose, title, zone, organiser_id, classes, groups,
                             minutes, ends_at)
     select '1001', gen_random_uuid(), 1, 'meeting', $1, '', $4, '{}', '{}', 1, now() + $2::interval
       from generate_series(1, $3) i`,
    ['-91 days', '-89 days'],
  ],
  [
    'access_credentials',
    `insert into access_credentials (school_id, credential_hash, credential_id, person_id, label, class, profile,
                                     not_before, expires_at, revoked_at, revoked_reason, listed_seq, unlisted_seq)
     select '1001', substr(sha256(($1 || i)::bytea), 1, 8), gen_random_uuid(), $4, '', 'student', 0, now(),
            now() + $2::interval, now(), 'changed', i, i + 1 from generate_series(1, $3) i`,
    ['-31 days', '-29 days'],
  ],
  [
    'sign_ins',
    `insert into sign_ins (school_id, person_id, hour, at, scopes, channel)
     select '1001', $4, now() + $2::interval - i * interval '1 second', now() + $2::interval, array[$1], 'school_server' from generate_series(1, $3) i`,
    ['-91 days', '-89 days'],
  ],
  [
    'collection_lookups',
    `insert into collection_lookups (school_id, lookup_id, person_id, at, wrong)
     select '1001', gen_random_uuid(), $4, now() + $2::interval, $1 = '' from generate_series(1, $3) i`,
    ['-49 hours', '-47 hours'],
  ],
  [
    'webhooks',
    `insert into webhooks (school_id, webhook_id, endpoint_id, type, data, created_at, next_attempt_at)
     select '1001', gen_random_uuid(), gen_random_uuid(), $1, '{}', now() + $2::interval, null from generate_series(1, $3) i`,
    ['-31 days', '-29 days'],
  ],
] as const

it.each(ROWS)(
  'deletes of %s what has had its time, however much, and nothing else',
  async (table, insert, [gone, stays]) => {
    const { pool } = campus.db
    const { personId } = await campus.addPerson()
    for (const [name, age, count] of [
      ['gone', gone, 4_500],
      ['stays', stays, 3],
    ] as const) {
      const values = [name, age, count, personId]
      await pool.query(insert, insert.includes('$4') ? values : values.slice(0, 3))
    }
    await sweepOnce(pool)
    const { rows } = await pool.query(`select count(*) from ${table}`)
    expect(rows[0].count).toBe(3)
  },
)

it('keeps a credential of the past as long as a revocation list has it', async () => {
  const { pool } = campus.db
  const { personId } = await campus.addPerson()
  await pool.query(
    `insert into access_credentials (school_id, credential_hash, credential_id, person_id, label, class, profile,
                                     not_before, expires_at, revoked_at, revoked_reason, listed_seq)
     select '1001', substr(sha256('listed'), 1, 8), gen_random_uuid(), $1, '', 'student', 0, now(), now() - interval '60 days', now(),
            'changed', 1`,
    [personId],
  )
  const count = async () =>
    (await pool.query('select 1 from access_credentials where person_id = $1', [personId])).rowCount
  await sweepOnce(pool)
  expect(await count()).toBe(1)
  await pool.query('update access_credentials set unlisted_seq = 2 where person_id = $1', [
    personId,
  ])
  await sweepOnce(pool)
  expect(await count()).toBe(0)
})
