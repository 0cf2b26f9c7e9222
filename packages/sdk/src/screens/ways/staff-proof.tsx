import type { BillEntry } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import { useEffect } from 'preact/hooks'
import { Amount } from '../amount.tsx'
import { channelName, fallbackSentence } from '../channel-name.ts'
import { formatTime } from '../format.ts'
import { moreIcons } from '../more-icon-paths.ts'
import { Receipt } from '../result/receipt.tsx'
import { useNow } from '../use-now.ts'
import { useHeading, useView } from '../view.ts'
import { Button } from './button.tsx'

const TICKS = 12
/**
 * Shown to the staff by then, or not at all: the same page lives for one purchase, not for the next one, too. Since it
 * was begun: five minutes for the password, five to show it.
 */
const SHOWN_MS = 600_000

/**
 * R24: shown to the merchant's staff, and no picture of it will do: the clock goes, the mark moves with
 * every second (also where motion is reduced: then it steps), and the number's end stands on their side, too.
 */
export function StaffProof({
  entry,
  terminalName,
  onDone,
}: {
  entry: BillEntry
  terminalName: string
  onDone(): void
}) {
  const { model, t, say } = useView()
  const accounts = model.accounts.value.value
  const merchant = entry.merchantName ?? ''
  const tail = entry.paymentId.slice(-6)
  useEffect(
    () => say(t('paidLive', { amount: formatYuan(entry.amountFen), merchant })),
    [entry.entryId],
  )
  const fallback = fallbackSentence(entry, accounts, t)
  const isOld = useNow(1000) - Date.parse(entry.at) > SHOWN_MS
  return (
    <div class="proof">
      <div class="outcome paid proof-top" part="outcome">
        {!isOld && <i class="proof-band" aria-hidden="true" />}
        {!isOld && <Dial />}
        <h1 ref={useHeading()} tabIndex={-1} class="outcome-title">
          {t('paid')}
        </h1>
        <Amount fen={entry.amountFen} />
        <p class="proof-merchant">{merchant}</p>
        <p class="outcome-text">{terminalName}</p>
      </div>
      <div class="proof-live">
        {!isOld && (
          <p class="proof-clock">
            <span class="spoken">{t('now')}</span>
            <Clock />
          </p>
        )}
        <p class="proof-tail">
          <span>{t('proofTail')}</span> <b>{tail}</b>
        </p>
      </div>
      <div class="slip">
        <p class="proof-show">{t(isOld ? 'proofOld' : 'proofShow')}</p>
        {fallback && <p class="remark">{fallback}</p>}
        <dl class="receipt">
          <Receipt entry={entry} />
          <dt>{t('payWith')}</dt>
          <dd>{channelName(entry, accounts, t)}</dd>
          <dt>{t('proofAt')}</dt>
          <dd>{formatTime(entry.at, true)}</dd>
        </dl>
        <Button press={onDone}>{t('proofDone')}</Button>
      </div>
    </div>
  )
}

/** Twelve marks, of which another is lit every second. */
function Dial() {
  const lit = Math.floor(useNow(1000) / 1000) % TICKS
  return (
    <svg class="proof-dial" viewBox="-50 -50 100 100" aria-hidden="true">
      {Array.from({ length: TICKS }, (_, at) => (
        <path
          key={at}
          d="M0-46v11"
          class={at === lit ? 'lit' : ''}
          transform={`rotate(${(at * 360) / TICKS})`}
        />
      ))}
      <g class="proof-tick" transform="translate(-24 -24) scale(2)">
        <path d={moreIcons.tick} />
      </g>
    </svg>
  )
}

function Clock() {
  return <>{formatTime(useNow(1000), true)}</>
}
