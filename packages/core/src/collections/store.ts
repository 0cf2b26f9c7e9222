import type { PriceRule } from '@campus-ecode/protocol/campus'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import type { CollectionChannel } from '@campus-ecode/protocol/sign-ins'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** A till's printed code, with whom it pays as the core knows them. */
export interface CollectionRow {
  school_id: string
  collection_no: string
  merchant_id: string
  terminal_id: string
  key_id: number
  withdrawn: boolean
  merchant_name: string
  terminal_name: string
  campus: string | null
  accepting: boolean
  price_rules: PriceRule[]
  school_name: string
  school_name_en: string
  accent: string
  collection_channels: CollectionChannel[]
}

// A till that has moved to another merchant, or is no till any more, left its code behind.
const SELECT = `
  select c.school_id, c.collection_no, c.merchant_id, c.terminal_id, c.key_id,
         c.withdrawn_at is not null or t.merchant_id <> c.merchant_id or t.kind <> 'till' as withdrawn,
         m.name as merchant_name, t.name as terminal_name, m.campus,
         m.accepting and t.enabled as accepting, m.price_rules,
         s.name as school_name, s.name_en as school_name_en, s.accent,
         s.collection_channels
    from collection_codes c
    join merchants m on m.school_id = c.school_id and m.merchant_id = c.merchant_id
    join terminals t on t.school_id = c.school_id and t.terminal_id = c.terminal_id
    join schools s on s.school_id = c.school_id`

const selectByKey = prepare<CollectionRow>(
  `${SELECT} where c.school_id = $1 and c.terminal_id = $2 and c.key_id = $3`,
)
const selectByNo = prepare<CollectionRow>(
  `${SELECT} where c.school_id = $1 and c.collection_no = $2`,
)
const selectLiving = prepare<CollectionRow>(
  `${SELECT} where c.school_id = $1 and c.terminal_id = $2 and c.withdrawn_at is null`,
)

export async function findCollectionByKey(
  on: Queryable,
  schoolId: string,
  terminalId: string,
  keyId: number,
): Promise<CollectionRow | undefined> {
  return (await selectByKey(on, [schoolId, terminalId, keyId]))[0]
}

export async function findCollectionByNo(
  on: Queryable,
  schoolId: string,
  collectionNo: string,
): Promise<CollectionRow | undefined> {
  return (await selectByNo(on, [schoolId, collectionNo]))[0]
}

/** The code that a till has now. */
export async function findLivingCollection(
  on: Queryable,
  schoolId: string,
  terminalId: string,
): Promise<CollectionRow | undefined> {
  return (await selectLiving(on, [schoolId, terminalId]))[0]
}

const insertCode = prepare(
  `insert into collection_codes (school_id, collection_no, merchant_id, terminal_id, key_id)
   select $1, $2, $3, $4, coalesce(max(key_id), 0) + 1
     from collection_codes where school_id = $1 and terminal_id = $4`,
)

/** Throws a conflict, to be tried again with another number, where the number or the till has one. */
export async function insertCollection(
  tx: Tx,
  code: { schoolId: string; collectionNo: string; merchantId: string; terminalId: string },
): Promise<void> {
  await insertCode(tx, [code.schoolId, code.collectionNo, code.merchantId, code.terminalId])
}

const endCode = prepare<{ collection_no: string }>(
  `update collection_codes set withdrawn_at = now()
    where school_id = $1 and terminal_id = $2 and withdrawn_at is null
   returning collection_no`,
)

/** @returns The number of the code that paid until now, if there was one. */
export async function withdrawCollection(
  tx: Tx,
  schoolId: string,
  terminalId: string,
): Promise<string | undefined> {
  return (await endCode(tx, [schoolId, terminalId]))[0]?.collection_no
}

const insertLookup = prepare(
  `insert into collection_lookups (school_id, lookup_id, person_id, wrong) values ($1, $2, $3, $4)`,
)

export async function addLookup(
  tx: Tx,
  lookup: { schoolId: string; lookupId: string; personId: string; wrong: boolean },
): Promise<void> {
  await insertLookup(tx, [lookup.schoolId, lookup.lookupId, lookup.personId, lookup.wrong])
}

const selectWrong = prepare<{ since_first: number }>(
  `select extract(epoch from now() - min(at))::float8 as since_first
     from collection_lookups
    where school_id = $1 and person_id = $2 and wrong and at > now() - interval '1 day'
   having count(*) >= $3`,
)

/** @returns For how long the first of so many wrong numbers of a day lies back; undefined of fewer. */
export async function secondsOfWrongNumbers(
  tx: Tx,
  schoolId: string,
  personId: string,
  countMax: number,
): Promise<number | undefined> {
  return (await selectWrong(tx, [schoolId, personId, countMax]))[0]?.since_first
}

const selectPayment = prepare<{ terminal_id: string; merchant_id: string; content_hash: Buffer }>(
  `select terminal_id, merchant_id, content_hash from payments
    where school_id = $1 and person_id = $2 and order_no = $3 and means = 'collection'`,
)

/** What a person has begun under a number of the page's, at whichever till. */
export async function findBegun(
  on: Queryable,
  schoolId: string,
  personId: string,
  orderNo: string,
) {
  return (await selectPayment(on, [schoolId, personId, orderNo]))[0]
}

const selectAllowance = prepare<{ left_fen: number; class: PersonClass }>(
  `select greatest(0, s.static_daily_fen
            - case when y.static_on = (now() at time zone 'Asia/Shanghai')::date then y.static_fen else 0 end)
            as left_fen, p.class
     from payers y
     join people p on p.school_id = y.school_id and p.person_id = y.person_id
     join schools s on s.school_id = y.school_id
    where y.school_id = $1 and y.person_id = $2`,
)

/** What static codes may still take from a person today (R15), and the class that prices go by. */
export async function findAllowance(on: Queryable, schoolId: string, personId: string) {
  return (await selectAllowance(on, [schoolId, personId]))[0]
}
