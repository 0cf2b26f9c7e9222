import type { PreparedStatement } from '@campus-ecode/protocol/staff-books'
import { useState } from 'preact/hooks'
import { addressOf } from '../api.ts'
import { yuan } from '../format.ts'
import { Await, Head, Said, Table } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad, useSend } from '../ui/use-load.ts'

/** A day of the school or of one merchant, made, verified and handed out. */
export function Statements() {
  const { t } = useHere()
  const statements = useLoad('getStatements', {})
  const merchants = useLoad('getMerchants', {})
  const { send, busy, problem } = useSend('prepareStatement')
  const [made, setMade] = useState<{ day: string; scope: string; prepared: PreparedStatement }>()
  return (
    <>
      <Head title={t.statements.title} text={t.statements.text} />
      <Await of={statements}>
        {({ days, publicKey }) => (
          <div class="stack">
            <form
              class="card stack"
              onSubmit={async (event) => {
                event.preventDefault()
                const said = new FormData(event.currentTarget)
                const day = String(said.get('day'))
                const scope = String(said.get('scope'))
                setMade(undefined)
                const prepared = await send({ body: { day, scope } })
                if (prepared) setMade({ day, scope, prepared })
              }}
            >
              <div class="fields">
                <div class="field">
                  <label htmlFor="statement-day">{t.statements.day}</label>
                  <select id="statement-day" name="day">
                    {days.map(({ day, finishedAt }) => (
                      <option key={day} value={day}>
                        {day} {finishedAt ? t.statements.finished : t.statements.notFinished}
                      </option>
                    ))}
                  </select>
                </div>
                <div class="field">
                  <label htmlFor="statement-scope">{t.statements.scope}</label>
                  <select id="statement-scope" name="scope">
                    <option value="all">{t.statements.all}</option>
                    {merchants.value?.merchants.map(({ merchantId, name }) => (
                      <option key={merchantId} value={merchantId}>
                        {name}
                      </option>
                    ))}
                  </select>
                </div>
              </div>
              <div class="row">
                <button type="submit" class="button" disabled={busy}>
                  {busy ? t.working : t.statements.prepare}
                </button>
              </div>
              <Said problem={problem} />
            </form>
            <div role="status" class="stack">
              {made && <Made {...made} />}
            </div>
            <section class="card stack">
              <h2>{t.statements.key}</h2>
              <p class="mono">{publicKey}</p>
              <p class="hint">{t.statements.keyHint}</p>
            </section>
          </div>
        )}
      </Await>
    </>
  )
}

function Made({
  day,
  scope,
  prepared,
}: {
  day: string
  scope: string
  prepared: PreparedStatement
}) {
  const { t } = useHere()
  const { statement, files, verified, result } = prepared
  if (!statement) return <p class="said">{t.statements.refusals[result]}</p>
  const { total } = statement
  const numbers: [string, string][] = [
    [t.statements.rows, t.statements.rowCount(statement.rowCount)],
    [t.statements.payments, yuan(total.paymentFen)],
    [t.statements.reversals, yuan(total.reversalFen)],
    [t.statements.refunds, yuan(total.refundFen)],
    [t.statements.net, yuan(total.netFen)],
  ]
  return (
    <>
      <p class={`said ${verified ? 'good' : ''}`}>
        {verified ? t.statements.verified : t.statements.notVerified}
      </p>
      <dl class="numbers">
        {numbers.map(([label, value]) => (
          <div class="card" key={label}>
            <dt class="soft">{label}</dt>
            <dd class="big">{value}</dd>
          </div>
        ))}
      </dl>
      <section class="card stack">
        <h2>{t.statements.files}</h2>
        <ul class="row">
          {files.map((file) => (
            <li key={file}>
              <a
                class="button plain slim"
                href={addressOf('downloadStatement', { day, scope, file })}
                download
              >
                {file}
              </a>
            </li>
          ))}
        </ul>
      </section>
      <Table
        caption={t.statements.byMerchant}
        rows={statement.merchants}
        keyOf={({ merchantId }) => merchantId}
        none={t.statements.empty}
        columns={[
          { label: t.statements.merchant, cell: ({ name }) => <strong>{name}</strong> },
          {
            label: t.statements.payments,
            end: true,
            cell: (row) => yuan(row.total.paymentFen),
          },
          {
            label: t.statements.reversals,
            end: true,
            cell: (row) => yuan(row.total.reversalFen),
          },
          { label: t.statements.refunds, end: true, cell: (row) => yuan(row.total.refundFen) },
          { label: t.statements.net, end: true, cell: (row) => yuan(row.total.netFen) },
        ]}
      />
    </>
  )
}
