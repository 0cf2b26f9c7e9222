import type { ListedPayment } from '@campus-ecode/protocol/staff-payments'
import { useState } from 'preact/hooks'
import type { AnswerOf } from '../api.ts'
import { at, fromField, parseYuan, toField, yuan } from '../format.ts'
import { Field, Head, Said, Table, Tag, type Tone } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useSend } from '../ui/use-load.ts'

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** By what a student can say of a payment. */
export function Payments() {
  const { t } = useHere()
  const [by, setBy] = useState<'number' | 'amount'>('number')
  const [found, setFound] = useState<AnswerOf<'findPayments'>>()
  const [badAmount, setBadAmount] = useState(false)
  const { send, busy, problem } = useSend('findPayments')
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const said = new FormData(event.currentTarget as HTMLFormElement)
    if (by === 'amount') {
      const amountFen = parseYuan(String(said.get('amount')))
      setBadAmount(amountFen === undefined)
      if (amountFen === undefined) return
      setFound(await send({ body: { amountFen, at: fromField(String(said.get('at'))) } }))
      return
    }
    const number = String(said.get('number')).trim()
    // A request's id and a payment's look alike, so both are asked for at once; else it is an order's number.
    const body = UUID.test(number) ? { requestId: number } : { orderNo: number }
    const first = await send({ body })
    const isNothing = first?.payments.length === 0 && first.refusedCalls.length === 0
    const answer =
      isNothing && UUID.test(number) ? await send({ body: { orderNo: number } }) : first
    const [only, ...others] = answer?.refusedCalls.length === 0 ? answer.payments : []
    if (only && others.length === 0) location.hash = `#/payments/${only.paymentId}`
    else setFound(answer)
  }
  return (
    <>
      <Head title={t.payments.title} text={t.payments.text} focus="number" />
      <div class="stack">
        <form class="card stack" onSubmit={submit}>
          <fieldset>
            <legend>{t.payments.by}</legend>
            <div class="row">
              {(['number', 'amount'] as const).map((each) => (
                <label class="check" key={each}>
                  <input
                    type="radio"
                    name="by"
                    checked={by === each}
                    onChange={() => {
                      setBy(each)
                      setFound(undefined)
                    }}
                  />
                  {each === 'number' ? t.payments.byNumber : t.payments.byAmount}
                </label>
              ))}
            </div>
          </fieldset>
          {by === 'number' ? (
            <Field
              key="number"
              label={t.payments.number}
              hint={t.payments.numberHint}
              name="number"
              required
              maxLength={64}
              pattern=" *[A-Za-z0-9_\-]{1,64} *"
              spellcheck={false}
              autocomplete="off"
            />
          ) : (
            <div class="fields" key="amount">
              <Field
                label={t.payments.amount}
                name="amount"
                required
                inputMode="decimal"
                invalid={badAmount}
                hint={badAmount ? t.payments.badAmount : undefined}
                autocomplete="off"
              />
              <Field
                label={t.payments.at + t.inBrackets(t.payments.atHint)}
                name="at"
                type="datetime-local"
                required
                defaultValue={toField(Date.now())}
              />
            </div>
          )}
          <div class="row">
            <button type="submit" class="button" disabled={busy}>
              {busy ? t.working : t.search}
            </button>
          </div>
          <Said problem={problem} />
        </form>
        <div role="status" class="stack">
          {found && <Found found={found} />}
        </div>
      </div>
    </>
  )
}

function Found({ found }: { found: AnswerOf<'findPayments'> }) {
  const { t, locale } = useHere()
  return (
    <>
      {found.refusedCalls.map((each) => (
        <section class="card stack" key={each.requestId}>
          <h2>{t.payments.refusedCalls}</h2>
          <p>{each.refusal.message[locale]}</p>
          <p class="soft small">
            {at(each.at)}　{each.person?.maskedName}　
            <span class="mono">
              {each.refusal.code} {each.route}
            </span>
          </p>
          {each.person && <a href={`#/people/${each.person.personId}`}>{t.payment.personPage}</a>}
        </section>
      ))}
      {found.refusedCalls.length === 0 || found.payments.length > 0 ? (
        <PaymentTable payments={found.payments} />
      ) : null}
      {found.more && <p class="soft">{t.payments.tooMany}</p>}
    </>
  )
}

export function PaymentTable({
  payments,
  none,
}: {
  payments: readonly ListedPayment[]
  none?: string
}) {
  const { t } = useHere()
  return (
    <Table
      caption={t.payments.found}
      rows={payments}
      keyOf={({ paymentId }) => paymentId}
      none={none ?? t.payments.none}
      columns={[
        { label: t.payments.time, cell: ({ createdAt }) => at(createdAt) },
        {
          label: t.payments.merchant,
          cell: ({ merchantName, terminalName }) => (
            <>
              {merchantName} <span class="soft small">{terminalName}</span>
            </>
          ),
        },
        {
          label: t.payments.payer,
          cell: ({ payer }) =>
            payer ? (
              <>
                {payer.maskedName} <span class="soft small">{t.personClass[payer.class]}</span>
              </>
            ) : (
              '—'
            ),
        },
        {
          label: t.payments.sum,
          end: true,
          cell: ({ amountFen, listFen, refundedFen }) => (
            <>
              {yuan(amountFen ?? listFen ?? 0)}
              {refundedFen > 0 && (
                <span class="soft small">
                  {t.payment.refunded} {yuan(refundedFen)}
                </span>
              )}
            </>
          ),
        },
        { label: t.payments.state, cell: ({ status }) => <StatusTag status={status} /> },
        {
          label: t.payments.order,
          cell: ({ paymentId, orderNo }) => (
            <a href={`#/payments/${paymentId}`} class="mono">
              {orderNo}
            </a>
          ),
        },
      ]}
    />
  )
}

const tones: Record<string, Tone> = {
  PAID: 'good',
  REFUSED: 'bad',
  UNKNOWN: 'warn',
  PROCESSING: 'warn',
  AWAITING_PASSWORD: 'warn',
  REVERSING: 'warn',
}

export function StatusTag({ status }: { status: ListedPayment['status'] }) {
  const { t } = useHere()
  return <Tag tone={tones[status] ?? ''}>{t.status[status]}</Tag>
}
