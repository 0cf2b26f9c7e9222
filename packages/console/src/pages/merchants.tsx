import type { StaffMerchant } from '@campus-ecode/protocol/staff-places'
import { useState } from 'preact/hooks'
import { may } from '../api.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Await, Head, Table, Tag } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad } from '../ui/use-load.ts'

export function Merchants() {
  const { self, t } = useHere()
  const merchants = useLoad('getMerchants', {})
  const [asking, setAsking] = useState<StaffMerchant>()
  const mayChange = may(self.roles, 'setMerchant')
  const actionOf = ({ accepting }: StaffMerchant) =>
    accepting ? t.merchants.switchOff : t.merchants.switchOn
  return (
    <>
      <Head title={t.merchants.title} text={t.merchants.text} />
      <Await of={merchants}>
        {({ merchants: rows }) => (
          <Table
            caption={t.merchants.title}
            rows={rows}
            keyOf={({ merchantId }) => merchantId}
            none={t.merchants.none}
            columns={[
              { label: t.merchants.name, cell: ({ name }) => <strong>{name}</strong> },
              { label: t.merchants.campus, cell: ({ campus }) => campus ?? '—' },
              { label: t.merchants.terminals, cell: ({ terminalCount }) => terminalCount },
              {
                label: t.merchants.state,
                cell: ({ accepting }) => (
                  <Tag tone={accepting ? 'good' : 'bad'}>
                    {accepting ? t.merchants.on : t.merchants.off}
                  </Tag>
                ),
              },
              {
                label: '',
                end: true,
                cell: (row) =>
                  mayChange && (
                    <button
                      type="button"
                      class="button plain slim"
                      aria-label={`${actionOf(row)} ${row.name}`}
                      onClick={() => setAsking(row)}
                    >
                      {actionOf(row)}
                    </button>
                  ),
              },
            ]}
          />
        )}
      </Await>
      {asking && (
        <Confirm
          route="setMerchant"
          said={(reason) => ({
            params: { merchantId: asking.merchantId },
            body: { accepting: !asking.accepting, reason },
          })}
          title={`${actionOf(asking)} ${asking.name}`}
          text={t.merchants.text}
          danger={asking.accepting}
          onClose={() => setAsking(undefined)}
          onDone={async () => {
            setAsking(undefined)
            await merchants.reload()
          }}
        />
      )}
    </>
  )
}
