import { formatYuan } from '@campus-ecode/protocol/money'
import { useEffect } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import type { TransferState } from '../../wallet-model.ts'
import { Amount } from '../amount.tsx'
import { formatInstant } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { useWalletWords, WalletProblem } from './wallet-problem.tsx'

/** R12: what became of a top-up or withdrawal; exact while the bank is slow, and never "failed" too soon. */
export function TransferPage() {
  const { t, go } = useView()
  const { value } = useWallet().transfer
  const { kind } = value?.kind === 'known' ? value.transfer : (value?.draft ?? { kind: 'top_up' })
  useEffect(() => {
    if (!value) go({ name: 'wallet' })
  }, [])
  return (
    <div class="page">
      <PageBar title={t(kind === 'top_up' ? 'topUpTitle' : 'withdrawTitle')} />
      {value && <Outcome state={value} inward={kind === 'top_up'} />}
    </div>
  )
}

function Outcome({ state, inward }: { state: TransferState; inward: boolean }) {
  const { t, say, go } = useView()
  const wallet = useWallet()
  const task = useTask()
  const refusal = useWalletWords(
    state.kind === 'refused' || state.kind === 'unsure' ? state.problem : { code: 'INTERNAL' },
  )
  const { look, title, text } = describe(state, inward)
  const amountFen = (state.kind === 'known' ? state.transfer : state.draft).amountFen
  const shownTitle = t(title)
  useEffect(() => say([shownTitle, formatYuan(amountFen), text && t(text)].join(' ')), [shownTitle])
  const transfer = state.kind === 'known' ? state.transfer : undefined
  const waits = look === 'waiting'
  return (
    <div class="ended" aria-busy={state.kind === 'sending'}>
      <div class={`outcome ${look}`} part="outcome">
        <span class="mark">
          <Icon d={marks[look]} />
        </span>
        <h2 tabIndex={-1} class="outcome-title">
          {shownTitle}
        </h2>
        <Amount fen={amountFen} />
      </div>
      <div class="slip">
        {state.kind === 'refused' ? (
          <WalletProblem problem={state.problem} />
        ) : (
          text && <p class="advice">{t(text)}</p>
        )}
        {state.kind === 'unsure' && (
          <>
            <p class="charge">{refusal.title}</p>
            {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
            <button
              type="button"
              class="button"
              part="button"
              disabled={state.asking || task.busy}
              onClick={() => task.run(() => wallet.retryTransfer())}
            >
              {t(state.asking ? 'unsureAsking' : 'retry')}
            </button>
          </>
        )}
        {transfer && (
          <dl class="receipt">
            <dt>{t('transferCard')}</dt>
            <dd>{t('bankCardTail', { bank: transfer.bankName, tail: transfer.cardTail })}</dd>
            <dt>{t('transferWhen')}</dt>
            <dd>{formatInstant(transfer.settledAt ?? transfer.createdAt, t)}</dd>
          </dl>
        )}
        {state.kind !== 'sending' && (
          <button
            type="button"
            class={state.kind === 'unsure' || waits ? 'button quiet' : 'button'}
            part="button"
            onClick={() => go({ name: 'wallet' })}
          >
            {t('boundHome')}
          </button>
        )}
      </div>
    </div>
  )
}

type Look = 'paid' | 'waiting' | 'refused'
const marks = { paid: moreIcons.tick, waiting: moreIcons.clock, refused: moreIcons.alert }

function describe(
  state: TransferState,
  inward: boolean,
): { look: Look; title: StringKey; text?: StringKey } {
  switch (state.kind) {
    case 'sending':
      return {
        look: 'waiting',
        title: inward ? 'sendingTopUp' : 'sendingWithdraw',
        text: 'sendingText',
      }
    case 'refused':
      return { look: 'refused', title: inward ? 'refusedTopUp' : 'refusedWithdraw' }
    case 'unsure':
      return { look: 'waiting', title: 'unsureTitle', text: 'unsureText' }
    case 'known':
      switch (state.transfer.status) {
        case 'SUCCEEDED':
          return { look: 'paid', title: inward ? 'topUpSUCCEEDED' : 'withdrawSUCCEEDED' }
        case 'DECLINED':
          return inward
            ? { look: 'refused', title: 'topUpDECLINED', text: 'topUpDECLINED_how' }
            : { look: 'refused', title: 'withdrawDECLINED', text: 'withdrawDECLINED_how' }
        case 'UNKNOWN':
          return { look: 'waiting', title: 'transferUNKNOWN', text: 'transferUNKNOWN_how' }
        case 'PROCESSING':
          return { look: 'waiting', title: 'transferPROCESSING', text: 'transferPROCESSING_how' }
      }
  }
}
