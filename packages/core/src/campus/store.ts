import type { Campus, PriceRule, TerminalKind } from '@campus-ecode/protocol/campus'
import type { CardStatus } from '@campus-ecode/protocol/card'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface SchoolRow {
  secret_hash: Buffer
}

const selectSchool = prepare<SchoolRow>('select secret_hash from schools where school_id = $1')

export async function findSchool(on: Queryable, schoolId: string): Promise<SchoolRow | undefined> {
  return (await selectSchool(on, [schoolId]))[0]
}

const upsertSchool = prepare(
  `insert into schools (school_id, name, name_en, accent, support_contact, origins, secret_hash,
                        face_at_binding, limit_ceiling_face_fen, collection_channels)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict (school_id) do update
      set name = excluded.name, name_en = excluded.name_en, accent = excluded.accent,
          support_contact = excluded.support_contact, origins = excluded.origins,
          secret_hash = excluded.secret_hash, face_at_binding = excluded.face_at_binding,
          limit_ceiling_face_fen = excluded.limit_ceiling_face_fen,
          collection_channels = excluded.collection_channels`,
)

export async function saveSchool(
  tx: Tx,
  school: Campus['school'],
  secretHash: Uint8Array,
): Promise<void> {
  const { id, name, nameEn, accent, supportContact, origins } = school
  await upsertSchool(tx, [
    ...[id, name, nameEn, accent, supportContact, origins, secretHash],
    ...[school.faceAtBinding, school.limitCeilingFaceFen ?? null, school.collectionChannels],
  ])
}

const selectMerchant = prepare<{ merchant_id: string }>(
  'select merchant_id from merchants where school_id = $1 and name = $2',
)
const upsertMerchant = prepare(
  `insert into merchants (school_id, merchant_id, name, price_rules, campus) values ($1, $2, $3, $4, $5)
       on conflict (school_id, merchant_id) do update
      set price_rules = excluded.price_rules, campus = excluded.campus`,
)

/** Keeps a merchant of the same name. */
export async function saveMerchant(
  tx: Tx,
  schoolId: string,
  newId: string,
  {
    name,
    priceRules,
    campus,
  }: { name: string; priceRules: PriceRule[]; campus?: string | undefined },
): Promise<string> {
  const [known] = await selectMerchant(tx, [schoolId, name])
  const merchantId = known?.merchant_id ?? newId
  await upsertMerchant(tx, [schoolId, merchantId, name, JSON.stringify(priceRules), campus ?? null])
  return merchantId
}

export interface TerminalRow {
  terminal_id: string
  kind: TerminalKind
  key_id: string
  sealed_key: Buffer
}

const selectTerminal = prepare<TerminalRow>(
  `select terminal_id, kind, key_id, sealed_key from terminals
    where school_id = $1 and merchant_id = $2 and name = $3`,
)

export async function findTerminal(
  tx: Tx,
  schoolId: string,
  merchantId: string,
  name: string,
): Promise<TerminalRow | undefined> {
  return (await selectTerminal(tx, [schoolId, merchantId, name]))[0]
}

const upsertTerminal = prepare(
  `insert into terminals (school_id, terminal_id, merchant_id, name, kind, key_id, sealed_key)
   values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (school_id, terminal_id) do update
      set kind = excluded.kind, key_id = excluded.key_id, sealed_key = excluded.sealed_key`,
)

export async function saveTerminal(
  tx: Tx,
  terminal: {
    schoolId: string
    terminalId: string
    merchantId: string
    name: string
    kind: TerminalKind
    keyId: string
    sealedKey: Uint8Array
  },
): Promise<void> {
  const { schoolId, terminalId, merchantId, name, kind, keyId, sealedKey } = terminal
  await upsertTerminal(tx, [schoolId, terminalId, merchantId, name, kind, keyId, sealedKey])
}

const selectPeople = prepare<{
  person_id: string
  card_no_index: Buffer
  bank_card_id: string | null
}>(
  `select p.person_id, p.card_no_index,
          case when y.wallet_status = 'open' then y.bank_card_id end as bank_card_id
     from people p
     join payers y on y.school_id = p.school_id and y.person_id = p.person_id
    where p.school_id = $1 and p.card_no_index = any ($2)`,
)

export interface KnownPerson {
  personId: string
  /** What a first top-up may be taken from; null while there is no wallet to put it into. */
  bankCardId: string | null
}

/** The people who have one of these card numbers, by the number's index in hex. */
export async function findPeople(
  on: Queryable,
  schoolId: string,
  cardNoIndexes: Uint8Array[],
): Promise<Map<string, KnownPerson>> {
  const rows = await selectPeople(on, [schoolId, cardNoIndexes])
  return new Map(
    rows.map((row) => [
      row.card_no_index.toString('hex'),
      { personId: row.person_id, bankCardId: row.bank_card_id },
    ]),
  )
}

/** A person as the statement below takes them; bytes in hex. */
export interface NewPerson {
  person_id: string
  card_no_index: string
  sealed: string
  masked_name: string
  masked_card_no: string
  class: PersonClass
  campus: string | null
  groups: string[]
  agreement_urged: boolean
  card_status: 'active' | 'unclaimed' | 'closed'
  one_card_status: 'open' | 'not_open'
  wallet_status: 'open' | 'not_open'
  bank_card: { card_id: string; token: string; bank_name: string; tail: string } | null
}

// The account that is charged first is one that the person has (R7); limits are the school's (R23).
const insertAll = prepare(
  `with given as materialized (
     select * from jsonb_to_recordset($2) as g(
       person_id uuid, card_no_index text, sealed text, masked_name text, masked_card_no text,
       class text, campus text, groups text[], agreement_urged boolean, card_status text, one_card_status text,
       wallet_status text, bank_card jsonb)
   ),
   person as (
     insert into people (school_id, person_id, card_no_index, sealed, masked_name, masked_card_no, class, campus,
                         groups, agreement_urged)
     select $1, g.person_id, decode(g.card_no_index, 'hex'), decode(g.sealed, 'hex'), g.masked_name,
            g.masked_card_no, g.class, g.campus, g.groups, g.agreement_urged
       from given g
   ),
   wallet as (
     insert into wallets (school_id, person_id, opened_at)
     select $1, g.person_id, now() from given g where g.wallet_status = 'open'
   ),
   card as (
     insert into bank_cards (school_id, card_id, person_id, token, bank_name, tail)
     select $1, (g.bank_card->>'card_id')::uuid, g.person_id, g.bank_card->>'token',
            g.bank_card->>'bank_name', g.bank_card->>'tail'
       from given g where jsonb_typeof(g.bank_card) = 'object'
   )
   insert into payers (school_id, person_id, card_status, default_account, one_card_status,
                       wallet_status, bank_card_id, single_limit_fen, daily_limit_fen)
   select $1, g.person_id, g.card_status,
          case when g.wallet_status <> 'open' and g.one_card_status = 'open' then 'one_card' else 'wallet' end,
          g.one_card_status, g.wallet_status, (g.bank_card->>'card_id')::uuid,
          s.single_limit_fen, s.daily_limit_fen
     from given g join schools s on s.school_id = $1`,
)

export async function insertPeople(tx: Tx, schoolId: string, people: NewPerson[]): Promise<void> {
  await insertAll(tx, [schoolId, JSON.stringify(people)])
}

/** What the school says of a person, and may change its mind about. */
export interface RegisterEntry {
  person_id: string
  class: PersonClass
  campus: string | null
  groups: string[]
  agreement_urged: boolean
}

const selectChanged = prepare<{ person_id: string }>(
  `select p.person_id
     from jsonb_to_recordset($2) as g(
            person_id uuid, class text, campus text, groups text[], agreement_urged boolean)
     join people p on p.school_id = $1 and p.person_id = g.person_id
    where (p.class, p.campus, p.groups, p.agreement_urged)
          is distinct from (g.class, g.campus, g.groups, g.agreement_urged)`,
)

/** Of whom the school says something else than it did. */
export async function findChanged(
  on: Queryable,
  schoolId: string,
  entries: RegisterEntry[],
): Promise<Set<string>> {
  const rows = await selectChanged(on, [schoolId, JSON.stringify(entries)])
  return new Set(rows.map(({ person_id }) => person_id))
}

const updateRegister = prepare(
  `update people p
      set class = g.class, campus = g.campus, groups = g.groups, agreement_urged = g.agreement_urged
     from jsonb_to_recordset($2) as g(
            person_id uuid, class text, campus text, groups text[], agreement_urged boolean)
    where p.school_id = $1 and p.person_id = g.person_id and p.erased_at is null`,
)

/** Of whoever had themselves deleted since they were found, nothing comes back (R42). */
export async function saveRegister(
  tx: Tx,
  schoolId: string,
  entries: RegisterEntry[],
): Promise<void> {
  await updateRegister(tx, [schoolId, JSON.stringify(entries)])
}

const selectUnclosed = prepare<{ person_id: string; card_status: CardStatus }>(
  `select person_id, card_status from payers
    where school_id = $1 and person_id = any ($2) and card_status <> 'closed'
    order by person_id for update`,
)

/** Those of these people whose card is not closed, locked as by lockPayer(). */
export async function lockUnclosed(
  tx: Tx,
  schoolId: string,
  personIds: string[],
): Promise<{ person_id: string; card_status: CardStatus }[]> {
  return selectUnclosed(tx, [schoolId, personIds])
}

const selectOutcomes = prepare<{ movement_id: string; outcome: string | null }>(
  `select movement_id, outcome from external_movements
    where school_id = $1 and movement_id = any ($2)`,
)

/** What became of top-ups that were begun, by id. */
export async function findTopUps(
  on: Queryable,
  schoolId: string,
  topUpIds: string[],
): Promise<Map<string, string | null>> {
  const rows = await selectOutcomes(on, [schoolId, topUpIds])
  return new Map(rows.map((row) => [row.movement_id, row.outcome]))
}
