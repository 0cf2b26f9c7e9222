import type { StaffGate, StaffTerminal } from '@campus-ecode/protocol/staff-places'
import { useState } from 'preact/hooks'
import { may } from '../api.ts'
import { ago, at } from '../format.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Await, Head, Table, Tag } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad } from '../ui/use-load.ts'

const EVERY_MS = 15_000
/** A gate asks every few seconds, so ten minutes without a word are worth a walk. */
const SILENT_MS = 10 * 60_000

type Asking = { name: string; enabled: boolean } & (
  | { route: 'setTerminal'; params: { terminalId: string } }
  | { route: 'setGate'; params: { gateId: string } }
)

export function Devices() {
  const { self, t, locale } = useHere()
  const devices = useLoad('getDevices', {}, '', EVERY_MS)
  const [asking, setAsking] = useState<Asking>()
  const mayChange = may(self.roles, 'setGate')
  const contact = (iso: string | null) =>
    iso ? <span title={at(iso)}>{ago(iso, locale)}</span> : t.devices.never
  const actionOf = (enabled: boolean) => (enabled ? t.merchants.switchOff : t.merchants.switchOn)
  const button = (what: Asking) =>
    mayChange && (
      <button
        type="button"
        class="button plain slim"
        aria-label={`${actionOf(what.enabled)} ${what.name}`}
        onClick={() => setAsking(what)}
      >
        {actionOf(what.enabled)}
      </button>
    )
  return (
    <>
      <Head title={t.devices.title} />
      <Await of={devices}>
        {({ terminals, gates, list }) => {
          const used = gates.filter(({ enabled }) => enabled)
          const newest = used.filter(({ listsBehind, listSeq }) => listSeq > 0 && listsBehind === 0)
          return (
            <div class="stack">
              <h2>{t.devices.gates}</h2>
              <section class="card">
                <p>
                  {list.issuedAt
                    ? t.devices.listHead(list.seq, list.entryCount, ago(list.issuedAt, locale))
                    : t.devices.listNever}
                  {list.waitingCount > 0 && t.comma + t.devices.listWaiting(list.waitingCount)}
                </p>
                {list.issuedAt && (
                  <p class="soft">{t.devices.reached(newest.length, used.length)}</p>
                )}
              </section>
              <Table
                caption={t.devices.gates}
                rows={gates}
                keyOf={({ gateId }) => gateId}
                none={t.devices.noGates}
                columns={[
                  { label: t.devices.name, cell: ({ name }) => <strong>{name}</strong> },
                  {
                    label: t.devices.place,
                    cell: ({ campus, zone }) => (
                      <>
                        {zone} <span class="soft small">{campus}</span>
                      </>
                    ),
                  },
                  { label: t.devices.contact, cell: (row) => contact(row.lastContactAt) },
                  { label: t.devices.list, cell: (row) => <ListTag gate={row} /> },
                  { label: t.devices.state, cell: (row) => <StateTag of={row} gate /> },
                  {
                    label: '',
                    end: true,
                    cell: ({ gateId, name, enabled }) =>
                      button({ route: 'setGate', params: { gateId }, name, enabled }),
                  },
                ]}
              />
              <h2>{t.devices.terminals}</h2>
              <Table
                caption={t.devices.terminals}
                rows={terminals}
                keyOf={({ terminalId }) => terminalId}
                none={t.devices.noTerminals}
                columns={[
                  { label: t.devices.name, cell: ({ name }) => <strong>{name}</strong> },
                  { label: t.devices.merchant, cell: ({ merchantName }) => merchantName },
                  { label: t.devices.kind, cell: ({ kind }) => t.devices.kinds[kind] },
                  { label: t.devices.contact, cell: (row) => contact(row.lastContactAt) },
                  { label: t.devices.state, cell: (row) => <StateTag of={row} /> },
                  {
                    label: '',
                    end: true,
                    cell: ({ terminalId, name, enabled }) =>
                      button({ route: 'setTerminal', params: { terminalId }, name, enabled }),
                  },
                ]}
              />
            </div>
          )
        }}
      </Await>
      {asking && (
        <Confirm
          route={asking.route}
          said={(reason) => ({ params: asking.params, body: { enabled: !asking.enabled, reason } })}
          title={`${actionOf(asking.enabled)} ${asking.name}`}
          text=""
          danger={asking.enabled}
          onClose={() => setAsking(undefined)}
          onDone={async () => {
            setAsking(undefined)
            await devices.reload()
          }}
        />
      )}
    </>
  )
}

function ListTag({ gate }: { gate: StaffGate }) {
  const { t } = useHere()
  if (gate.listSeq === 0) return <Tag tone="bad">{t.devices.listNone}</Tag>
  if (gate.listsBehind > 0) {
    return <Tag tone="warn">{t.devices.listBehind(gate.listsBehind)}</Tag>
  }
  if (gate.keysBehind) return <Tag tone="warn">{t.devices.keysBehind}</Tag>
  return <Tag tone="good">{t.devices.listOk}</Tag>
}

function StateTag({ of, gate = false }: { of: StaffGate | StaffTerminal; gate?: boolean }) {
  const { t } = useHere()
  if (!of.enabled) return <Tag tone="bad">{t.devices.off}</Tag>
  if ('locked' in of && of.locked) return <Tag tone="bad">{t.devices.locked}</Tag>
  if ('pausedUntil' in of && of.pausedUntil) return <Tag tone="warn">{t.devices.paused}</Tag>
  const silentMs = of.lastContactAt ? Date.now() - Date.parse(of.lastContactAt) : Infinity
  if (gate && silentMs > SILENT_MS) return <Tag tone="warn">{t.devices.silent}</Tag>
  return <Tag tone="good">{t.devices.on}</Tag>
}
