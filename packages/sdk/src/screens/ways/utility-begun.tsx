import { formatYuan } from '@campus-ecode/protocol/money'
import type { UtilityTopUp } from '@campus-ecode/protocol/utilities'
import { useEffect } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import { formatInstant } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { useHandedFocus } from '../use-handed-focus.ts'
import { useView } from '../view.ts'
import { Button } from './button.tsx'
import { Outcome } from './outcome.tsx'
import { Progress } from './progress.tsx'
import { useCopy } from './use-copy.ts'
import { useWays } from './use-ways.ts'
import { waysIcons } from './ways-icon-paths.ts'

/** What becomes of a top-up: paid, then confirmed with its receipt, or the money is back (R39). */
export function UtilityBegun() {
  const { t, go } = useView()
  const { toppedUp } = useWays()
  const { value: state } = toppedUp.state
  useEffect(() => toppedUp.show(), [toppedUp])
  const paid =
    state?.kind === 'known' && ['PAID', 'REFUNDED'].includes(state.value.entry.status)
      ? state.value
      : undefined
  const panel = useHandedFocus(
    paid?.status ?? (state?.kind === 'known' ? state.value.entry.status : (state?.kind ?? '')),
  )
  if (!state) return null
  const again = { label: 'utilityAgain' as const, press: () => toppedUp.forget() }
  const done = () => {
    toppedUp.forget()
    go({ name: 'wallet' })
  }
  return (
    <div ref={panel} class="page">
      <PageBar title={state.kind === 'known' ? state.value.name : t('utilities')} />
      {paid ? (
        <Told topUp={paid} onDone={done} />
      ) : (
        <Progress
          state={state}
          payment={toppedUp}
          amountFen={state.kind === 'known' ? state.value.entry.amountFen : state.draft.amountFen}
          to={
            state.kind === 'known' ? `${state.value.name} ${state.value.label}` : state.draft.label
          }
          account="wallet"
          entryOf={({ entry }) => entry}
          again={again}
          leave={{ label: 'seeBill', press: () => go({ name: 'bill' }) }}
        />
      )}
    </div>
  )
}

const tellings = {
  PROCESSING: ['waiting', moreIcons.clock, 'utilityPROCESSING', 'utilityPROCESSING_how'],
  CONFIRMED: ['paid', moreIcons.tick, 'utilityCONFIRMED', undefined],
  REFUNDED: ['undone', moreIcons.undo, 'utilityREFUNDED', 'utilityREFUNDED_how'],
} as const satisfies Record<string, [string, string, StringKey, StringKey | undefined]>

function Told({ topUp, onDone }: { topUp: UtilityTopUp; onDone(): void }) {
  const { t, say } = useView()
  const { copied, copy } = useCopy()
  const { entry, receipt, label, accountNo } = topUp
  const status = topUp.status in tellings ? (topUp.status as keyof typeof tellings) : 'PROCESSING'
  const [look, icon, title, how] = tellings[status]
  const amount = formatYuan(entry.amountFen)
  useEffect(() => say([t(title), label, amount].join(' ')), [title])
  return (
    <div class="ended">
      <Outcome look={look} mark={icon} title={t(title)} amountFen={entry.amountFen} text={label} />
      <div class="slip">
        {how && <p class="advice">{t(how, { amount })}</p>}
        {receipt && (
          <button type="button" class="plain receipt-no" onClick={() => copy(receipt)}>
            <span>{t('utilityReceipt')}</span>
            <b>{receipt}</b>
            <span class="bath-copy">
              <Icon d={copied ? moreIcons.tick : waysIcons.copy} />
              {t(copied ? 'copied' : 'copy')}
            </span>
          </button>
        )}
        <dl class="receipt">
          <dt>{t('utilityAccount')}</dt>
          <dd>{accountNo}</dd>
          <dt>{t('time')}</dt>
          <dd>{formatInstant(topUp.createdAt, t)}</dd>
        </dl>
        <Button quiet={status === 'PROCESSING'} press={onDone}>
          {t('boundHome')}
        </Button>
      </div>
    </div>
  )
}
