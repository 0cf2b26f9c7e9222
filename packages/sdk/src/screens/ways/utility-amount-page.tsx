import { formatYuan } from '@campus-ecode/protocol/money'
import type { Utility, UtilityAccount } from '@campus-ecode/protocol/utilities'
import { Icon } from '../icon.tsx'
import { PageBar } from '../page-bar.tsx'
import { useView } from '../view.ts'
import { AmountForm } from './amount-form.tsx'
import { useWays } from './use-ways.ts'
import { UtilityBegun } from './utility-begun.tsx'
import { waysIcons } from './ways-icon-paths.ts'

const QUICK_FEN = [2_000, 5_000, 10_000, 20_000]

/** R39: whose room it is by the utility's word, what it has left, and how much to add. */
export function UtilityAmountPage({
  utility,
  account,
}: {
  utility: Utility
  account: UtilityAccount
}) {
  const { model, t } = useView()
  const { toppedUp } = useWays()
  const wallet = model.accounts.value.value?.accounts.find((each) => each.account === 'wallet')
  const walletFen = wallet?.balanceFen ?? undefined
  const { utilityId, name, kind } = utility
  const { accountNo, label, balanceFen } = account
  if (toppedUp.state.value) return <UtilityBegun />
  return (
    <div class="page page-keys">
      <PageBar title={name} />
      <AmountForm
        above={
          <p class="payee">
            <Icon d={waysIcons[kind]} />
            <span>
              <b>{label}</b>
              <small>
                {balanceFen === null
                  ? accountNo
                  : t('utilityHas', { no: accountNo, balance: formatYuan(balanceFen) })}
              </small>
            </span>
          </p>
        }
        hint={(fen) => (
          <p class={walletFen !== undefined && fen > walletFen ? 'move-hint wrong' : 'move-hint'}>
            {walletFen === undefined
              ? t('utilityFromWallet')
              : t(fen > walletFen ? 'utilityTooMuch' : 'utilityPays', {
                  balance: formatYuan(walletFen),
                })}
          </p>
        )}
        quickFen={QUICK_FEN}
        disabled={() => false}
        label={t('utilityPay')}
        onConfirm={(amountFen) => void toppedUp.begin({ utilityId, accountNo, label, amountFen })}
      />
    </div>
  )
}
