import type { BillEntry } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import type { Account } from '@campus-ecode/protocol/shapes'
import { useEffect } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import type { Begun, BegunPayment } from '../../ways-model.ts'
import { moreIcons } from '../more-icon-paths.ts'
import { Support } from '../problem/support.tsx'
import { useView } from '../view.ts'
import { Button } from './button.tsx'
import { Outcome } from './outcome.tsx'
import { useWaysWords, type WayOn, WaysOn, WaysProblem } from './ways-problem.tsx'

type Look = 'paid' | 'waiting' | 'refused' | 'asked' | 'undone'

const marks: Record<Look, string> = {
  paid: moreIcons.tick,
  waiting: moreIcons.clock,
  refused: moreIcons.alert,
  asked: moreIcons.lock,
  undone: moreIcons.undo,
}

/** How it goes with a payment until money has moved or cannot: exact, calm, with one way on. */
export function Progress<Draft, Value>({
  state,
  payment,
  amountFen,
  to,
  account,
  entryOf,
  again,
  leave,
}: {
  state: Begun<Draft, Value>
  payment: BegunPayment<Draft, Value>
  amountFen: number
  /** Whom it pays. */
  to: string
  account?: Account
  entryOf(value: Value): BillEntry
  /** Another try from the start, after a no. */
  again: WayOn
  leave?: WayOn
}) {
  const { t, say } = useView()
  const entry = state.kind === 'known' ? entryOf(state.value) : undefined
  const { look, title, text } = describe(state, entry)
  const amount = formatYuan(amountFen)
  const problem =
    state.kind === 'refused'
      ? state.problem
      : entry?.refusal
        ? { code: entry.refusal.code, sentences: entry.refusal.message }
        : undefined
  const words = useWaysWords(problem ?? { code: 'INTERNAL' }, account)
  const refused = look === 'refused'
  const heading = problem ? words.title : t(title)
  useEffect(
    () => say([heading, refused ? t('notCharged') : '', to, amount].filter(Boolean).join(' ')),
    [heading],
  )
  return (
    <div class="ended" aria-busy={state.kind === 'sending'}>
      <Outcome
        look={look}
        mark={marks[look]}
        title={heading}
        amountFen={refused ? undefined : amountFen}
        text={t(refused ? 'notCharged' : 'paidTo', { merchant: to })}
      />
      <div class="slip">
        {state.kind === 'known' && state.problem ? (
          <WaysProblem problem={state.problem} account={account} />
        ) : refused ? (
          words.how && <p class="advice">{words.how}</p>
        ) : (
          text && <p class="advice">{t(text, { amount })}</p>
        )}
        {state.kind === 'unsure' && (
          <Button disabled={state.asking} press={() => void payment.retry()}>
            {t(state.asking ? 'unsureAsking' : 'retry')}
          </Button>
        )}
        {entry?.status === 'AWAITING_PASSWORD' && state.kind === 'known' && (
          <>
            <Button disabled={state.busy} press={() => void payment.enterPassword()}>
              {t('payAskDo')}
            </Button>
            <Button quiet disabled={state.busy} press={() => void payment.decline()}>
              {t('payAskNo')}
            </Button>
          </>
        )}
        {(refused || look === 'undone') && <WaysOn problem={problem} on={again} />}
        {refused && <p class="charge">{t('refusedAt', { merchant: to, amount })}</p>}
        {problem && <Support problem={problem} />}
        {leave && (look === 'undone' || look === 'waiting') && state.kind !== 'sending' && (
          <Button quiet press={leave.press}>
            {t(leave.label)}
          </Button>
        )}
      </div>
    </div>
  )
}

function describe(
  state: Begun<unknown, unknown>,
  entry: BillEntry | undefined,
): { look: Look; title: StringKey; text?: StringKey } {
  if (state.kind === 'sending')
    return { look: 'waiting', title: 'beginning', text: 'beginningText' }
  if (state.kind === 'refused') return { look: 'refused', title: 'begunRefused' }
  if (state.kind === 'unsure') return { look: 'waiting', title: 'unsureTitle', text: 'begunUnsure' }
  switch (entry?.status) {
    case 'AWAITING_PASSWORD':
      return { look: 'asked', title: 'payAsk', text: 'begunAsked' }
    case 'PROCESSING':
      return { look: 'waiting', title: 'processing', text: 'processingText' }
    case 'REVERSING':
      return { look: 'waiting', title: 'reversing', text: 'reversingText' }
    case 'REVERSED':
    case 'REFUNDED':
      return { look: 'undone', title: 'reversed', text: 'reversedText' }
    case 'REFUSED':
      return { look: 'refused', title: 'begunRefused' }
    case 'PAID':
      return { look: 'paid', title: 'paid' }
    default:
      return { look: 'waiting', title: 'unknown', text: 'unknownText' }
  }
}
