import { describeError, isErrorCode } from '@campus-ecode/protocol/errors'
import type { StaffAccountEvent } from '@campus-ecode/protocol/staff'
import { at, time } from '../format.ts'
import type { Strings } from '../strings/strings.ts'
import { Await, Head, Table, Tag } from '../ui/parts.tsx'
import { useHere } from '../ui/session.ts'
import { useLoad } from '../ui/use-load.ts'

/** Who came in by one's own name, and what others did to the account (R6, for staff). */
export function Account({ onLeave }: { onLeave: () => void }) {
  const { self, t, locale } = useHere()
  const account = useLoad('getOwnAccount', {})
  return (
    <>
      <Head title={t.account.title} text={t.account.text} />
      <div class="stack">
        <section class="card row between">
          <div>
            <strong>{self.displayName}</strong> <span class="mono soft">{self.name}</span>
            <p class="soft">{t.endsAt(time(self.endsAt))}</p>
          </div>
          <button type="button" class="button plain" onClick={onLeave}>
            {t.signOutAll}
          </button>
        </section>
        <Await of={account}>
          {({ events }) => (
            <Table
              caption={t.account.title}
              rows={events}
              keyOf={(event) => event.at + event.operation}
              none={t.none}
              columns={[
                { label: t.audit.when, cell: (event) => at(event.at) },
                {
                  label: t.audit.did,
                  cell: (event) => (
                    <>
                      {t.operations[event.operation]}
                      {event.change && ` ${changeOf(event, t)}`}
                      {event.by && <span class="soft small">{event.by}</span>}
                    </>
                  ),
                },
                {
                  label: t.audit.where,
                  cell: ({ address }) => <span class="mono">{address}</span>,
                },
                {
                  label: t.audit.outcome,
                  cell: ({ outcome }) =>
                    isErrorCode(outcome) ? (
                      <Tag tone="bad">{describeError(outcome).sentences[locale]}</Tag>
                    ) : (
                      <Tag tone="good">{t.audit.done}</Tag>
                    ),
                },
              ]}
            />
          )}
        </Await>
      </div>
    </>
  )
}

function changeOf({ change }: StaffAccountEvent, t: Strings): string {
  const words: Record<string, string> = { ...t.roles, off: t.staff.switchOff, on: t.staff.switchOn }
  return (change ?? '')
    .split(/[ +]/)
    .map((word) => words[word] ?? word)
    .join(t.comma)
}

const cameIn = ({ operation, outcome }: StaffAccountEvent) =>
  outcome === 'done' && (operation === 'signIn' || operation === 'finishSetUp')

/** What happened between the sign-in before this one and this one that the person may not know of. */
export function sinceLastTime(events: readonly StaffAccountEvent[]): StaffAccountEvent[] {
  const now = events.findIndex(cameIn)
  const before = events.findIndex((event, index) => index > now && cameIn(event))
  return events
    .slice(now + 1, before < 0 ? undefined : before)
    .filter(({ operation }) => operation !== 'addStaff')
}
