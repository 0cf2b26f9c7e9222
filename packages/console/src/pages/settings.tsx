import { REFUND_ALONE_FEN_MAX } from '@campus-ecode/protocol/staff'
import { useState } from 'preact/hooks'
import type { AnswerOf } from '../api.ts'
import { at, newId, parseFen, yuan } from '../format.ts'
import { Await, Field, Head, ReasonForm, Said, Told } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad, useSend } from '../ui/use-load.ts'

/** What this school's office may decide for itself. */
export function Settings() {
  const { t } = useHere()
  const settings = useLoad('getSettings', {})
  const [done, setDone] = useState('')
  return (
    <>
      <Head title={t.settings.title} />
      <div class="stack">
        <Told text={done} />
        <Await of={settings}>
          {(value) => (
            <RefundAlone
              key={value.refundAloneFen}
              settings={value}
              onDone={async (said) => {
                await settings.reload()
                setDone(said)
              }}
            />
          )}
        </Await>
      </div>
    </>
  )
}

function RefundAlone({
  settings: { refundAloneFen, asked },
  onDone,
}: {
  settings: AnswerOf<'getSettings'>
  onDone: (said: string) => void
}) {
  const { t } = useHere()
  const { send, busy, problem } = useSend('setRefundAlone')
  const [taskId, setTaskId] = useState(newId)
  const [amount, setAmount] = useState((refundAloneFen / 100).toFixed(2))
  const amountFen = parseFen(amount)
  const isBad = amountFen === undefined || amountFen > REFUND_ALONE_FEN_MAX
  const isMore = amountFen !== undefined && amountFen > refundAloneFen
  return (
    <section class="card stack">
      <div>
        <h2>{t.settings.refundAlone}</h2>
        <p class="big">{yuan(refundAloneFen)}</p>
      </div>
      <p class="soft">{t.settings.refundAloneText}</p>
      {asked && (
        <p class="said warn">
          {t.settings.asked(yuan(asked.amountFen), asked.by, at(asked.at))}{' '}
          <a href="#/tasks">{t.tasks.title}</a>
        </p>
      )}
      <ReasonForm
        busy={busy}
        disabled={busy || isBad || amountFen === refundAloneFen}
        action={isMore ? t.settings.ask : t.settings.lower}
        onReason={async (reason) => {
          if (isBad) return
          if (!(await send({ body: { taskId, amountFen, reason } }))) return
          setTaskId(newId())
          onDone(isMore ? t.settings.waits : t.settings.done)
        }}
      >
        <Field
          label={t.settings.amount}
          value={amount}
          onInput={(event) => setAmount(event.currentTarget.value)}
          inputMode="decimal"
          required
          invalid={isBad}
          hint={isBad ? t.settings.bad(yuan(REFUND_ALONE_FEN_MAX)) : t.settings.hint}
          autocomplete="off"
        />
        <Said problem={problem} />
      </ReasonForm>
    </section>
  )
}
