import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import type { Translate } from '../../strings/translate.ts'
import { channelName } from '../channel-name.ts'
import { formatTime } from '../format.ts'

/** One of thousands, perhaps: given all it needs, and drawn again only by its day (DayList). */
export function BillRow({
  entry,
  accounts,
  t,
  onOpen,
}: {
  entry: BillEntry
  accounts: Accounts | undefined
  t: Translate
  onOpen(): void
}) {
  const { kind, status, merchantName, terminalName, channel, at } = entry
  const details = [
    formatTime(at),
    kind === 'payment' ? terminalName : merchantName && t(kind),
    channel === 'bank_card' ? channelName(entry, accounts, t) : channel && t(channel),
  ]
  return (
    <button type="button" class="plain bill-row" onClick={onOpen}>
      <span class="bill-who">
        <b>{merchantName ?? t(kind)}</b>
        <span>{details.filter(Boolean).join(' · ')}</span>
      </span>
      <span class="bill-much">
        <b class={moved(status) ? entry.direction : 'void'}>{signedAmount(entry)}</b>
        {status !== 'PAID' && status !== 'SUCCEEDED' && (
          <span class={`tag ${status}`}>{t(status)}</span>
        )}
      </span>
    </button>
  )
}

/** `−¥12.50` or `+¥12.50`; without a sign where no money moved for good. */
export function signedAmount({ status, direction, amountFen }: BillEntry): string {
  const amount = formatYuan(amountFen)
  if (!moved(status)) return amount
  return direction === 'in' ? `+${amount}` : `−${amount}`
}

function moved(status: BillEntry['status']): boolean {
  return !['REFUSED', 'REVERSED', 'DECLINED', 'AWAITING_PASSWORD'].includes(status)
}
