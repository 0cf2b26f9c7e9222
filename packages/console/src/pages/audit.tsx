import { describeError, isErrorCode } from '@campus-ecode/protocol/errors'
import type { AuditEntry } from '@campus-ecode/protocol/staff-api'
import { useState } from 'preact/hooks'
import { addressOf, call } from '../api.ts'
import { at, yuan } from '../format.ts'
import { Await, Head, Table, Tag } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad } from '../ui/use-load.ts'

/** @param personId Only what was done to, or seen of, this person. */
export function Audit({ personId }: { personId: string | undefined }) {
  const { t, locale } = useHere()
  const query = personId ? { personId } : {}
  const first = useLoad('getAudit', { query }, personId)
  const [older, setOlder] = useState<AuditEntry[]>([])
  const [next, setNext] = useState<string | null>()
  const loadOlder = async (before: string) => {
    const outcome = await call('getAudit', { query: { ...query, before } })
    if (!outcome.ok) return
    setOlder((rows) => [...rows, ...outcome.value.entries])
    setNext(outcome.value.next)
  }
  const outcomeOf = ({ outcome }: AuditEntry) =>
    isErrorCode(outcome) ? (
      <>
        <Tag tone="bad">{outcome}</Tag>
        <span class="soft small">{describeError(outcome).sentences[locale]}</span>
      </>
    ) : (
      <Tag tone="good">{t.audit.done}</Tag>
    )
  return (
    <>
      <Head title={t.audit.title} text={t.audit.text}>
        <div class="row">
          {personId && <a href="#/audit">{t.audit.all}</a>}
          <a class="button plain" href={addressOf('exportAudit')} download>
            {t.audit.download}
          </a>
        </div>
      </Head>
      <Await of={first}>
        {(page) => {
          const before = next === undefined ? page.next : next
          return (
            <div class="stack">
              <Table
                caption={t.audit.title}
                rows={[...page.entries, ...older]}
                keyOf={({ auditId }) => auditId}
                none={t.audit.none}
                columns={[
                  { label: t.audit.when, cell: (row) => at(row.at) },
                  {
                    label: t.audit.who,
                    cell: (row) => (
                      <>
                        {row.displayName ?? row.staffName ?? t.audit.stranger}
                        <span class="soft small">{row.address}</span>
                      </>
                    ),
                  },
                  {
                    label: t.audit.did,
                    cell: (row) => (
                      <>
                        {t.operations[row.operation] ?? row.operation}
                        {row.amountFen !== null && ` ${yuan(row.amountFen)}`}
                        {row.reason && <span class="soft small">{row.reason}</span>}
                      </>
                    ),
                  },
                  {
                    label: t.audit.about,
                    cell: (row) => (
                      <>
                        {row.personId && row.person ? (
                          <a href={`#/audit/${row.personId}`}>{row.person}</a>
                        ) : row.ref ? null : (
                          '—'
                        )}
                        {row.ref && <AboutRef text={row.ref} />}
                      </>
                    ),
                  },
                  { label: t.audit.outcome, cell: outcomeOf },
                ]}
              />
              {before && (
                <div class="row">
                  <button type="button" class="button plain" onClick={() => loadOlder(before)}>
                    {t.audit.older}
                  </button>
                </div>
              )}
            </div>
          )
        }}
      </Await>
    </>
  )
}

/** What a payment's number leads to. */
function AboutRef({ text }: { text: string }) {
  const [, paymentId] = /payment\/([\da-f-]{36})/.exec(text) ?? []
  return (
    <span class="soft small mono">
      {paymentId ? <a href={`#/payments/${paymentId}`}>{text}</a> : text}
    </span>
  )
}
