import type { BillEntry } from '@campus-ecode/protocol/bill'
import { Amount } from '../amount.tsx'
import { channelName, fallbackSentence } from '../channel-name.ts'
import { formatInstant } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { explain } from '../problem/explain.ts'
import { Support } from '../problem/support.tsx'
import { useExplanation } from '../problem/use-explanation.ts'
import { Receipt } from '../result/receipt.tsx'
import { useView } from '../view.ts'
import { WithWallet } from '../wallet-door.tsx'

/** One line of the bill in full (R17). What a till waits for can be answered here, too (R23). */
export function EntryScreen({ entry: opened }: { entry: BillEntry }) {
  const { model, t, go } = useView()
  // The bill may know by now what became of it.
  const known = model.bill.value.value?.entries.find(({ entryId }) => entryId === opened.entryId)
  const entry = known ?? opened
  const accounts = model.accounts.value.value
  const { refusal, litresMl } = entry
  const { title } = useExplanation(
    explain(refusal?.code ?? 'INTERNAL', refusal?.message, { accounts, account: undefined }),
  )
  const lines: [label: string, value: string | null][] = [
    [t('status'), t(entry.status)],
    [t('reason'), refusal && title],
    [t('merchant'), entry.merchantName],
    [t('terminal'), entry.terminalName],
    [
      t('waterUsed'),
      // A hand's breadth of water more would be a lie.
      litresMl ? t('waterOf', { litres: Math.floor(litresMl / 100) / 10 }) : null,
    ],
    [t('payWith'), channelName(entry, accounts, t)],
    [t('time'), formatInstant(entry.at, t)],
    [t('orderNo'), entry.orderNo],
  ]
  const fallback = fallbackSentence(entry, accounts, t)
  return (
    <div class="page">
      <PageBar title={t('detail')} />
      <div class="panel entry">
        <p class="entry-who">{[t(entry.kind), entry.merchantName].filter(Boolean).join(' · ')}</p>
        <Amount fen={entry.amountFen} />
        {fallback && <p class="remark">{fallback}</p>}
        <dl class="receipt">
          <Receipt entry={entry} />
          {lines.map(
            ([label, value]) =>
              value && (
                <>
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </>
              ),
          )}
        </dl>
      </div>
      {entry.status === 'AWAITING_PASSWORD' && (
        <div class="panel">
          <WithWallet>{({ PayByPassword }) => <PayByPassword entry={entry} />}</WithWallet>
        </div>
      )}
      <button
        type="button"
        class="panel row"
        onClick={() =>
          go({
            name: 'in_wallet',
            page: 'help',
            about: {
              // A transfer has no other number.
              orderNo: entry.orderNo ?? entry.paymentId,
              ...(refusal && { code: refusal.code }),
            },
          })
        }
      >
        <Icon d={moreIcons.help} />
        {t('billDoubt')}
        <Icon d={moreIcons.next} />
      </button>
      {refusal && <Support problem={{ code: refusal.code }} />}
    </div>
  )
}
