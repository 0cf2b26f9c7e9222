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
  const accounts = model.accounts.value.value
  const wallet = accounts?.accounts.find((each) => each.account === 'wallet')
  const walletFen = wallet?.balanceFen ?? undefined
  // R13: a bank card pays all of what the wallet does not cover.
  const isShort = (fen: number) =>
    walletFen !== undefined && fen > walletFen && !accounts?.fallbackCard
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
          <p class={isShort(fen) ? 'move-hint wrong' : 'move-hint'}>
            {walletFen === undefined
              ? t('utilityFromWallet')
              : t(
                  isShort(fen) ? 'moveTooMuch' : fen > walletFen ? 'utilityByCard' : 'utilityPays',
                  {
                    balance: formatYuan(walletFen),
                  },
                )}
          </p>
        )}
        quickFen={QUICK_FEN}
        disabled={isShort}
        label={t('utilityPay')}
        onConfirm={(amountFen) => void toppedUp.begin({ utilityId, accountNo, label, amountFen })}
      />
    </div>
  )
}
