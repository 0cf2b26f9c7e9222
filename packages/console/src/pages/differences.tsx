import type { StaffDifferences } from '@campus-ecode/protocol/staff-books'
import { useState } from 'preact/hooks'
import { newId, yuan } from '../format.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Await, Head, Table, Tag, Told, type Tone } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad } from '../ui/use-load.ts'

type Difference = StaffDifferences['differences'][number]
const tones: Record<Difference['state'], Tone> = { open: 'bad', waiting: 'warn', cleared: '' }

export function Differences() {
  const { t } = useHere()
  const differences = useLoad('getDifferences', {})
  const [asking, setAsking] = useState<Difference & { taskId: string }>()
  const [done, setDone] = useState('')
  return (
    <>
      <Head title={t.differences.title} text={t.differences.text} />
      <div class="stack">
        <Told text={done} />
        <Await of={differences}>
          {({ ports, differences: rows, more }) => (
            <>
              <h2>{t.differences.sums}</h2>
              <Table
                caption={t.differences.sums}
                rows={ports}
                keyOf={({ port }) => port}
                none={t.differences.noSums}
                columns={[
                  { label: t.differences.port, cell: ({ port }) => t.port[port] ?? port },
                  { label: t.differences.day, cell: ({ day }) => day },
                  {
                    label: t.differences.here,
                    end: true,
                    cell: ({ hereFen, hereCount }) => (
                      <>
                        {yuan(hereFen)} <span class="soft small">{hereCount}</span>
                      </>
                    ),
                  },
                  {
                    label: t.differences.there,
                    end: true,
                    cell: ({ thereFen, thereCount }) => (
                      <>
                        {yuan(thereFen)} <span class="soft small">{thereCount}</span>
                      </>
                    ),
                  },
                ]}
              />
              <h2>{t.differences.title}</h2>
              <Table
                caption={t.differences.title}
                rows={rows}
                keyOf={({ port, reference, sinceDay }) => `${port}${reference}${sinceDay}`}
                none={t.differences.none}
                columns={[
                  {
                    label: t.differences.kind,
                    cell: ({ kind, port }) => (
                      <>
                        <strong>{t.differences.kinds[kind]}</strong>
                        <span class="soft small">{t.port[port] ?? port}</span>
                      </>
                    ),
                  },
                  { label: t.differences.since, cell: ({ sinceDay }) => sinceDay },
                  {
                    label: t.differences.reference,
                    cell: (row) => (
                      <>
                        <span class="mono">{row.reference}</span>
                        {row.paymentId && (
                          <span class="small">
                            <a href={`#/payments/${row.paymentId}`}>
                              {row.merchantName} {row.orderNo}
                            </a>
                          </span>
                        )}
                      </>
                    ),
                  },
                  {
                    label: t.differences.hereFen,
                    end: true,
                    cell: ({ hereFen }) => yuan(hereFen),
                  },
                  {
                    label: t.differences.thereFen,
                    end: true,
                    cell: ({ thereFen }) => yuan(thereFen),
                  },
                  {
                    label: t.differences.state,
                    cell: ({ state, reason }) => (
                      <>
                        <Tag tone={tones[state]}>{t.differences.states[state]}</Tag>
                        {reason && <span class="soft small">{reason}</span>}
                      </>
                    ),
                  },
                  {
                    label: '',
                    end: true,
                    cell: (row) =>
                      row.state === 'open' &&
                      row.kind !== 'late' && (
                        <button
                          type="button"
                          class="button plain slim"
                          aria-label={`${t.differences.clear} ${row.reference}`}
                          onClick={() => setAsking({ ...row, taskId: newId() })}
                        >
                          {t.differences.clear}
                        </button>
                      ),
                  },
                ]}
              />
              {more && <p class="soft">{t.differences.more}</p>}
            </>
          )}
        </Await>
      </div>
      {asking && (
        <Confirm
          route="clearDifference"
          said={(reason) => {
            const { taskId, port, reference, sinceDay } = asking
            return { body: { taskId, port, reference, sinceDay, reason } }
          }}
          title={t.differences.clear}
          text={t.differences.clearSure}
          onClose={() => setAsking(undefined)}
          onDone={async () => {
            setAsking(undefined)
            await differences.reload()
            setDone(t.differences.asked)
          }}
        />
      )}
    </>
  )
}
