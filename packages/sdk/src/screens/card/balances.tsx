import { formatYuan } from '@campus-ecode/protocol/money'
import { formatAge } from '../format.ts'
import { useNow } from '../use-now.ts'
import { useView } from '../view.ts'

/** Both accounts, each with its own freshness (R7, R8), and what the day still allows (R15). */
export function Balances() {
  const { model, t } = useView()
  const now = useNow(30_000)
  const { value: accounts, problem, loading } = model.accounts.value
  if (!accounts) {
    return (
      <div
        class={loading || !problem ? 'panel balances bone' : 'panel balances'}
        aria-busy={loading}
      >
        {problem && !loading && <p class="charge">{t('balanceUnknown')}</p>}
      </div>
    )
  }
  const { limits } = accounts
  const leftFen = Math.max(0, limits.dailyFen - limits.spentTodayFen)
  return (
    <section class="panel balances" part="balances" aria-label={t('balances')}>
      <dl class="two">
        {accounts.accounts.map(({ account, status, balanceFen, asOf }) => (
          <div key={account}>
            <dt>{t(account)}</dt>
            {status === 'open' && balanceFen !== null ? (
              <dd class="balance">
                {formatYuan(balanceFen)}
                <small>{asOf && formatAge(asOf, now, t)}</small>
              </dd>
            ) : (
              <dd class="balance off">{t(status === 'open' ? 'balanceUnknown' : status)}</dd>
            )}
          </div>
        ))}
      </dl>
      <dl class="day">
        <dt>{t('todayLeft')}</dt>
        <dd>
          <b>{formatYuan(leftFen)}</b>
        </dd>
        <dd class="day-bar" aria-hidden="true">
          <i style={{ width: `${limits.dailyFen ? (100 * leftFen) / limits.dailyFen : 0}%` }} />
        </dd>
        <dd class="day-limits">
          {t('limits', {
            single: formatYuan(limits.singleFen),
            daily: formatYuan(limits.dailyFen),
          })}
        </dd>
      </dl>
    </section>
  )
}
