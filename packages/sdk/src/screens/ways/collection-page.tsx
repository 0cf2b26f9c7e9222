import type { Collection } from '@campus-ecode/protocol/collections'
import { formatYuan } from '@campus-ecode/protocol/money'
import { Icon } from '../icon.tsx'
import { PageBar } from '../page-bar.tsx'
import { useView } from '../view.ts'
import { useAccountChoice } from './account-choice.tsx'
import { AmountForm } from './amount-form.tsx'
import { priceByRule } from './price.ts'
import { Scanned } from './scanned.tsx'
import { useWays } from './use-ways.ts'
import { waysIcons } from './ways-icon-paths.ts'

/** R24: the merchant as the core names it, how much, from where; then the password. */
export function CollectionPage({ collection }: { collection: Collection }) {
  const { t, locale } = useView()
  const { scanned } = useWays()
  const { account, choice, isKnown } = useAccountChoice()
  const { merchantName, terminalName, campus, rule, leftTodayFen, collectionNo } = collection
  if (scanned.state.value) return <Scanned collection={collection} />
  const priced = (fen: number) => (rule ? priceByRule(fen, rule.permille) : fen)
  return (
    <div class="page page-keys">
      <PageBar title={t('collectTitle')} />
      <AmountForm
        above={
          <p class="payee">
            <Icon d={waysIcons.shop} />
            <span>
              <b>{merchantName}</b>
              <small>{[terminalName, campus].filter(Boolean).join(' · ')}</small>
            </span>
          </p>
        }
        hint={(fen) =>
          priced(fen) > leftTodayFen ? (
            <p class="move-hint wrong">{t('collectTooMuch', { left: formatYuan(leftTodayFen) })}</p>
          ) : (
            <>
              <p class="move-hint">
                {rule && fen > 0
                  ? t('collectPriced', { rule: rule.name[locale], amount: formatYuan(priced(fen)) })
                  : rule
                    ? t('collectRule', { rule: rule.name[locale] })
                    : t('collectLeft', { left: formatYuan(leftTodayFen) })}
              </p>
              {choice}
            </>
          )
        }
        disabled={(fen) => !isKnown || priced(fen) > leftTodayFen}
        label={t('collectPay')}
        onConfirm={(amountFen) =>
          void scanned.begin({ collectionNo, merchantName, terminalName, amountFen, account })
        }
      />
    </div>
  )
}
