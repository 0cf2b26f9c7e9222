import { formatYuan } from '@campus-ecode/protocol/money'
import { useEffect } from 'preact/hooks'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { Row, Rows } from '../row.tsx'
import { useView } from '../view.ts'
import { formatBathNo } from './format-bath-no.ts'
import { useWays } from './use-ways.ts'
import { waysIcons } from './ways-icon-paths.ts'

/** What this person's campus has besides the codes (R40); each with how it stands. */
export function ServicesPage() {
  const { t } = useView()
  const ways = useWays()
  const load = () => {
    void ways.loadWater()
    void ways.loadUtilities()
    void ways.loadWechat()
  }
  useEffect(load, [ways])
  const [water, utilities, wechat] = [ways.water.value, ways.utilities.value, ways.wechat.value]
  const all = [water, utilities, wechat]
  const waits = all.some(({ value, problem }) => value === undefined && !problem)
  const failed = all.find(({ value, problem }) => value === undefined && problem)?.problem
  const session = water.value?.session
  const kinds = utilities.value ?? []
  const isAny = water.value?.offered || kinds.length > 0 || wechat.value?.offered
  return (
    <div class="page">
      <PageBar title={t('services')} />
      <Rows>
        <Row
          icon={moreIcons.scan}
          label={t('scan')}
          value={t('collectTitle')}
          route={{ name: 'in_ways', page: 'scan' }}
        />
        {water.value?.offered && (
          <Row
            icon={waysIcons.shower}
            label={t('shower')}
            value={
              session?.status === 'RUNNING'
                ? t('showerRuns', { amount: formatYuan(session.amountFen) })
                : water.value.bathNo
                  ? t('bathNoIs', { number: formatBathNo(water.value.bathNo) })
                  : t('showerNotSet')
            }
            urgent={session?.status === 'RUNNING'}
            route={{ name: 'in_ways', page: 'shower' }}
          />
        )}
        {kinds.length > 0 && (
          <Row
            icon={waysIcons.electricity}
            label={t('utilities')}
            value={kinds
              .map(({ kind }) => t(kind))
              .filter((word, at, words) => words.indexOf(word) === at)
              .join(' · ')}
            route={{ name: 'in_ways', page: 'utilities' }}
          />
        )}
        {wechat.value?.offered && (
          <Row
            icon={waysIcons.chat}
            label={t('wechatTitle')}
            value={t(wechat.value.bound ? 'wechatBound' : 'wechatNotBound')}
            route={{ name: 'in_ways', page: 'wechat' }}
          />
        )}
      </Rows>
      {waits ? (
        <div class="panel day-bone bone" aria-busy="true" />
      ) : failed ? (
        <LoadFailed problem={failed} retry={load} />
      ) : (
        !isAny && <p class="intro">{t('servicesNone')}</p>
      )}
    </div>
  )
}
