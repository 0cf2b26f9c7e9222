import type { BillEntry } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import { useView } from '../view.ts'

/** List price, rule, what was charged (R4) where a rule changed the price; a card or face (R29). */
export function Receipt({ entry: { listFen, rule, amountFen, means } }: { entry: BillEntry }) {
  const { t, locale } = useView()
  const change = formatYuan(rule?.changeFen ?? 0)
  return (
    <>
      {listFen !== null && rule && (
        <>
          <dt>{t('listPrice')}</dt>
          <dd>{formatYuan(listFen)}</dd>
          <dt>{rule.name[locale]}</dt>
          <dd>{rule.changeFen > 0 ? `+${change}` : change.replace('-', '−')}</dd>
          <dt>{t('charged')}</dt>
          <dd>
            <b>{formatYuan(amountFen)}</b>
          </dd>
        </>
      )}
      {(means === 'card' || means === 'face') && (
        <>
          <dt>{t('means')}</dt>
          <dd>{t(means === 'card' ? 'byCard' : 'byFace')}</dd>
        </>
      )}
    </>
  )
}
