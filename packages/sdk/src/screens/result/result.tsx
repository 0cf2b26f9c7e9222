import type { BillEntry } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import type { Account } from '@campus-ecode/protocol/shapes'
import { useEffect, useState } from 'preact/hooks'
import { Amount } from '../amount.tsx'
import { channelName, fallbackSentence } from '../channel-name.ts'
import { formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { explain } from '../problem/explain.ts'
import { Support } from '../problem/support.tsx'
import { useExplanation } from '../problem/use-explanation.ts'
import { useNow } from '../use-now.ts'
import { useView } from '../view.ts'
import { WithWallet } from '../wallet-door.tsx'
import { Receipt } from './receipt.tsx'

/** Long enough for the cashier to see it, and for a thumb on its way to miss the button. */
const NEXT_AFTER_MS = 3000

/** What became of the scan, in the code's place (R22). */
export function Result({ entry, account }: { entry: BillEntry; account: Account | undefined }) {
  if (entry.status === 'PAID') return <Paid entry={entry} />
  if (entry.status === 'REFUSED') return <Refused entry={entry} account={account} />
  if (entry.status === 'AWAITING_PASSWORD') return <Asked entry={entry} />
  return <Underway entry={entry} />
}

function Paid({ entry }: { entry: BillEntry }) {
  const { model, t, say } = useView()
  const { merchantName } = entry
  const amount = formatYuan(entry.amountFen)
  useEffect(
    () =>
      say(
        merchantName
          ? t('paidLive', { amount, merchant: merchantName })
          : t('paidLiveShort', { amount }),
      ),
    [entry.entryId],
  )
  const fallback = fallbackSentence(entry, model.accounts.value.value, t)
  return (
    <>
      <div class="outcome paid" part="outcome">
        <Mark d={moreIcons.tick} />
        <h2 tabIndex={-1} class="outcome-title">
          {t('paid')}
        </h2>
        <Amount fen={entry.amountFen} />
        {merchantName && <p class="outcome-text">{t('paidTo', { merchant: merchantName })}</p>}
      </div>
      <div class="slip">
        {fallback && <p class="remark">{fallback}</p>}
        <dl class="receipt">
          <Receipt entry={entry} />
          <dt>{t('payWith')}</dt>
          <dd>{channelName(entry, model.accounts.value.value, t)}</dd>
          {entry.orderNo && (
            <>
              <dt>{t('orderTail')}</dt>
              <dd>{entry.orderNo.slice(-4)}</dd>
            </>
          )}
          <dt>{t('now')}</dt>
          <dd>
            <Clock />
          </dd>
        </dl>
        <NextButton label={t('nextCode')} />
      </div>
    </>
  )
}

function Refused({ entry, account }: { entry: BillEntry; account: Account | undefined }) {
  const { model, t, say, go } = useView()
  const { refusal, merchantName, amountFen } = entry
  const { title, how, button, stay } = useExplanation(
    explain(refusal?.code ?? 'INTERNAL', refusal?.message, {
      accounts: model.accounts.value.value,
      account,
      amountFen,
    }),
  )
  useEffect(() => say(`${title} ${t('notCharged')}`), [entry.entryId])
  return (
    <>
      <div class="outcome refused" part="outcome">
        <Mark d={moreIcons.alert} />
        <h2 tabIndex={-1} class="outcome-title large">
          {title}
        </h2>
        <p class="outcome-text">{t('notCharged')}</p>
      </div>
      <div class="slip">
        {how && <p class="advice">{how}</p>}
        {button && (
          <button type="button" class="button" part="button" onClick={button.press}>
            {button.label}
          </button>
        )}
        {stay && (
          <button type="button" class="button quiet" part="button" onClick={stay.press}>
            {stay.label}
          </button>
        )}
        {merchantName && (
          <p class="charge">
            {t('refusedAt', { merchant: merchantName, amount: formatYuan(amountFen) })}
          </p>
        )}
        <button
          type="button"
          class="plain link help-link"
          onClick={() =>
            go({ name: 'in_wallet', page: 'help', about: { code: refusal?.code ?? '' } })
          }
        >
          {t('help')}
        </button>
        <Support
          problem={{ code: refusal?.code ?? '', requestId: entry.orderNo?.slice(-4) ?? '' }}
        />
      </div>
    </>
  )
}

/** R23: the till waits for this person's password. */
function Asked({ entry }: { entry: BillEntry }) {
  const { t, say } = useView()
  const { merchantName, amountFen } = entry
  useEffect(
    () => say([t('payAsk'), merchantName, formatYuan(amountFen)].filter(Boolean).join(' ')),
    [entry.entryId],
  )
  return (
    <>
      <div class="outcome asked" part="outcome">
        <Mark d={moreIcons.lock} />
        <h2 tabIndex={-1} class="outcome-title">
          {t('payAsk')}
        </h2>
        <Amount fen={amountFen} />
        {merchantName && <p class="outcome-text">{t('paidTo', { merchant: merchantName })}</p>}
      </div>
      <div class="slip">
        <WithWallet>{({ PayByPassword }) => <PayByPassword entry={entry} />}</WithWallet>
      </div>
    </>
  )
}

const underway = {
  PROCESSING: ['clock', 'processing', 'processingText'],
  UNKNOWN: ['clock', 'unknown', 'unknownText'],
  REVERSING: ['undo', 'reversing', 'reversingText'],
  REVERSED: ['undo', 'reversed', 'reversedText'],
} as const

function Underway({ entry }: { entry: BillEntry }) {
  const { t, say, go } = useView()
  const amount = formatYuan(entry.amountFen)
  const [icon, title, text] = underway[entry.status as keyof typeof underway] ?? underway.UNKNOWN
  useEffect(() => say(`${t(title)} ${t(text, { amount })}`), [title])
  return (
    <>
      <div class={`outcome ${icon === 'clock' ? 'waiting' : 'undone'}`} part="outcome">
        <Mark d={moreIcons[icon]} />
        <h2 tabIndex={-1} class="outcome-title">
          {t(title)}
        </h2>
        <Amount fen={entry.amountFen} />
        {entry.merchantName && <p class="outcome-text">{entry.merchantName}</p>}
      </div>
      <div class="slip">
        <p class="advice">{t(text, { amount })}</p>
        {icon === 'clock' && (
          <button
            type="button"
            class="button quiet"
            part="button"
            onClick={() => go({ name: 'bill' })}
          >
            {t('seeBill')}
          </button>
        )}
        <NextButton label={t('backToCode')} />
      </div>
    </>
  )
}

function Mark({ d }: { d: string }) {
  return (
    <span class="mark">
      <Icon d={d} />
    </span>
  )
}

/** A picture of this screen stands still (R24). */
function Clock() {
  return <>{formatTime(useNow(1000), true)}</>
}

function NextButton({ label }: { label: string }) {
  const { model } = useView()
  const [ready, setReady] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setReady(true), NEXT_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <button
      type="button"
      class={ready ? 'button ready' : 'button unready'}
      part="button"
      onClick={() => model.nextCode()}
    >
      {label}
    </button>
  )
}
