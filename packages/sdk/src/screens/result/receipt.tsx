import type { BillEntry } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import type { PayMeans } from '@campus-ecode/protocol/shapes'
import type { StringKey } from '../../strings/zh-cn.ts'
import { useView } from '../view.ts'

/** What a payment was begun with, where that is not the phone's own code (R24, R26–R29, R38, R39). */
const meansNames = {
  card: 'byCard',
  face: 'byFace',
  wechat: 'byWechat',
  alipay: 'alipay',
  unionpay: 'unionpay',
  collection: 'byCollection',
  order: 'byOrder',
  utility: 'byUtility',
  water: 'byWater',
} as const satisfies Record<Exclude<PayMeans, 'code'>, StringKey>

/** List price, rule, what was charged (R4) where a rule changed the price; what it was begun with. */
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
      {means && means !== 'code' && (
        <>
          <dt>{t('means')}</dt>
          <dd>{t(meansNames[means])}</dd>
        </>
      )}
    </>
  )
}
