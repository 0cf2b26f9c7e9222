import { formatYuan } from '@campus-ecode/protocol/money'
import type { Account } from '@campus-ecode/protocol/shapes'
import { useView } from '../view.ts'

/**
 * Both accounts with what is in them, and in words what the chosen one means (R7, R13).
 *
 * @param onChoose Instead of making it the one that codes name first.
 */
export function AccountSwitch({
  chosen,
  onChoose,
}: {
  chosen: Account | undefined
  onChoose?: (account: Account) => void
}) {
  const { model, t } = useView()
  const { value: accounts, loading } = model.accounts.value
  const card = accounts?.fallbackCard
  const account = chosen ?? accounts?.defaultAccount
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in old engines */}
      <div class="accounts" role="group" aria-label={t('payFrom')}>
        {(['wallet', 'one_card'] as const).map((name) => {
          const state = accounts?.accounts.find((each) => each.account === name)
          return (
            <button
              key={name}
              type="button"
              class="account"
              part="account"
              aria-pressed={name === account}
              disabled={state !== undefined && state.status !== 'open'}
              onClick={() => (onChoose ?? model.chooseAccount)(name)}
            >
              <span class="account-name">{t(name)}</span>
              {state || !loading ? (
                <b class="account-balance">
                  {state?.status !== 'open'
                    ? t(state?.status ?? 'balanceUnknown')
                    : state.balanceFen === null
                      ? t('balanceUnknown')
                      : formatYuan(state.balanceFen)}
                </b>
              ) : (
                <b class="account-balance bone" />
              )}
            </button>
          )
        })}
      </div>
      <p class="charge">
        {account === 'one_card'
          ? t('chargeOneCard')
          : account && card
            ? t('chargeWalletThenCard', { bank: card.bankName, tail: card.tail })
            : account && t('chargeWallet')}
      </p>
    </>
  )
}
