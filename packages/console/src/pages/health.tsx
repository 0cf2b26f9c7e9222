import { ago } from '../format.ts'
import { Await, Head, Table, Tag, type Tone } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad } from '../ui/use-load.ts'

const EVERY_MS = 10_000
const tones: Record<string, Tone> = { good: 'good', slow: 'warn', silent: 'bad', idle: '' }

export function Health() {
  const { t } = useHere()
  return (
    <>
      <Head title={t.health.title} text={t.health.text} />
      <HealthTable />
    </>
  )
}

/** Bank, one-card system and the others, at a glance. */
export function HealthTable() {
  const { t, locale } = useHere()
  const health = useLoad('getHealth', {}, '', EVERY_MS)
  return (
    <Await of={health}>
      {({ systems }) => (
        <Table
          caption={t.health.title}
          rows={systems}
          keyOf={({ port }) => port}
          none={t.none}
          columns={[
            { label: t.health.system, cell: ({ port }) => <strong>{t.port[port] ?? port}</strong> },
            {
              label: t.health.state,
              cell: ({ state }) => <Tag tone={tones[state] ?? ''}>{t.health.states[state]}</Tag>,
            },
            { label: t.health.asked, end: true, cell: ({ askedCount }) => askedCount },
            { label: t.health.declined, end: true, cell: ({ declinedCount }) => declinedCount },
            {
              label: t.health.open,
              end: true,
              cell: ({ openCount, oldestOpenAt }) => (
                <>
                  {openCount}
                  {oldestOpenAt && (
                    <span class="soft small">
                      {t.health.oldest} {ago(oldestOpenAt, locale)}
                    </span>
                  )}
                </>
              ),
            },
            {
              label: t.health.median,
              end: true,
              cell: ({ medianMs }) => (medianMs === null ? '—' : `${medianMs} ms`),
            },
            {
              label: t.health.lastAnswer,
              cell: ({ lastAnswerAt }) => (lastAnswerAt ? ago(lastAnswerAt, locale) : '—'),
            },
          ]}
        />
      )}
    </Await>
  )
}
