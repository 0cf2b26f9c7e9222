import type { Account } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface AccountsRow {
  default_account: Account
  one_card_status: 'not_open' | 'open'
  wallet_status: 'not_open' | 'open' | 'closed'
  wallet_fen: number
  bank_name: string | null
  tail: string | null
  single_limit_fen: number
  daily_limit_fen: number
  spent_today_fen: number
}

const selectAccounts = prepare<AccountsRow>(
  `select y.default_account, y.one_card_status, y.wallet_status, y.wallet_fen,
          b.bank_name, b.tail, y.single_limit_fen, y.daily_limit_fen,
          case when y.spent_on = (now() at time zone 'Asia/Shanghai')::date then y.spent_fen else 0 end
            as spent_today_fen
     from payers y
     left join bank_cards b
       on b.school_id = y.school_id and b.card_id = y.bank_card_id and b.unbound_at is null
    where y.school_id = $1 and y.person_id = $2`,
)

export async function findAccounts(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<AccountsRow | undefined> {
  return (await selectAccounts(on, [schoolId, personId]))[0]
}

const updateDefault = prepare(
  'update payers set default_account = $3 where school_id = $1 and person_id = $2',
)

export async function setDefaultAccount(
  tx: Tx,
  schoolId: string,
  personId: string,
  account: Account,
): Promise<void> {
  await updateDefault(tx, [schoolId, personId, account])
}
