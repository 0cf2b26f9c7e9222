import type { Queryable } from '../db/database.ts'

export const SCHOOL = '1001'

/** What an import does in the end: tables that are still empty stay unknown to the planner. */
export const ANALYZE = 'analyze people, payers, devices, device_slots, terminals, merchants'

/** A phone's part of an enrolment, as its row has it. */
export interface SeedPhone {
  index: number
  publicKey: Uint8Array
  grantSalt: Uint8Array
}

/** A school whose people each have ¥10,000.00 and a phone that was heard of just now. */
export async function seedSchool(on: Queryable): Promise<void> {
  await on.query(
    `insert into schools (school_id, name, name_en, accent, support_contact, origins, secret_hash)
     values ($1, 'bench', 'bench', '#000000', '', '{}', '\\x00')`,
    [SCHOOL],
  )
}

/** @returns Ids of new merchants, each with one till whose key is not usable yet. */
export async function seedTills(on: Queryable, count: number): Promise<void> {
  await on.query(
    `with m as (insert into merchants (school_id, merchant_id, name)
                select $1, gen_random_uuid(), 'm' || n from generate_series(1, $2::int) n
                returning merchant_id, name)
     insert into terminals (school_id, terminal_id, merchant_id, name, key_id, sealed_key)
     select $1, gen_random_uuid(), merchant_id, name, $1 || '.t.bench-' || name, '' from m`,
    [SCHOOL, count],
  )
}

export async function seedPeople(on: Queryable, phones: readonly SeedPhone[]): Promise<void> {
  await on.query(
    `with p as materialized (
       select *, gen_random_uuid() as person_id, gen_random_uuid() as device_id
         from unnest($2::int[], $3::bytea[], $4::bytea[]) as phone(index, public_key, grant_salt)),
     w as (
       insert into people (school_id, person_id, card_no_index, sealed, masked_name, masked_card_no, class)
       select $1, person_id, decode(lpad(to_hex(index), 16, '0'), 'hex'), '', '林*夏', '', 'student' from p),
     b as (
       insert into payers (school_id, person_id, card_status, default_account, one_card_status, wallet_status,
                           wallet_fen, wallet_version, single_limit_fen, daily_limit_fen)
       select $1, person_id, 'active', 'wallet', 'open', 'open', 1000000, 1, 20000, 1000000 from p),
     t as (
       insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
                             person_id, wallet_version, wallet_fen)
       select $1, gen_random_uuid(), 'top_up', 'clearing/bank', 'wallet/' || person_id, 1000000,
              person_id, 1, 1000000 from p),
     s as (
       insert into device_slots (school_id, device_index, person_id, device_id)
       select $1, index, person_id, device_id from p)
     insert into devices (school_id, device_id, person_id, device_index, status, label, public_key,
                          grant_id, grant_salt, grant_issued_at, last_contact_at)
     select $1, device_id, person_id, index, 'active', 'bench', public_key,
            gen_random_uuid(), grant_salt, now(), now() + interval '1 day' from p`,
    [
      SCHOOL,
      phones.map(({ index }) => index),
      phones.map(({ publicKey }) => Buffer.from(publicKey)),
      phones.map(({ grantSalt }) => Buffer.from(grantSalt)),
    ],
  )
}

/** Paid orders of the past, for every person as many, with the books that belong to them. */
export async function seedPast(on: Queryable, ordersEach: number): Promise<void> {
  // Made afterwards an index of millions takes seconds; kept up row by row it takes minutes.
  const { rows: indexes } = await on.query<{ drop: string; make: string }>(
    `select 'alter table ' || conrelid::regclass || ' drop constraint ' || conname as drop,
            'alter table ' || conrelid::regclass || ' add ' || pg_get_constraintdef(oid) as make
       from pg_constraint where contype = 'p' and conrelid in ('payments'::regclass, 'postings'::regclass)
     union all
     select 'drop index ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
       from pg_index where not indisprimary and indrelid in ('payments'::regclass, 'postings'::regclass)`,
  )
  for (const { drop } of indexes) await on.query(drop)
  await on.query(
    `with p as (
       select person_id, n, gen_random_uuid() as payment_id, now() - n * interval '1 day' as at
         from payers cross join generate_series(1, $2::int) n),
     t as (select terminal_id, merchant_id from terminals limit 1),
     o as (
       insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, merchant_id,
                             person_id, class, masked_name, list_fen, amount_fen, account, channel,
                             paid_at, settled_at, created_at)
       select $1, t.terminal_id, p.payment_id::text, p.payment_id, '\\x00', 'PAID', t.merchant_id,
              p.person_id, 'student', '林*夏', 1, 1, 'wallet', 'wallet', p.at, p.at, p.at
         from p cross join t),
     b as (
       insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
                             payment_id, person_id, wallet_version, wallet_fen, posted_at)
       select $1, p.payment_id, 'payment', 'wallet/' || p.person_id, 'merchant/' || t.merchant_id, 1,
              p.payment_id, p.person_id, 1 + p.n, 1000000 - p.n, p.at
         from p cross join t)
     update payers set wallet_version = 1 + $2::int, wallet_fen = 1000000 - $2::int`,
    [SCHOOL, ordersEach],
  )
  for (const { make } of indexes) await on.query(make)
}
