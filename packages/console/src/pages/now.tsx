import type { StaffPulse } from '@campus-ecode/protocol/staff-places'
import { ago, time, yuan } from '../format.ts'
import { Await, Head, Table } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad } from '../ui/use-load.ts'
import { HealthTable } from './health.tsx'

const EVERY_MS = 5_000

/** What noon looks like. */
export function Now() {
  const { t } = useHere()
  const pulse = useLoad('getPulse', {}, '', EVERY_MS)
  return (
    <>
      <Head title={t.now.title} text={t.now.text}>
        {pulse.value && <span class="soft">{time(pulse.value.at)}</span>}
      </Head>
      <Await of={pulse}>
        {(value) => (
          <div class="stack">
            <Numbers pulse={value} />
            <section class="card stack">
              <h2>{t.now.perMinute}</h2>
              <Bars minutes={value.minutes} />
              <p class="hint">{t.now.legend}</p>
            </section>
            <h2>{t.now.reasons}</h2>
            <Reasons pulse={value} />
            <h2>{t.health.title}</h2>
            <HealthTable />
          </div>
        )}
      </Await>
    </>
  )
}

function Numbers({ pulse }: { pulse: StaffPulse }) {
  const { t, locale } = useHere()
  const { open, oldestUnknownAt } = pulse
  const refused = pulse.minutes.reduce((sum, minute) => sum + minute.refused, 0)
  const numbers: [label: string, value: string, hint?: string][] = [
    [t.now.paid, String(pulse.paidCount)],
    [t.now.sum, yuan(pulse.paidFen)],
    [t.now.refused, String(refused)],
    [
      t.now.unknown,
      String(open.unknown),
      oldestUnknownAt ? t.now.unknownSince(ago(oldestUnknownAt, locale)) : t.now.unknownNone,
    ],
    [`${t.now.processing} / ${t.now.awaiting}`, `${open.processing} / ${open.awaitingPassword}`],
  ]
  return (
    <dl class="numbers">
      {numbers.map(([label, value, hint]) => (
        <div class="card" key={label}>
          <dt class="soft">{label}</dt>
          <dd class="big">{value}</dd>
          {hint && <dd class="hint">{hint}</dd>}
        </div>
      ))}
    </dl>
  )
}

function Bars({ minutes }: { minutes: StaffPulse['minutes'] }) {
  const { t } = useHere()
  const most = Math.max(1, ...minutes.map(({ paid, refused }) => paid + refused))
  const sum = (of: 'paid' | 'refused') => minutes.reduce((all, minute) => all + minute[of], 0)
  return (
    <svg
      class="bars"
      viewBox="0 0 600 100"
      preserveAspectRatio="none"
      role="img"
      aria-label={t.now.chart(sum('paid'), sum('refused'))}
    >
      {minutes.map(({ at, paid, refused }, index) => {
        const paidHeight = (paid / most) * 98
        const refusedHeight = (refused / most) * 98
        return (
          <g key={at}>
            <rect x={index * 10 + 1} y={99} width={8} height={1} />
            <rect x={index * 10 + 1} y={100 - paidHeight} width={8} height={paidHeight} />
            <rect
              class="bad"
              x={index * 10 + 1}
              y={100 - paidHeight - refusedHeight}
              width={8}
              height={refusedHeight}
            />
          </g>
        )
      })}
    </svg>
  )
}

function Reasons({ pulse }: { pulse: StaffPulse }) {
  const { t, locale } = useHere()
  return (
    <Table
      caption={t.now.reasons}
      rows={pulse.refusals}
      keyOf={({ refusal }) => refusal.code}
      none={t.now.noReasons}
      columns={[
        {
          label: t.now.reason,
          cell: ({ refusal }) => (
            <>
              {refusal.message[locale]} <span class="soft small mono">{refusal.code}</span>
            </>
          ),
        },
        { label: t.now.count, end: true, cell: ({ count }) => count },
      ]}
    />
  )
}
