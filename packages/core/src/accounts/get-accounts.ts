import type { AccountState } from '@campus-ecode/protocol/accounts'
import { type PersonContext, type PersonOutcome, refuse, type Services } from '../http/operation.ts'
import { openPerson } from '../people/open-person.ts'
import { type AccountsRow, findAccounts } from './store.ts'

/**
 * Both accounts, what is charged first, and what the day still allows. The one-card balance is asked
 * for live; while that system is away only its account is unavailable (R8).
 */
export async function getAccounts({
  params,
  services,
}: Pick<PersonContext<'getAccounts'>, 'params' | 'services'>): PersonOutcome<'getAccounts'> {
  const { schoolId, personId } = params
  const row = await findAccounts(services.db.pool, schoolId, personId)
  if (!row) return refuse('NOT_FOUND')
  return {
    status: 200,
    body: {
      accounts: [
        describeWallet(row, services),
        await askOneCard(row, services, schoolId, personId),
      ],
      defaultAccount: row.default_account,
      fallbackCard: row.bank_name && row.tail ? { bankName: row.bank_name, tail: row.tail } : null,
      limits: {
        singleFen: row.single_limit_fen,
        dailyFen: row.daily_limit_fen,
        spentTodayFen: row.spent_today_fen,
      },
    },
  }
}

function describeWallet(row: AccountsRow, services: Services): AccountState {
  const open = row.wallet_status === 'open'
  return {
    account: 'wallet',
    status: row.wallet_status,
    balanceFen: open ? row.wallet_fen : null,
    asOf: open ? new Date(services.now()).toISOString() : null,
  }
}

async function askOneCard(
  row: AccountsRow,
  services: Services,
  schoolId: string,
  personId: string,
): Promise<AccountState> {
  const nothing = { account: 'one_card', balanceFen: null, asOf: null } as const
  if (row.one_card_status === 'not_open') return { ...nothing, status: 'not_open' }
  const { cardNo } = await openPerson(services, schoolId, personId)
  const answer = await services.ports.oneCard.balance(cardNo)
  if (!answer.ok) {
    const isUnknown = answer.reason === 'REFUSED' && answer.error === 'ACCOUNT_UNKNOWN'
    return { ...nothing, status: isUnknown ? 'not_open' : 'unavailable' }
  }
  const { balanceFen, asOf } = answer.value
  return { account: 'one_card', status: 'open', balanceFen, asOf }
}
