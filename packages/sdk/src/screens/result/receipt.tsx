import type { BillEntry } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import { useView } from '../view.ts'

/** List price, rule, what was charged (R4); nothing when no rule changed the price. */
export function Receipt({ entry: { listFen, rule, amountFen } }: { entry: BillEntry }) {
  const { t, locale } = useView()
  if (listFen === null || !rule) return null
  const change = formatYuan(rule.changeFen)
  return (
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
  )
}
