import { useEffect } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

const done: Record<string, StringKey> = {
  unbind_card: 'unbound',
  close_wallet: 'closed_done',
  reopen_wallet: 'reopened',
  raise_limits: 'limitsSaved',
  sign_agreement: 'agreementSigned',
  unlock_card: 'unlockDone',
  enrol_device: 'enrolDone',
  pay: 'paid',
  set_password: 'passwordDone',
  change_password: 'passwordChanged',
  export_data: 'exportDone',
  delete_me: 'deleteDone',
  set_water_password: 'waterPasswordDone',
}

/** Back from the keypad at top level: what became of what was approved there. */
export function Finished() {
  const { t, say, go } = useView()
  const wallet = useWallet()
  const finished = wallet.finished.value
  const outcome = finished?.done
  const kind = finished?.action.kind ?? ''
  const moves = kind === 'top_up' || kind === 'withdrawal'
  const text =
    outcome?.kind === 'done'
      ? t(done[kind] ?? 'transferDone')
      : outcome?.kind === 'cancelled'
        ? t('finishedCancelled')
        : ''
  useEffect(() => {
    if (!finished) return
    // A transfer has a page that tells all of it.
    if (moves && outcome?.kind !== 'cancelled' && wallet.transfer.value) {
      wallet.forgetFinished()
      go({ name: 'in_wallet', page: 'transfer' })
    } else if (kind === 'pay' && outcome?.kind !== 'cancelled' && wallet.paying()) {
      wallet.forgetFinished()
      go({ name: 'in_ways', page: wallet.paying() === 'utility' ? 'utilities' : 'scan' })
    } else if (kind === 'export_data' && wallet.exported.value) {
      go({ name: 'in_wallet', page: 'privacy' })
    } else if (text) say(text)
  }, [finished, wallet.transfer.value])
  // Told once: gone when the person has moved on.
  useEffect(
    () => () => {
      if (wallet.finished.value?.done) wallet.forgetFinished()
    },
    [wallet],
  )
  if (!finished) return null
  if (outcome?.kind === 'refused') return <WalletProblem problem={outcome.problem} />
  return <p class="remark finished">{text || t('finishing')}</p>
}
