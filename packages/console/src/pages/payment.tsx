import type { PaymentStep, StaffPayment } from '@campus-ecode/protocol/staff-payments'
import { type ComponentChildren, Fragment } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { may } from '../api.ts'
import { at, newId, parseYuan, yuan } from '../format.ts'
import type { Strings } from '../strings/strings.ts'
import { Await, Dialog, Field, Head, ReasonForm, Said, Told, type Tone } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad, useSend } from '../ui/use-load.ts'
import { StatusTag } from './payments.tsx'

/** One payment, from the till's question to where its money is now. */
export function Payment({ paymentId }: { paymentId: string }) {
  const { t } = useHere()
  const payment = useLoad('getPayment', { params: { paymentId } }, paymentId)
  return (
    <>
      <a class="back" href="#/payments">
        ← {t.payments.title}
      </a>
      <Head title={t.payment.title} />
      <Await of={payment}>{(value) => <Details payment={value} onChange={payment.reload} />}</Await>
    </>
  )
}

function Details({ payment, onChange }: { payment: StaffPayment; onChange: () => Promise<void> }) {
  const { self, t, locale } = useHere()
  const [asking, setAsking] = useState(false)
  const [done, setDone] = useState('')
  const isOpen = ['PROCESSING', 'UNKNOWN', 'REVERSING', 'AWAITING_PASSWORD'].includes(
    payment.status,
  )
  const waits = isOpen || payment.story.some(({ kind }) => kind === 'still_asking')
  useEffect(() => {
    if (!waits) return undefined
    const timer = setInterval(onChange, 5_000)
    return () => clearInterval(timer)
  }, [waits, onChange])
  const { payer, rule } = payment
  const facts: [string, ComponentChildren][] = [
    [t.payment.list, payment.listFen === null ? '—' : yuan(payment.listFen)],
    ...(rule
      ? [[t.payment.rule, `${rule.name[locale]} ${yuan(rule.changeFen)}`] as [string, string]]
      : []),
    [t.payment.refunded, yuan(payment.refundedFen)],
    [
      t.payment.source,
      payment.channel
        ? `${t.channel[payment.channel]}${payment.cardTail ? ` (${payment.cardTail})` : ''}`
        : '—',
    ],
    [t.payment.means, payment.means ? (t.means[payment.means] ?? '—') : '—'],
    [t.payment.merchant, payment.merchantName],
    [t.payment.terminal, payment.terminalName || '—'],
    [
      t.payment.payer,
      payer ? (
        <>
          {payer.maskedName}
          {t.inBrackets(t.personClass[payer.class] ?? '')}{' '}
          <a href={`#/people/${payer.personId}`}>{t.payment.personPage}</a>
        </>
      ) : (
        '—'
      ),
    ],
    [t.payment.orderNo, <span class="mono">{payment.orderNo}</span>],
    [t.payment.paymentId, <span class="mono">{payment.paymentId}</span>],
  ]
  return (
    <div class="split">
      <section class="card stack">
        <div class="row between">
          <div>
            <p class="soft">{t.payment.charged}</p>
            <p class="big">{yuan(payment.amountFen ?? payment.listFen ?? 0)}</p>
          </div>
          <StatusTag status={payment.status} />
        </div>
        <dl class="facts">
          {facts.map(([label, value]) => (
            <Fragment key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
        <Told text={done} />
        {may(self.roles, 'refundPayment') && (
          <div class="row">
            <button
              type="button"
              class="button"
              disabled={payment.refundableFen === 0}
              onClick={() => setAsking(true)}
            >
              {t.payment.refund}
            </button>
            {payment.refundableFen === 0 && <span class="soft">{t.payment.refundNone}</span>}
          </div>
        )}
      </section>
      <section class="card stack">
        <h2>{t.payment.story}</h2>
        <ol class="story">
          {payment.story.map((step) => (
            <li key={`${step.at}${step.kind}${step.refundNo}`} class={toneOf(step)}>
              <time dateTime={step.at}>{at(step.at)}</time>
              {tell(step, payment, t, locale)}
              {step.reason && (
                <span class="soft small">
                  {' '}
                  {t.story.reason + t.colon}
                  {step.reason}
                </span>
              )}
              {step.reference && (
                <div class="soft small">
                  {t.story.reference} <span class="mono">{step.reference}</span>
                </div>
              )}
            </li>
          ))}
        </ol>
      </section>
      {asking && (
        <RefundDialog
          payment={payment}
          onClose={() => setAsking(false)}
          onDone={async (said) => {
            setAsking(false)
            await onChange()
            setDone(said)
          }}
        />
      )}
    </div>
  )
}

/** The id is kept until it is known what came of it, also over a reload: the same refund is given once. */
function RefundDialog({
  payment,
  onClose,
  onDone,
}: {
  payment: StaffPayment
  onClose: () => void
  onDone: (said: string) => void
}) {
  const { t } = useHere()
  const { value: ceiling } = useLoad('getSettings', {})
  const { send, busy, problem } = useSend('refundPayment')
  const [amount, setAmount] = useState((payment.refundableFen / 100).toFixed(2))
  const key = `ecode-refund-${payment.paymentId}`
  const amountFen = parseYuan(amount)
  const isBad = amountFen === undefined || amountFen > payment.refundableFen
  const submit = async (reason: string) => {
    if (isBad) return
    const refundId = sessionStorage.getItem(key) ?? newId()
    sessionStorage.setItem(key, refundId)
    const { paymentId } = payment
    const answer = await send({ params: { paymentId }, body: { refundId, amountFen, reason } })
    if (!answer) return
    sessionStorage.removeItem(key)
    const { refundDone, refundProcessing, refundWaits } = t.payment
    const said = {
      REFUNDED: refundDone,
      PROCESSING: refundProcessing,
      WAITS_FOR_SECOND: refundWaits,
    }
    onDone(said[answer.status])
  }
  useEffect(() => {
    // A clear no spends nothing, so the next try is another refund.
    if (problem && !problem.unknown) sessionStorage.removeItem(key)
  }, [problem, key])
  return (
    <Dialog title={t.payment.refundTitle} onClose={onClose}>
      <ReasonForm busy={busy} action={t.payment.refundGo} onCancel={onClose} onReason={submit}>
        <Field
          label={t.payment.refundAmount}
          value={amount}
          onInput={(event) => setAmount(event.currentTarget.value)}
          inputMode="decimal"
          required
          invalid={isBad}
          hint={
            isBad
              ? t.payment.refundBad((payment.refundableFen / 100).toFixed(2))
              : t.payment.refundMost(yuan(payment.refundableFen))
          }
          autocomplete="off"
        />
        <p class="hint">{ceiling && t.payment.refundAlone(yuan(ceiling.refundAloneFen))}</p>
        <Said problem={problem} />
        {problem?.unknown && <p class="said warn">{t.networkNote}</p>}
      </ReasonForm>
    </Dialog>
  )
}

function tell(
  step: PaymentStep,
  payment: StaffPayment,
  t: Strings,
  locale: 'zh-CN' | 'en',
): string {
  const sum = yuan(step.amountFen ?? 0)
  const port = t.port[step.port ?? ''] ?? ''
  switch (step.kind) {
    case 'asked':
      return t.story.asked(
        sum,
        [payment.merchantName, payment.terminalName].filter(Boolean).join(' '),
      )
    case 'refused':
      return t.story.refused(step.refusal?.message[locale] ?? '')
    case 'sent':
      return t.story.sent(port, sum)
    case 'still_asking':
      return t.story.still_asking(port, step.attemptCount ?? 0)
    case 'answered':
      return t.story.answered[step.outcome ?? 'succeeded'](port)
    case 'paid':
      return t.story.paid(sum, t.channel[step.channel ?? ''] ?? '')
    case 'refund_asked':
      return t.story.refund_asked(
        sum,
        step.by ?? (step.refundNo?.startsWith('office-') ? t.story.byOffice : t.story.byTerminal),
      )
    case 'refunded':
      return t.story.refunded(sum)
    case 'refund_declined':
      return t.story.refund_declined(sum)
    case 'refund_waits_for_second':
      return t.story.refund_waits_for_second(sum, step.by ?? '')
    default:
      return t.story[step.kind]
  }
}

function toneOf({ kind, outcome }: PaymentStep): Tone {
  if (kind === 'paid' || kind === 'refunded' || outcome === 'succeeded') return 'good'
  if (kind === 'refused' || kind === 'refund_declined' || outcome === 'declined') return 'bad'
  return kind === 'still_asking' || kind === 'refund_waits_for_second' ? 'warn' : ''
}
