import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Collection } from '@campus-ecode/protocol/collections'
import { formatYuan } from '@campus-ecode/protocol/money'
import type { CashierOrder } from '@campus-ecode/protocol/orders'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Amount } from '../amount.tsx'
import { channelName, fallbackSentence } from '../channel-name.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { Receipt } from '../result/receipt.tsx'
import { SessionNotice } from '../session-notice.tsx'
import { useChanges } from '../use-cell.ts'
import { useHandedFocus } from '../use-handed-focus.ts'
import { useNow } from '../use-now.ts'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { walletIcons } from '../wallet/wallet-icon-paths.ts'
import { useAccountChoice } from './account-choice.tsx'
import { Button } from './button.tsx'
import { CollectionPage } from './collection-page.tsx'
import { Outcome } from './outcome.tsx'
import { Progress } from './progress.tsx'
import { useCollects } from './scan/not-here.tsx'
import { whatIsIt } from './scan/what-is-it.ts'
import { useWays } from './use-ways.ts'
import { Told, ToldProblem, WaysProblem } from './ways-problem.tsx'

/** Over the page, alone: an online order (R38), a payment whose till waits (R23), a merchant's code (R24). */
export function Cashier() {
  const { model, leave: out } = useView()
  const ways = useWays()
  useChanges([ways.subject, ways.order, ways.ordered.state, ways.asked.state, ways.scanned.state])
  const leave = () => void ways.leaveCashier()
  useEffect(() => {
    out.value = leave
    const close = (event: KeyboardEvent) => {
      // The keypad above it has this key for itself.
      if (event.key === 'Escape' && !model.wallet.value?.keypad.value) leave()
    }
    document.addEventListener('keydown', close)
    return () => {
      out.value = undefined
      document.removeEventListener('keydown', close)
    }
  }, [ways])
  const request = ways.subject.value
  if (!request) return null
  if ('collection' in request) return <Handed text={request.collection} leave={leave} />
  return 'order' in request ? <OrderSheet leave={leave} /> : <AskedSheet leave={leave} />
}

/** @param state Another one brings the focus to what is said then. */
function Sheet({
  state,
  leave,
  children,
}: {
  state: string
  leave(): void
  children: ComponentChildren
}) {
  const { model, t } = useView()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const session = model.session.value.kind
  const panel = useHandedFocus(state)
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
          {session === 'lost' || session === 'signed_out' ? <SessionNotice /> : children}
        </div>
      </div>
    </div>
  )
}

function Waiting() {
  return <div class="panel day-bone bone" aria-busy="true" />
}

function OrderSheet({ leave }: { leave(): void }) {
  const ways = useWays()
  useEffect(() => ways.showOrder(), [ways])
  const { value, problem, loading } = ways.order.value
  const ordered = ways.ordered.state.value
  const status = ordered?.kind === 'known' && ordered.value.status
  const isUnknown = problem?.code === 'ORDER_NOT_FOUND'
  return (
    <Sheet
      state={[value?.status, problem?.code, loading, ordered?.kind, status].join()}
      leave={leave}
    >
      {value ? (
        <Order order={value} leave={leave} />
      ) : problem && !loading ? (
        <ToldProblem
          problem={problem}
          on={
            isUnknown
              ? { label: 'cashierClose', press: leave }
              : { label: 'retry', press: () => void ways.loadOrder() }
          }
        />
      ) : (
        <Waiting />
      )}
    </Sheet>
  )
}

/** R23: the keypad opens by itself; this stands beneath it, and says what comes of it. */
function AskedSheet({ leave }: { leave(): void }) {
  const { t } = useView()
  const { asked } = useWays()
  useEffect(() => asked.show(), [asked])
  const { value: state } = asked.state
  const entry = state?.kind === 'known' ? state.value : undefined
  const close = { label: 'cashierClose', press: leave } as const
  return (
    <Sheet state={entry?.status ?? state?.kind ?? ''} leave={leave}>
      {state?.kind === 'refused' && state.problem.code === 'ORDER_NOT_FOUND' ? (
        <Told title={t('askedGone')} how={t('askedGone_how')} on={close} />
      ) : state?.kind === 'refused' ? (
        <ToldProblem problem={state.problem} on={close} />
      ) : state?.kind === 'unsure' ? (
        <ToldProblem
          problem={state.problem}
          on={{
            label: state.asking ? 'unsureAsking' : 'retry',
            press: () => void asked.retry(),
          }}
        />
      ) : state?.kind !== 'known' ? (
        <Waiting />
      ) : entry?.status === 'PAID' ? (
        <Paid entry={entry} leave={leave} />
      ) : (
        <Progress
          state={state}
          payment={asked}
          amountFen={state.value.amountFen}
          to={state.value.merchantName ?? ''}
          entryOf={(one) => one}
          again={close}
          {...(state.value.status !== 'REVERSED' && {
            leave: { label: 'cashierLater', press: leave },
          })}
        />
      )}
    </Sheet>
  )
}

/** R24: what somebody else's scanner has read; nothing but asking whose it is is done with it. */
function Handed({ text, leave }: { text: string; leave(): void }) {
  const { t } = useView()
  const ways = useWays()
  const task = useTask()
  const [collection, setCollection] = useState<Collection>()
  const collects = useCollects()
  const scan = whatIsIt(text)
  const ask = () => task.run(() => ways.resolve({ link: text }), setCollection)
  const close = { label: 'cashierClose', press: leave } as const
  useEffect(() => {
    if (scan.kind === 'collection' && collects) ask()
  }, [text, collects])
  if (collection) return <CollectionPage collection={collection} />
  return (
    <Sheet state={task.problem?.code ?? ''} leave={leave}>
      {scan.kind === 'other' ? (
        <Told title={t(scan.title)} how={t(`${scan.title}_how`)} on={close} />
      ) : !collects || task.problem?.code === 'COLLECTION_NOT_HERE' ? (
        <ToldProblem problem={{ code: 'COLLECTION_NOT_HERE' }} on={close} />
      ) : task.problem && !task.busy ? (
        <ToldProblem problem={task.problem} on={{ label: 'retry', press: ask }} />
      ) : (
        <Waiting />
      )}
    </Sheet>
  )
}

const whyNot = {
  PAYING: 'ORDER_BEING_PAID',
  PAID: 'ORDER_ALREADY_PAID',
  CLOSED: 'ORDER_CLOSED',
} as const

function Order({ order, leave }: { order: CashierOrder; leave(): void }) {
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
  if (paidEntry) return <Paid entry={paidEntry} leave={leave} />
  if (begun && begun.kind !== 'refused' && !refused) {
    return (
      <Progress
        state={begun}
        payment={ordered}
        amountFen={begun.kind === 'known' ? begun.value.amountFen : begun.draft.amountFen}
        to={order.merchantName}
        account={begun.draft.account}
        entryOf={(entry) => entry}
        again={{ label: 'cashierAgain', press: () => ordered.forget() }}
        leave={{ label: 'cashierLater', press: leave }}
      />
    )
  }
  if (order.status !== 'OPEN') {
    return (
      <ToldProblem
        problem={{ code: whyNot[order.status] }}
        on={{ label: 'cashierClose', press: leave }}
      />
    )
  }
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
      <Button
        disabled={begun?.kind === 'sending' || leftMs <= 0 || !isKnown}
        press={() => void ordered.begin({ orderId, account, amountFen })}
      >
        {t('cashierPay', { amount: formatYuan(amountFen) })}
      </Button>
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

function Paid({ entry, leave }: { entry: BillEntry; leave(): void }) {
  const { model, t, say } = useView()
  const accounts = model.accounts.value.value
  const amount = formatYuan(entry.amountFen)
  const merchant = entry.merchantName ?? ''
  useEffect(() => say(t('paidLive', { amount, merchant })), [])
  const fallback = fallbackSentence(entry, accounts, t)
  return (
    <div class="ended">
      <Outcome
        look="paid"
        mark={moreIcons.tick}
        title={t('paid')}
        amountFen={entry.amountFen}
        text={t('paidTo', { merchant })}
      />
      <div class="slip">
        {fallback && <p class="remark">{fallback}</p>}
        <dl class="receipt">
          <Receipt entry={entry} />
          <dt>{t('payWith')}</dt>
          <dd>{channelName(entry, accounts, t)}</dd>
        </dl>
        <Button press={leave}>{t('proofDone')}</Button>
      </div>
    </div>
  )
}

function formatLeft(leftMs: number): string {
  const seconds = Math.floor(leftMs / 1000)
  const hours = Math.floor(seconds / 3600)
  const rest = [Math.floor(seconds / 60) % 60, seconds % 60]
  return [...(hours ? [hours] : []), ...rest].map((n) => String(n).padStart(2, '0')).join(':')
}
