import { formatYuan } from '@campus-ecode/protocol/money'
import type { CashierOrder } from '@campus-ecode/protocol/orders'
import { useEffect, useRef } from 'preact/hooks'
import { Amount } from '../amount.tsx'
import { channelName, fallbackSentence } from '../channel-name.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { Receipt } from '../result/receipt.tsx'
import { SessionNotice } from '../session-notice.tsx'
import { useChanges } from '../use-cell.ts'
import { useHandedFocus } from '../use-handed-focus.ts'
import { useNow } from '../use-now.ts'
import { useView } from '../view.ts'
import { walletIcons } from '../wallet/wallet-icon-paths.ts'
import { useAccountChoice } from './account-choice.tsx'
import { Progress } from './progress.tsx'
import { useWays } from './use-ways.ts'
import { useWaysWords, WaysProblem } from './ways-problem.tsx'

/** R38: the cashier for one online order, in a sheet of its own over the page. */
export function Cashier() {
  const { model, t } = useView()
  const ways = useWays()
  const { order, ordered } = ways
  useChanges([order, ordered.state])
  useEffect(() => ways.showOrder(), [ways])
  const leave = () => void ways.leaveOrder()
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      // The keypad above it has this key for itself.
      if (event.key === 'Escape' && !model.wallet.value?.keypad.value) leave()
    }
    document.addEventListener('keydown', close)
    return () => document.removeEventListener('keydown', close)
  }, [ways])
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const { value, problem, loading } = order.value
  const session = model.session.value.kind
  const away = session === 'lost' || session === 'signed_out'
  const begun = ordered.state.value
  const panel = useHandedFocus([value?.status, begun?.kind].join())
  return (
    <div class="sheet cashier">
      <div class="sheet-card" role="dialog" aria-modal="true" aria-labelledby="cashier-title">
        <header class="sheet-top">
          <h2 id="cashier-title" ref={heading} tabIndex={-1}>
            {t('cashier')}
          </h2>
          <button
            type="button"
            class="plain sheet-close"
            aria-label={t('cashierClose')}
            onClick={leave}
          >
            <Icon d={walletIcons.cross} />
          </button>
        </header>
        <div ref={panel} class="cashier-body">
          {away ? (
            <SessionNotice />
          ) : value ? (
            <Order order={value} leave={leave} />
          ) : problem && !loading ? (
            <div class="cashier-text">
              <WaysProblem problem={problem} />
              <button
                type="button"
                class="button"
                part="button"
                onClick={() =>
                  problem.code === 'ORDER_NOT_FOUND' ? leave() : void ways.loadOrder()
                }
              >
                {t(problem.code === 'ORDER_NOT_FOUND' ? 'cashierClose' : 'retry')}
              </button>
            </div>
          ) : (
            <div class="panel day-bone bone" aria-busy="true" />
          )}
        </div>
      </div>
    </div>
  )
}

function Order({ order, leave }: { order: CashierOrder; leave(): void }) {
  const { t } = useView()
  const ways = useWays()
  const { ordered } = ways
  const begun = ordered.state.value
  const refused = begun?.kind === 'known' && begun.value.status === 'REFUSED'
  const own = order.entry
  const paidEntry =
    begun?.kind === 'known' && begun.value.status === 'PAID'
      ? begun.value
      : own?.status === 'PAID'
        ? own
        : undefined
  if (paidEntry) return <Paid order={order} entry={paidEntry} leave={leave} />
  if (begun && begun.kind !== 'refused' && !refused) {
    return (
      <Progress
        state={begun}
        payment={ordered}
        amountFen={order.amountFen}
        to={order.merchantName}
        account={begun.draft.account}
        entryOf={(entry) => entry}
        again={{ label: t('cashierAgain'), press: () => ordered.forget() }}
        leave={{ label: t('cashierLater'), press: leave }}
      />
    )
  }
  if (order.status === 'PAYING') return <Told kind="busy" leave={leave} />
  if (order.status === 'PAID') return <Told kind="paid" leave={leave} />
  if (order.status === 'CLOSED') return <Told kind="closed" leave={leave} />
  return <Pay order={order} />
}

/** What is to be paid, from where, and until when. */
function Pay({ order }: { order: CashierOrder }) {
  const { t, locale } = useView()
  const { ordered } = useWays()
  const { account, choice, isKnown } = useAccountChoice()
  const begun = ordered.state.value
  const { orderId, merchantName, description, amountFen, listFen, rule } = order
  const leftMs = Date.parse(order.expiresAt) - useNow(1000)
  return (
    <div class="cashier-pay">
      <p class="cashier-what">
        <b>{merchantName}</b>
        <span>{description}</span>
      </p>
      <Amount fen={amountFen} />
      {rule && (
        <p class="cashier-rule">
          <s>{formatYuan(listFen)}</s> {rule.name[locale]}
        </p>
      )}
      <Refused account={account} />
      {choice}
      <button
        type="button"
        class="button"
        part="button"
        disabled={begun?.kind === 'sending' || leftMs <= 0 || !isKnown}
        onClick={() => void ordered.begin({ orderId, account })}
      >
        {t('cashierPay', { amount: formatYuan(amountFen) })}
      </button>
      <p class="charge">
        {leftMs > 0 ? t('cashierLeft', { time: formatLeft(leftMs) }) : t('cashierTimeOver')}
      </p>
    </div>
  )
}

/** Why the last attempt came to nothing; another account may do. */
function Refused({ account }: { account: 'wallet' | 'one_card' }) {
  const { ordered } = useWays()
  const begun = ordered.state.value
  if (begun?.kind === 'refused') return <WaysProblem problem={begun.problem} account={account} />
  if (begun?.kind !== 'known' || !begun.value.refusal) return null
  const { code, message } = begun.value.refusal
  return <WaysProblem problem={{ code, sentences: message }} account={account} />
}

function Paid({
  order,
  entry,
  leave,
}: {
  order: CashierOrder
  entry: NonNullable<CashierOrder['entry']>
  leave(): void
}) {
  const { model, t, say } = useView()
  const accounts = model.accounts.value.value
  const amount = formatYuan(entry.amountFen)
  useEffect(() => say(t('paidLive', { amount, merchant: order.merchantName })), [])
  const fallback = fallbackSentence(entry, accounts, t)
  return (
    <div class="ended">
      <div class="outcome paid" part="outcome">
        <span class="mark">
          <Icon d={moreIcons.tick} />
        </span>
        <h2 tabIndex={-1} class="outcome-title">
          {t('paid')}
        </h2>
        <Amount fen={entry.amountFen} />
        <p class="outcome-text">{t('paidTo', { merchant: order.merchantName })}</p>
      </div>
      <div class="slip">
        {fallback && <p class="remark">{fallback}</p>}
        <dl class="receipt">
          <Receipt entry={entry} />
          <dt>{t('payWith')}</dt>
          <dd>{channelName(entry, accounts, t)}</dd>
        </dl>
        <button type="button" class="button" part="button" onClick={leave}>
          {t('proofDone')}
        </button>
      </div>
    </div>
  )
}

function Told({ kind, leave }: { kind: 'busy' | 'paid' | 'closed'; leave(): void }) {
  const { t, say } = useView()
  const code = {
    busy: 'ORDER_BEING_PAID',
    paid: 'ORDER_ALREADY_PAID',
    closed: 'ORDER_CLOSED',
  } as const
  const { title, how } = useWaysWords({ code: code[kind] })
  useEffect(() => say(title), [title])
  return (
    <div class="cashier-text">
      <h2 class="notice-title" tabIndex={-1}>
        {title}
      </h2>
      <p class="notice-text">{how}</p>
      <button type="button" class="button" part="button" onClick={leave}>
        {t('cashierClose')}
      </button>
    </div>
  )
}

function formatLeft(leftMs: number): string {
  const seconds = Math.floor(leftMs / 1000)
  const hours = Math.floor(seconds / 3600)
  const rest = [Math.floor(seconds / 60) % 60, seconds % 60]
  return [...(hours ? [hours] : []), ...rest].map((n) => String(n).padStart(2, '0')).join(':')
}
