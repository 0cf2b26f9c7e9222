import type { Collection } from '@campus-ecode/protocol/collections'
import { useEffect } from 'preact/hooks'
import { PageBar } from '../page-bar.tsx'
import { useHandedFocus } from '../use-handed-focus.ts'
import { useView } from '../view.ts'
import { Progress } from './progress.tsx'
import { StaffProof } from './staff-proof.tsx'
import { useWays } from './use-ways.ts'

/** What becomes of a payment to a merchant's code; once paid, the page for its staff. */
export function Scanned({ collection }: { collection?: Collection }) {
  const { t, go, back, canGoBack, leave, screens } = useView()
  const { scanned } = useWays()
  const { value: state } = scanned.state
  useEffect(() => scanned.show(), [scanned])
  const paid = state?.kind === 'known' && state.value.status === 'PAID'
  const panel = useHandedFocus(state?.kind === 'known' ? state.value.status : (state?.kind ?? ''))
  if (!state) return null
  const done = () => {
    scanned.forget()
    if (screens.includes('pay')) go({ name: 'pay' })
    else if (canGoBack) back()
    else leave.value?.()
  }
  if (paid) {
    return (
      <div ref={panel} class="page">
        <StaffProof entry={state.value} terminalName={state.draft.terminalName} onDone={done} />
      </div>
    )
  }
  const { merchantName, amountFen, account } = state.draft
  return (
    <div ref={panel} class="page">
      <PageBar title={t('collectTitle')} />
      <Progress
        state={state}
        payment={scanned}
        amountFen={state.kind === 'known' ? state.value.amountFen : amountFen}
        to={merchantName}
        account={account}
        entryOf={(entry) => entry}
        again={{
          label: collection ? 'collectAgain' : 'scanAgain',
          press: () => scanned.forget(),
        }}
        leave={{ label: 'seeBill', press: () => go({ name: 'bill' }) }}
      />
    </div>
  )
}
