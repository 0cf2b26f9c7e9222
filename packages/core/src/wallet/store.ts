import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** All of a wallet but its cards. */
export interface WalletView {
  wallet_status: 'not_open' | 'open' | 'closed'
  wallet_fen: number
  bank_card_id: string | null
  single_limit_fen: number
  daily_limit_fen: number
  spent_today_fen: number
  limit_ceiling_fen: number
  needs_face: boolean
  binding_id: string | null
  agreement_urged: boolean
  unbind_count: number
  reopen_count: number
  agreement_signed_at: Date | null
}

/** R15: by how strongly the person was verified. */
const CEILING = `case when w.face_checked_at is null then s.limit_ceiling_fen
                      else coalesce(s.limit_ceiling_face_fen, s.limit_ceiling_fen) end`

const selectView = prepare<WalletView>(
  `select y.wallet_status, y.wallet_fen, y.bank_card_id, y.single_limit_fen, y.daily_limit_fen,
          case when y.spent_on = (now() at time zone 'Asia/Shanghai')::date then y.spent_fen else 0 end
            as spent_today_fen,
          ${CEILING} as limit_ceiling_fen, p.agreement_urged,
          s.face_at_binding and (y.wallet_status = 'not_open'
            or y.wallet_status = 'closed' and y.wallet_fen = 0) as needs_face,
          (select b.binding_id from card_bindings b
            where b.school_id = y.school_id and b.person_id = y.person_id
              and b.bank_name is not null and b.bound_card_id is null and b.expires_at > now()
              and coalesce(b.face_status, 'passed') in ('pending', 'passed')
            order by b.started_at desc limit 1) as binding_id,
          coalesce(w.unbind_count, 0) as unbind_count, coalesce(w.reopen_count, 0) as reopen_count,
          w.agreement_signed_at
     from payers y
     join people p on p.school_id = y.school_id and p.person_id = y.person_id
     join schools s on s.school_id = y.school_id
     left join wallets w on w.school_id = y.school_id and w.person_id = y.person_id
    where y.school_id = $1 and y.person_id = $2`,
)

export async function findWallet(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<WalletView | undefined> {
  return (await selectView(on, [schoolId, personId]))[0]
}

/** What of a wallet no payment looks at. The payer's lock guards it. */
export interface WalletRow {
  unbind_count: number
  reopen_count: number
  agreement_signed_at: Date | null
}

const insertRow = prepare(
  'insert into wallets (school_id, person_id) values ($1, $2) on conflict do nothing',
)
const selectRow = prepare<WalletRow>(
  `select unbind_count, reopen_count, agreement_signed_at from wallets
    where school_id = $1 and person_id = $2`,
)

/** Reads it under the payer's lock; it is made when first needed. */
export async function takeWallet(tx: Tx, schoolId: string, personId: string): Promise<WalletRow> {
  await insertRow(tx, [schoolId, personId])
  const [row] = await selectRow(tx, [schoolId, personId])
  if (!row) throw new Error('a wallet that was just made is gone')
  return row
}

const open = prepare(
  `with w as (
     update wallets
        set opened_at = now(), closed_at = null, reopen_count = reopen_count + $3::int
      where school_id = $1 and person_id = $2)
   update payers set wallet_status = 'open' where school_id = $1 and person_id = $2`,
)

/** @param counted As one of the three times that it may be opened again (R11). */
export async function markOpen(tx: Tx, schoolId: string, personId: string, counted: boolean) {
  await open(tx, [schoolId, personId, counted ? 1 : 0])
}

const close = prepare(
  `with w as (
     update wallets set closed_at = now(), agreement_signed_at = null
      where school_id = $1 and person_id = $2)
   update payers
      set wallet_status = 'closed',
          default_account = case when one_card_status = 'open' then 'one_card' else default_account end
    where school_id = $1 and person_id = $2`,
)

/** What was agreed for the wallet ends with it, and codes name the other account if there is one. */
export async function markClosed(tx: Tx, schoolId: string, personId: string): Promise<void> {
  await close(tx, [schoolId, personId])
}

const updateAgreement = prepare(
  `update wallets set agreement_signed_at = case when $3 then now() end
    where school_id = $1 and person_id = $2`,
)

export async function setAgreement(
  tx: Tx,
  schoolId: string,
  personId: string,
  signed: boolean,
): Promise<void> {
  await updateAgreement(tx, [schoolId, personId, signed])
}

const updateLimits = prepare(
  `update payers set single_limit_fen = $3, daily_limit_fen = $4
    where school_id = $1 and person_id = $2`,
)

export async function saveLimits(
  tx: Tx,
  schoolId: string,
  personId: string,
  { singleFen, dailyFen }: { singleFen: number; dailyFen: number },
): Promise<void> {
  await updateLimits(tx, [schoolId, personId, singleFen, dailyFen])
}

const selectCeiling = prepare<{ limit_ceiling_fen: number }>(
  `select ${CEILING} as limit_ceiling_fen
     from schools s
     left join wallets w on w.school_id = s.school_id and w.person_id = $2
    where s.school_id = $1`,
)

export async function findLimitCeiling(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<number> {
  const [row] = await selectCeiling(tx, [schoolId, personId])
  if (!row) throw new Error('there is no such school')
  return row.limit_ceiling_fen
}
